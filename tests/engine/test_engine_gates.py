from dataclasses import dataclass

import numpy as np
import pytest

from ultragain.compiled import compiled
from ultragain.engine import gates
from ultragain.engine.constants import Constants
from ultragain.engine.memory import aligned
from ultragain.engine.registers import host_registers
from ultragain.engine.vectors import vector_code


@dataclass(frozen=True)
class Lanes(Constants):
    lanes: int


@vector_code
def both_gates(v, constants, count, x, sigmoid, tanh):
    def one(places, _):
        x, sigmoid, tanh = places
        v.store(gates.sigmoid(v, v.load(x)), sigmoid)
        v.store(gates.tanh(v, v.load(x)), tanh)
        return []

    v.loop(count, [x, sigmoid, tanh], [v.size] * 3, [], one, step=v.lanes)


@compiled
def apply_both(lanes, x, sigmoid, tanh):
    both_gates(lanes, len(x), x, sigmoid, tanh)


def gates_of(values, lanes=None):
    """sigmoid(values), tanh(values)."""
    x = aligned(-(-len(values) // 16) * 16)
    x[: len(values)] = values
    sigmoid, tanh = aligned(len(x)), aligned(len(x))
    apply_both(Lanes(lanes or host_registers().lanes), x, sigmoid, tanh)
    return sigmoid[: len(values)], tanh[: len(values)]


@pytest.fixture(scope="module")
def sample():
    """A million float32, as many of every size from 1e-37 to 1e38, and twice as many from 0.01 to 20."""
    rng = np.random.default_rng(0)
    exponents = np.concatenate([rng.uniform(-37, 38, 400_000), rng.uniform(-2, 1.3, 600_000)])
    return (rng.choice([-1, 1], len(exponents)) * 10**exponents).astype(np.float32)


@pytest.mark.parametrize("lanes", [4, None])
def test_gates_are_as_near_as_they_say(sample, lanes):
    exact = sample.astype(float)
    sigmoid, tanh = gates_of(sample, lanes)
    with np.errstate(over="ignore"):
        assert np.abs(sigmoid - 1 / (1 + np.exp(-exact))).max() < 9e-8
    wanted = np.tanh(exact)
    assert (np.abs(tanh - wanted) / np.spacing(np.abs(wanted).astype(np.float32))).max() < 4
    assert np.abs(tanh).max() <= 1 and sigmoid.min() >= 0 and sigmoid.max() <= 1


def test_gates_at_the_ends():
    with np.errstate(all="ignore"):
        ends = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 0.0, -0.0, 100, -100], np.float32)
    sigmoid, tanh = gates_of(ends)
    np.testing.assert_allclose(sigmoid, [np.nan, 1, 0, 1, 0, 0.5, 0.5, 1, 0], rtol=0, atol=2e-38)
    np.testing.assert_array_equal(tanh, [np.nan, 1, -1, 1, -1, 0, 0, 1, -1])
