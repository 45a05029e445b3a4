"""Other people's captures: read, played beside their own player, or refused with the reason."""

import json

import numpy as np
import pytest
from made_networks import RATE, decibels, dry, lstm, predicted, wavenet

from ultragain.errors import UltraGainError
from ultragain.formats.capture import read_capture
from ultragain.formats.nam import to_nam


def array(channels, inputs, head, activation, **changes):
    """An array as Neural Amp Modeler 0.5 describes it."""
    return {
        "input_size": inputs,
        "condition_size": 1,
        "head_size": head,
        "channels": channels,
        "kernel_size": 3,
        "dilations": [1, 2, 4, 8],
        "activation": activation,
        "gated": False,
        "head_bias": False,
    } | changes


def captured(config, count, kind="WaveNet", **changes):
    """A file of so many weights, as its content."""
    weights = np.random.default_rng(count).normal(0, 0.3, count)
    file = {"version": "0.5.4", "architecture": kind, "config": config, "weights": [*weights.tolist()]}
    return json.dumps(file | {"sample_rate": RATE, "metadata": {"name": "theirs"}} | changes)


def counted(arrays):
    """Weights of some arrays: as many as their convolutions, biases and 1x1 ones have, and the head's factor."""
    total = 1
    for each in arrays:
        c, out = each["channels"], each["channels"] * (2 if each["gated"] else 1)
        layer = out * c * 3 + out + out + c * c + c
        total += c * each["input_size"] + len(each["dilations"]) * layer
        total += each["head_size"] * (c + bool(each["head_bias"]))
    return total


STANDARD = [array(6, 1, 4, "ReLU"), array(4, 6, 1, "ReLU", head_bias=True)]


@pytest.mark.parametrize(
    "arrays",
    [
        STANDARD,
        [array(4, 1, 1, {"type": "LeakyReLU", "negative_slope": 0.2}, head_bias=True)],
        [array(4, 1, 1, "Hardtanh", gated=True)],
        [array(3, 1, 1, ["ReLU", "Sigmoid", "SiLU", "Softsign"])],
    ],
    ids=["two arrays", "leaky", "gated", "one of each"],
)
def test_wavenets_play_as_in_their_own_player(nam_player, arrays):
    content = captured({"layers": arrays, "head": None, "head_scale": 0.02}, counted(arrays))
    capture = read_capture(content, "theirs.nam")
    assert (capture.kind, capture.sample_rate, capture.weights) == ("WaveNet", RATE, counted(arrays))
    assert capture.metadata == {"name": "theirs"}
    assert decibels(capture.play(dry()), nam_player(content, dry())) < -90


def test_what_was_exported_comes_back():
    for network in (lstm(12), wavenet()):
        capture = read_capture(to_nam(network), "ours.nam")
        assert decibels(predicted(network, dry()), capture.play(dry())) < -90


def test_long_audio_is_played_in_parts_without_a_seam(monkeypatch):
    content = captured({"layers": STANDARD, "head": None, "head_scale": 0.02}, counted(STANDARD))
    whole = read_capture(content, "theirs.nam").play(dry())
    monkeypatch.setattr("ultragain.formats.capture.BLOCK", 1000)
    np.testing.assert_allclose(read_capture(content, "theirs.nam").play(dry()), whole, rtol=0, atol=1e-6)


def test_lstms_of_several_layers_begin_with_the_states_of_their_file():
    rng, units = np.random.default_rng(3), 3
    sizes = [4 * units * (1 + units) + 6 * units, 4 * units * 2 * units + 6 * units, units + 1]
    weights = rng.normal(0, 0.5, sum(sizes)).astype(np.float32)
    config = {"input_size": 1, "hidden_size": units, "num_layers": 2}
    content = captured(config, 0, "LSTM", weights=weights.tolist(), sample_rate=100)
    audio = rng.normal(0, 0.3, 200)
    first, second, head = np.split(weights.astype(np.float64), np.cumsum(sizes)[:2])
    heard = np.concatenate([np.zeros(50), audio])[:, None]  # half a second of silence before it
    for flat in (first, second):  # in float64, gates in rows: i, f, g, o
        inputs = heard.shape[1]
        kernel, bias, h, c = np.split(flat, np.cumsum([4 * units * (inputs + units), 4 * units, units]))
        kernel, outputs = kernel.reshape(4 * units, inputs + units), []
        for x in heard:
            i, f, g, o = np.split(kernel @ np.concatenate([x, h]) + bias, 4)
            i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            outputs.append(h)
        heard = np.array(outputs)
    wet = heard[50:] @ head[:-1] + head[-1]
    np.testing.assert_allclose(read_capture(content, "theirs.nam").play(audio), wet, rtol=0, atol=1e-5)


def test_of_several_sizes_the_largest_is_played():
    small, large = json.loads(to_nam(lstm(2))), json.loads(to_nam(lstm(5)))
    sizes = [{"max_value": 0.5, "model": small}, {"max_value": 1.0, "model": large}]
    content = captured({"submodels": sizes}, 0, "SlimmableContainer", version="0.7.0")
    capture = read_capture(content, "theirs.nam")
    assert decibels(predicted(lstm(5), dry()), capture.play(dry())) < -90


def test_a_file_that_does_not_say_its_rate_is_at_48_khz():
    content = json.loads(to_nam(lstm(2)))
    del content["sample_rate"]
    assert read_capture(json.dumps(content), "theirs.nam").sample_rate == 48_000


CONFIG = {"layers": STANDARD, "head": None, "head_scale": 0.02}


@pytest.mark.parametrize(
    "content, reason",
    [
        ("", "is no .nam file, or a damaged one"),
        ("[1]", "names no architecture"),
        (captured({}, 1, "ConvNet"), "is a capture by a ConvNet; an LSTM or a WaveNet can be played here"),
        (captured(CONFIG, counted(STANDARD) + 7), "its layers have 1,012 weights, and it holds 1,019"),
        (captured(CONFIG, counted(STANDARD) - 1), "more weights than the 1,011 that it holds"),
        (captured(CONFIG, 1, version="0.8.0"), "of version 0.8.0; known are 0.5 to 0.7"),
        (captured(CONFIG, 1, weights=[float("nan")]), "its weights are not all numbers"),
        (captured(CONFIG | {"head": {"channels": 2}}, 1), "with a head, a condition or inputs of its own"),
        (captured({"layers": [array(4, 1, 1, "PReLU")], "head": None}, 999), "with the activation PReLU"),
        (captured({"layers": [array(4, 1, 1, "ReLU", gating_mode="blended")]}, 999), "with gating blended"),
        (captured({"layers": [array(4, 1, 1, "ReLU", bottleneck=2)]}, 999), "with a bottleneck"),
        (captured({"layers": [array(4, 1, 1, "ReLU", conv_pre_film={"active": True})]}, 999), "with FiLM"),
        (captured({"input_size": 2, "hidden_size": 2, "num_layers": 1}, 99, "LSTM"), "hears 2 signals"),
    ],
)
def test_what_is_not_known_is_refused_with_the_reason(content, reason):
    with pytest.raises(UltraGainError, match="^theirs.nam: ") as error:
        read_capture(content, "theirs.nam")
    assert reason in str(error.value) and "\n" not in str(error.value)
