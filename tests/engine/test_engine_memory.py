"""The engine touches no memory but its own: not beside its arrays, and not where arguments would lead it."""

import numpy as np
import pytest
from engine_oracle import audio, starting_weights

from ultragain.engine.lstm import layout, stateful, windowed
from ultragain.engine.lstm.stateful import StatefulLSTM
from ultragain.engine.lstm.windowed import WindowedLSTM

UNITS = (5, 6, 31)  # no multiples of the four rows that a product takes at once
MARGIN = 64


def between_nans(*shape):
    """Zeros with NaN before and behind."""
    count = int(np.prod(shape))
    buffer = np.full(count + 3 * MARGIN, np.nan, np.float32)
    start = MARGIN + -buffer[MARGIN:].ctypes.data % 64 // 4
    buffer[start : start + count] = 0
    return buffer[start : start + count].reshape(shape)


@pytest.fixture
def surrounded(monkeypatch):
    """A function that from now on has all of the engine's arrays lie between NaN."""

    def surround():
        for module in (layout, windowed, stateful):
            monkeypatch.setattr(module, "aligned", between_nans)

    return surround


@pytest.mark.parametrize("units", UNITS)
def test_windows_need_nothing_beside_the_arrays(surrounded, units):
    rng = np.random.default_rng(units)
    (x, wet), weights = audio(rng, 35, 7), starting_weights(rng, units)

    def results():
        engine = WindowedLSTM(weights, 7)
        learned = engine.learn(x, wet[:, -1], np.arange(35)[None], 1e-3)
        return [learned, engine.predict(x.ravel(), 1), *engine.weights]

    expected = results()
    surrounded()
    for ours, theirs in zip(results(), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("units", UNITS)
def test_streams_need_nothing_beside_the_arrays(surrounded, units):
    rng = np.random.default_rng(units)
    (dry, wet), weights = audio(rng, 400), starting_weights(rng, units)

    def results():
        engine = StatefulLSTM(weights, 9, 20)
        engine.advance(dry, np.arange(9) * 10, 30)
        engine.learn(dry, wet, np.arange(9) * 10 + 30, 20, 1e-2, 1e-3)
        return [*engine.play([dry])[0], *engine.carried, *engine.weights]

    expected = results()
    surrounded()
    for ours, theirs in zip(results(), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("x", "y", "batches"),
    [
        (np.zeros((8, 6)), np.zeros(8), [[0]]),
        (np.zeros((8, 7)), np.zeros(7), [[0]]),
        (np.zeros((8, 7)), np.zeros(8), [[8]]),
        (np.zeros((8, 7)), np.zeros(8), [[-1]]),
    ],
    ids=["other context", "too few targets", "no such window", "negative window"],
)
def test_windows_that_do_not_fit_are_refused(x, y, batches):
    with pytest.raises(ValueError, match="windows"):
        WindowedLSTM(starting_weights(np.random.default_rng(0), 5), 7).learn(x, y, np.array(batches), 1e-3)


@pytest.mark.parametrize(
    ("starts", "steps", "samples"),
    [([0, 81], 20, 100), ([-1, 0], 20, 100), ([0], 20, 100), ([0, 0], 21, 100), ([0, 0], 20, 19)],
    ids=["beyond the end", "before the beginning", "too few streams", "too long a chunk", "too short a target"],
)
def test_streams_that_do_not_fit_are_refused(starts, steps, samples):
    engine = StatefulLSTM(starting_weights(np.random.default_rng(0), 5), 2, 20)
    with pytest.raises(ValueError, match="time steps"):
        engine.find_gradient(np.zeros(100), np.zeros(samples), np.array(starts), steps, 1.0)
