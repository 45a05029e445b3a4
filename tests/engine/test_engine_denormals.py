"""Denormal numbers are zero in the engine, and what they were everywhere else."""

import numpy as np
import pytest
from engine_oracle import audio, starting_weights

from ultragain.engine.lstm.stateful import StatefulLSTM
from ultragain.engine.lstm.windowed import WindowedLSTM

UNITS, CONTEXT, COUNT = 5, 20, 40


def smallest():
    """A product that is a denormal number, computed here and now."""
    return np.full(64, 1e-38, np.float32) * np.full(64, 0.1, np.float32)


@pytest.fixture
def weights():
    return starting_weights(np.random.default_rng(6), UNITS)


def windowed(weights, dry, wet):
    engine = WindowedLSTM(weights, CONTEXT)
    return [
        engine.learn(dry.reshape(COUNT, CONTEXT), wet[::CONTEXT], np.arange(COUNT).reshape(2, -1), 1e-3),
        engine.predict(dry, 1),
        *engine.gradient,
        *engine.weights,
    ]


def stateful(weights, dry, wet):
    engine = StatefulLSTM(weights, COUNT, CONTEXT, threads=2)
    starts = np.arange(COUNT) * (CONTEXT - 1)
    engine.advance(dry, starts, CONTEXT)
    engine.learn(dry, wet, starts, CONTEXT, 0.01, 1e-3)
    return [*engine.play([dry]), *engine.gradient, *engine.weights, *engine.carried]


@pytest.mark.parametrize("run", [windowed, stateful])
@pytest.mark.parametrize("value", [0.5, 1e-40, np.nan, np.inf])
def test_the_processor_counts_denormals_as_before(weights, run, value):
    _, wet = audio(np.random.default_rng(1), COUNT * CONTEXT)
    run(weights, np.full(COUNT * CONTEXT, value, np.float32), wet)
    assert np.all(smallest() > 0) and np.all(smallest() < 1.1e-38)


@pytest.mark.parametrize("run", [windowed, stateful])
def test_inputs_of_denormals_are_silence(weights, run):
    _, wet = audio(np.random.default_rng(1), COUNT * CONTEXT)
    silence = np.zeros(COUNT * CONTEXT, np.float32)
    assert all(map(np.array_equal, run(weights, silence + np.float32(1e-40), wet), run(weights, silence, wet)))
