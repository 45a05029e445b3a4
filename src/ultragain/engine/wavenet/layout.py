"""The shape of the network, and how its numbers lie in memory.

The shape is "A2" of Neural Amp Modeler 0.13, the larger of its two networks (nam/train/_resources/
config_model_packed.json). Of dry audio u, layer by layer:

    x[0] = rechannel u
    z = sum over taps of conv[tap] x[l](t - (taps - 1 - tap) dilation) + bias + mixin u
    a = LeakyReLU(z)
    x[l + 1] = x[l] + one a + constant            none after the last layer: nothing would hear it
    output = sum over taps of head[tap] (sum of all layers' a)(t - (taps - 1 - tap)) + constant

Time stands in the lanes of registers, the eight channels in rows:

    a tile: 8 rows x `wide` registers of neighbouring samples = sums that stay in registers over all taps and channels

Every channel of every layer is a row of memory as long as a segment, with zeros before it that the first taps read.
A segment goes through all layers in blocks of time, so that a block's rows stay near the processor.

All weights are one flat array, made of matrices whose rows are what comes in and whose columns are what goes out:

    theta:  rechannel (8) | for each layer: conv (8 taps, 8), bias, mixin | one (8, 8), constant | head (128), constant
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ultragain.engine.constants import Constants
from ultragain.engine.memory import aligned
from ultragain.engine.registers import host_registers

CHANNELS = 8
KERNELS = (*[6] * 14, 15, 15, *[6] * 7)
DILATIONS = (*[1, 3, 7, 17, 41, 101, 239] * 2, 1, 13, *[1, 3, 7, 17, 41, 101, 239])
HEAD_TAPS = 16
SLOPE = 0.01  # of LeakyReLU below zero
#: The head's weights are stored larger by its inverse, so that they learn no faster than the others. NAM has 0.01, for
#: wet audio of -18 dBFS RMS; here its RMS is 1.
HEAD_SCALE = 0.08
LAYERS = len(KERNELS)
#: Samples before one that its output depends on.
BEFORE = sum((taps - 1) * dilation for taps, dilation in zip(KERNELS, DILATIONS, strict=True)) + HEAD_TAPS - 1

SQUARE = CHANNELS * CHANNELS


class Place(NamedTuple):
    """Where a layer's weights begin in the flat array."""

    conv: int
    bias: int
    mixin: int
    one: int
    constant: int
    end: int


def _places():
    places, at = [], CHANNELS
    for taps in KERNELS:
        sizes = [taps * SQUARE, CHANNELS, CHANNELS, SQUARE, CHANNELS]
        places.append(Place(*(at + int(n) for n in np.cumsum([0, *sizes]))))
        at = places[-1].end
    last = places[-1]
    places[-1] = last._replace(constant=last.one, end=last.one)  # after the last layer there is no x
    return places


PLACES = _places()
HEAD = PLACES[-1].end
N_WEIGHTS = HEAD + HEAD_TAPS * CHANNELS + 1


def _matrices():
    """Offset, rows and columns of every matrix in the flat array.

    Work grows with the cube of the rows, so 15 taps are two matrices, and the head's 16 taps are rows of eight channels
    and not one column of 128 rows.
    """
    yield 0, CHANNELS, 1
    for place, taps in zip(PLACES, KERNELS, strict=True):
        rows = taps * CHANNELS + 2
        first = CHANNELS * CHANNELS if taps > CHANNELS else 0
        if first:
            yield place.conv, first, CHANNELS
        yield place.conv + first * CHANNELS, rows - first, CHANNELS
    for place in PLACES[:-1]:  # threads that take every other matrix have as much to do
        yield place.one, CHANNELS + 1, CHANNELS
    yield HEAD, HEAD_TAPS, CHANNELS
    yield N_WEIGHTS - 1, 1, 1


MATRICES = tuple(_matrices())


@dataclass(frozen=True)
class Tiling(Constants):
    """How time is cut.

    Attributes
    ----------
    lanes : int
        float32 numbers in a register.
    wide : int
        Registers of a tile in each of its 8 rows.
    """

    lanes: int
    wide: int

    @property
    def columns(self):
        """Samples of a tile."""
        return self.lanes * self.wide


def host_tiling():
    """Tiles that leave few of this processor's registers idle: 24 of 32, or 8 of 16, hold sums."""
    registers = host_registers()
    return Tiling(registers.lanes, 3 if registers.count == 32 else 1)


# rows of memory; those of channels come in eights
DRY, ONES, DY, OUT, HEARD, DHEARD, DX = 0, 1, 2, 3, 4, 4 + CHANNELS, 4 + 2 * CHANNELS
X = 4 + 3 * CHANNELS
A = X + LAYERS * CHANNELS
ROWS = A + LAYERS * CHANNELS

ZEROS = 64  # before a row; more than the longest step back at a tile's beginning is below `first_tile`
AFTER = 1264  # behind a row: the farthest step ahead, 5 * 239, and a tile
PAGE, SHIFT = 1024, 144  # rows a multiple of 4 KiB apart would share few places of the cache


class Work(NamedTuple):
    """The memory that a segment needs on its way through the network, for one thread.

    The gradients by all weights are outer products, summed over time: of eight rows with some columns, each a row of
    memory at a tap. Columns come in groups of `wide`. Those of layer l's convolution have number 2 l, those of its
    `one` 2 l + 1, and the head's and the rechannel's come last.
    """

    rows: np.ndarray  # (ROWS, pitch)
    samples: int  # of a segment, with those before the first output; whole tiles
    tile: int  # samples of a tile
    unheard: np.ndarray  # (LAYERS,) int64: for each layer the samples, whole tiles, before those that outputs hear
    flipped: np.ndarray  # (N_WEIGHTS,): weights with what comes in and what goes out exchanged, and the head scaled
    columns: np.ndarray  # (groups, wide) int64: addresses
    first: np.ndarray  # (2 LAYERS + 3,) int64: the first group of each product, and their total
    sums: np.ndarray  # (groups, 8, wide, lanes)

    @classmethod
    def zeros(cls, tiling, outputs):
        """For segments of at least so many outputs."""
        samples = -(-(outputs + BEFORE) // tiling.columns) * tiling.columns
        pitch = ZEROS + samples + AFTER
        pitch += (SHIFT - pitch) % PAGE
        rows = aligned(ROWS, pitch)
        rows[ONES, ZEROS : ZEROS + samples] = 1

        def at(row, shift=0):
            return rows.ctypes.data + rows.itemsize * (row * pitch + ZEROS + shift)

        products = []
        for layer, (taps, dilation) in enumerate(zip(KERNELS, DILATIONS, strict=True)):
            x, a = X + CHANNELS * layer, A + CHANNELS * layer
            shifted = [at(x + c, (tap + 1 - taps) * dilation) for tap in range(taps) for c in range(CHANNELS)]
            products.append([*shifted, at(ONES), at(DRY)])
            products.append([*(at(a + c) for c in range(CHANNELS)), at(ONES)])
        products.append([at(DY, HEAD_TAPS - 1 - tap) for tap in range(HEAD_TAPS)])
        products.append([at(DRY)])
        columns, first = [], [0]
        for addresses in products:
            columns += addresses
            columns += [at(ONES)] * (-len(columns) % tiling.wide)  # a group is whole
            first.append(len(columns) // tiling.wide)
        columns = np.array(columns, np.int64).reshape(-1, tiling.wide)
        sums = aligned(len(columns), CHANNELS, tiling.wide, tiling.lanes)
        before = np.cumsum([(taps - 1) * dilation for taps, dilation in zip(KERNELS, DILATIONS, strict=True)])
        return cls(
            rows, samples, tiling.columns, before // tiling.columns * tiling.columns, aligned(N_WEIGHTS), columns,
            np.array(first, np.int64), sums,
        )  # fmt: skip


def to_keras(theta):
    """Copies in the order of the Keras model's layers.

    Parameters
    ----------
    theta : np.ndarray, shape (N_WEIGHTS,)

    Returns
    -------
    list of np.ndarray
        Rechannel (1, 1, 8); for each layer conv (taps, 8, 8), bias (8,), mixin (1, 1, 8) and, but after the last,
        one (1, 8, 8) and its constant (8,); head (16, 8, 1) and its constant (1,).
    """
    weights = [theta[:CHANNELS].reshape(1, 1, CHANNELS).copy()]
    for place, taps in zip(PLACES, KERNELS, strict=True):
        weights.append(theta[place.conv : place.bias].reshape(taps, CHANNELS, CHANNELS).copy())
        weights.append(theta[place.bias : place.mixin].copy())
        weights.append(theta[place.mixin : place.mixin + CHANNELS].reshape(1, 1, CHANNELS).copy())
        if place.one < place.end:
            weights.append(theta[place.one : place.constant].reshape(1, CHANNELS, CHANNELS).copy())
            weights.append(theta[place.constant : place.end].copy())
    head = theta[HEAD:] * theta.dtype.type(HEAD_SCALE)
    return [*weights, head[:-1].reshape(HEAD_TAPS, CHANNELS, 1), head[-1:]]


def from_keras(weights, theta):
    """Fill a flat array with weights in the order of `to_keras`."""
    *weights, head, constant = weights
    theta[:HEAD] = np.concatenate([np.ravel(part) for part in weights])
    theta[HEAD:] = np.concatenate([np.ravel(head), constant]) / theta.dtype.type(HEAD_SCALE)
