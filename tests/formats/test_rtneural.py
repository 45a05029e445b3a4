"""Files for RTNeural, read here as its documentation describes them."""

import json

import numpy as np
import pytest
from made_networks import decibels, dry, lstm, predicted

from ultragain.formats.rtneural import AIDA_X_UNITS, limits, to_rtneural


def read(content, audio):
    """Play a file's layers sample by sample in float64, as RTNeural/lstm and RTNeural/dense say: gates i, f, c, o."""
    first, second = content["layers"]
    assert (first["type"], second["type"]) == ("lstm", "dense")
    kernel, recurrent, bias = (np.array(each) for each in first["weights"])
    dense, constant = (np.array(each) for each in second["weights"])
    h = c = np.zeros(first["shape"][-1])
    wet = []
    for x in audio:
        i, f, g, o = np.split(x * kernel[0] + h @ recurrent + bias, 4)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        wet.append(h @ dense[:, 0] + constant[0])
    return np.array(wet)


@pytest.mark.parametrize("units", [4, 40])
def test_it_plays_as_predicted(units):
    network, audio = lstm(units), dry(0.25)
    silence = np.zeros(11_025)
    played = read(json.loads(to_rtneural(network)), np.concatenate([silence, audio]))[len(silence) :]
    assert decibels(predicted(network, audio), played) < -90


def test_its_own_test_is_what_the_layers_play():
    content = json.loads(to_rtneural(lstm(8)))
    assert len(content["input_batch"]) == 2048
    assert decibels(content["output_batch"], read(content, content["input_batch"])) < -90


def test_what_aida_x_cannot_play_is_told():
    (rate,) = limits(lstm(AIDA_X_UNITS[0]))
    assert "44100 Hz only" in rate
    units, _ = limits(lstm(96))
    assert units.startswith("AIDA-X does not load it: it is compiled for 8, 12,") and "has 96" in units
