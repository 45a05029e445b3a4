"""How the numbers of an LSTM lie in memory, and how its work is cut into tiles of registers.

An LSTM of `units` units has four gates a unit, in Keras's order i (input), f (forget), g (candidate, Keras's c)
and o (output). For every time step, from a sample x and the state h, c of all units before it:

    z = recurrent h + inputs x + bias            four rows a unit: row 4 unit + gate
    i, f, g, o = sigmoid(z_i), sigmoid(z_f), tanh(z_g), sigmoid(z_o)
    c = f c + i g
    h = o tanh(c)

and the output is dense h + constant. Many windows (or streams) are worked on at once. They stand in the lanes
of registers, units in rows, so that everything but one transposition works on whole registers:

    a block of B = wide L columns, here wide = 2 registers of L lanes

                column  0 . . . L-1     L . . . 2L-1
    h, c:    unit 0   [  register  ] [  register  ]       one row after the other in memory
             unit 1   [  register  ] [  register  ]
               ...
    z, dz:  unit 0 i  [            ] [            ]       4 units rows
            unit 0 f  [            ] [            ]
               ...

A block goes through all time steps forwards and then backwards before the next one begins, so that a training step
needs the same few MiB whatever the number of windows.

All weights are one flat array, so that Adam is one loop:

    theta:  recurrent (4 units, width) | inputs (4 units) | bias (4 units) | dense (units) | constant (1)

where `width` is `units` filled up to whole registers with zeros that stay zero.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ultragain.compiled import compiled
from ultragain.engine.constants import Constants
from ultragain.engine.memory import aligned
from ultragain.engine.registers import host_registers

GATES = 4
#: What a step keeps of a unit for the way back: dc/dz_i, dc/dz_f, dc/dz_g, dh/dz_o, dh/dc and dc/dc before (f).
SLOPES = 6


@dataclass(frozen=True)
class Tiling(Constants):
    """How the work is cut into tiles whose sums fill the registers.

    Attributes
    ----------
    units : int
    lanes : int
        float32 numbers in a register.
    wide : int
        Registers across a block of columns.
    forwards, backwards : int
        Units of a tile: forwards of GATES * wide registers each, backwards of wide.
    rows, across : int
        Rows, and registers across, of a tile of the recurrent weights' gradient.
    slots : int
        Time steps that go into that gradient at once.
    """

    units: int
    lanes: int
    wide: int
    forwards: int
    backwards: int
    rows: int
    across: int
    slots: int = 4

    @property
    def columns(self):
        """Windows or streams of a block."""
        return self.lanes * self.wide

    @property
    def width(self):
        """Units, filled up to whole registers."""
        return -(-self.units // self.lanes) * self.lanes

    @property
    def n_weights(self):
        """Numbers in the flat array, the filling included."""
        return GATES * self.units * (self.width + 2) + self.units + 1


def tiling_for(units, wide=2):
    """Tiles that leave few of the processor's registers idle. Others of that kind are as fast.

    Parameters
    ----------
    units : int
    wide : int
        1 or 2 registers across. Two use a weight twice when it is read once; one makes blocks of half as many
        columns.

    Returns
    -------
    Tiling
    """
    registers = host_registers()
    many = registers.count == 32

    def most(total, limit):
        return next(n for n in range(limit, 0, -1) if total % n == 0)

    across = most(-(-units // registers.lanes), 4 if many else 2)
    return Tiling(
        units,
        registers.lanes,
        wide,
        forwards=most(units, (2 if many else 1) * (2 // wide)),
        backwards=most(units, 12 if many else 5),
        rows=8 if many and across < 4 and units % 2 == 0 else 4,
        across=across,
    )


class Weights(NamedTuple):
    """The parts of a flat array of weights, or of their gradient, as views."""

    recurrent: np.ndarray  # (4 units, width)
    inputs: np.ndarray  # (4 units,)
    bias: np.ndarray  # (4 units,)
    dense: np.ndarray  # (units + 1,), the last is the constant

    @classmethod
    def of(cls, theta, tiling):
        """Views of a flat array, shape (n_weights,)."""
        rows = GATES * tiling.units
        recurrent, inputs, bias, dense = np.split(theta, np.cumsum([rows * tiling.width, rows, rows]))
        return cls(recurrent.reshape(rows, tiling.width), inputs, bias, dense)

    def to_keras(self):
        """Copies in Keras's order: kernel, recurrent kernel, bias, and the Dense layer's kernel and bias."""
        units = len(self.dense) - 1
        rows = GATES * units
        recurrent = self.recurrent.reshape(units, GATES, -1)[:, :, :units]
        return [
            self.inputs.reshape(units, GATES).T.reshape(1, rows).copy(),
            recurrent.transpose(2, 1, 0).reshape(units, rows).copy(),
            self.bias.reshape(units, GATES).T.reshape(rows).copy(),
            self.dense[:-1, None].copy(),
            self.dense[-1:].copy(),
        ]

    def from_keras(self, weights):
        """Fill the views with weights in the order of `to_keras`."""
        kernel, recurrent, bias, dense, constant = weights
        units = len(self.dense) - 1
        gates = (GATES, units)
        self.inputs[:] = kernel.reshape(gates).T.ravel()
        self.recurrent.reshape(units, GATES, -1)[:, :, :units] = recurrent.reshape(units, *gates).transpose(2, 1, 0)
        self.bias[:] = bias.reshape(gates).T.ravel()
        self.dense[:-1] = dense[:, 0]
        self.dense[-1:] = constant


class Packed(NamedTuple):
    """The recurrent weights once more, in the orders in which tiles read them."""

    # a tile's rows for one unit of h are neighbours; products reach a multiple of 4 units, hence the zeros up to width
    ahead: np.ndarray  # (units / forwards, width, GATES forwards)
    # a tile's units for one row of dz are neighbours
    back: np.ndarray  # (units / backwards, GATES units, backwards)

    @classmethod
    def zeros(cls, tiling):
        units, ahead, back = tiling.units, tiling.forwards, tiling.backwards
        return cls(aligned(units // ahead, tiling.width, GATES * ahead), aligned(units // back, GATES * units, back))


@compiled(nogil=True)
def pack(recurrent, packed):
    """Fill `packed` from the recurrent weights, shape (4 units, width)."""
    ahead, back = packed.ahead, packed.back
    tiles, width, rows = ahead.shape
    for tile in range(tiles):
        for k in range(width):
            for r in range(rows):
                ahead[tile, k, r] = recurrent[tile * rows + r, k]
    tiles, rows, some = back.shape
    for tile in range(tiles):
        for n in range(rows):
            for k in range(some):
                back[tile, n, k] = recurrent[n, tile * some + k]


class Work(NamedTuple):
    """The memory that one block needs on its way through time, for one thread. Columns are windows or streams."""

    dry: np.ndarray  # (steps, columns)
    wet: np.ndarray  # (steps, columns): targets
    scale: np.ndarray  # (columns,): the loss is half of the sum of scale (predicted - wet)**2
    predicted: np.ndarray  # (steps, columns)
    dy: np.ndarray  # (steps, columns): the loss's gradient by the outputs
    h: np.ndarray  # (steps + 1, width, columns): the state before each step, and after the last
    c: np.ndarray  # (units, columns): forwards the cell state, backwards its gradient
    slopes: np.ndarray  # (steps, units, SLOPES, columns)
    dz: np.ndarray  # (slots + 1, 4 units, columns): gradients by z of the latest time steps
    transposed: np.ndarray  # (slots, columns, width): their h, transposed
    gates: np.ndarray  # (4 units, 2, lanes): sums of dz x and of dz
    dense: np.ndarray  # (units + 1, columns): sums of dy h and of dy

    @classmethod
    def zeros(cls, tiling, steps):
        t, rows = tiling, GATES * tiling.units
        return cls(
            dry=aligned(steps, t.columns),
            wet=aligned(steps, t.columns),
            scale=aligned(t.columns),
            predicted=aligned(steps, t.columns),
            dy=aligned(steps, t.columns),
            h=aligned(steps + 1, t.width, t.columns),
            c=aligned(t.units, t.columns),
            slopes=aligned(steps, t.units, SLOPES, t.columns),
            dz=aligned(t.slots + 1, rows, t.columns),
            transposed=aligned(t.slots, t.columns, t.width),
            gates=aligned(rows, 2, t.lanes),
            dense=aligned(t.units + 1, t.columns),
        )
