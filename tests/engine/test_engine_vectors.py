from dataclasses import dataclass

import numpy as np
import pytest
from numba import njit

from ultragain.engine.constants import Constants
from ultragain.engine.lstm.layout import tiling_for
from ultragain.engine.lstm.tiles import transpose
from ultragain.engine.memory import aligned
from ultragain.engine.registers import host_registers
from ultragain.engine.vectors import vector_code

LANES = host_registers().lanes


@dataclass(frozen=True)
class Plan(Constants):
    lanes: int
    factor: float = 1.0


@vector_code
def add_up(v, plan, count, numbers, total):
    """total = factor * sum of `count` registers of numbers."""
    turn = lambda places, sums: [v.fma(v.load(places[0]), v.constant(plan.factor), sums[0])]  # noqa: E731
    (result,) = v.loop(count, [numbers], [v.size], [v.constant(0.0)], turn)
    v.store(result, total)


@njit
def call_add_up(plan, count, numbers, total):
    add_up(plan, count, numbers, total)


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_loop_takes_as_many_turns_as_it_is_told(count):
    numbers, total = aligned(7, LANES), aligned(LANES)
    numbers[:], total[:] = np.arange(7 * LANES).reshape(7, LANES), -1
    call_add_up(Plan(LANES), count, numbers, total)
    assert np.array_equal(total, numbers[:count].sum(axis=0))


def test_other_constants_are_other_code():
    numbers, total = aligned(LANES), aligned(LANES)
    numbers[:] = np.arange(LANES)
    for factor in (2.0, -3.0, 2.0):
        call_add_up(Plan(LANES, factor), 1, numbers, total)
        assert np.array_equal(total, factor * numbers)


@pytest.mark.parametrize(
    "numbers", [np.zeros(LANES), np.zeros(2 * LANES, np.float32)[::2], np.zeros((2, LANES), np.float32).T]
)
def test_arrays_that_vector_code_cannot_read_are_refused(numbers):
    with pytest.raises(TypeError, match="vector code takes float32 arrays that lie in memory row by row, not array"):
        call_add_up(Plan(LANES), 1, numbers, aligned(LANES))


@njit
def call_transpose(tiling, source, target):
    transpose(tiling, source, target)


@pytest.mark.parametrize("wide", [1, 2])
@pytest.mark.parametrize("units", [3, 2 * LANES + 1])
def test_squares_are_transposed(units, wide):
    tiling = tiling_for(units, wide)
    source, target = aligned(tiling.width, tiling.columns), aligned(tiling.columns, tiling.width)
    source[:] = np.arange(source.size).reshape(source.shape)
    call_transpose(tiling, source, target)
    assert np.array_equal(target, np.transpose(source))


def test_memory_begins_a_cache_line_and_is_zero():
    for shape in ((1,), (3, 5), (17, 2, 9)):
        memory = aligned(*shape)
        assert memory.shape == shape and memory.ctypes.data % 64 == 0 and not memory.any()
