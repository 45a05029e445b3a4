"""ONNX files, played by onnxruntime."""

import json

import numpy as np
import onnxruntime
import pytest
from made_networks import RATE, decibels, dry, lstm, predicted, wavenet

from ultragain.engine.wavenet.layout import BEFORE
from ultragain.formats.onnx import to_onnx


@pytest.fixture
def session():
    def open_file(network):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(to_onnx(network), options)

    return open_file


def test_an_lstm_plays_as_predicted_in_pieces_of_any_length(session):
    network, audio = lstm(24), np.concatenate([np.zeros(11_025, np.float32), dry(0.25)])
    player, state, wet = session(network), [np.zeros((1, 1, 24), np.float32)] * 2, []
    for piece in np.split(audio, [100, 11_025, 15_000]):
        out, *state = player.run(
            ["wet", "last_state", "last_cell"],
            {"dry": piece[None, :, None]} | dict(zip(("state", "cell"), state, strict=True)),
        )
        wet.append(out[0, :, 0])
    assert decibels(predicted(network, dry(0.25)), np.concatenate(wet)[11_025:]) < -90


def test_a_wavenet_plays_as_predicted(session):
    network, audio = wavenet(), np.concatenate([np.zeros(BEFORE, np.float32), dry(0.25)])
    (wet,) = session(network).run(["wet"], {"dry": audio[None, :, None]})
    assert decibels(predicted(network, dry(0.25)), wet[0, BEFORE:, 0]) < -90


def test_what_is_told(session):
    told = session(lstm(4)).get_modelmeta().custom_metadata_map
    assert json.loads(told["sample_rate"]) == RATE
    assert json.loads(told["esr"]) == {"one": 0.01, "two": 0.03}
    assert told["device"] == "made amplifier"
