"""A segment on its way through the network, forwards and backwards, and what is left to add up.

Each layer is computed only from the first sample on that an output can hear: the rows before it stay zero, and most of
the samples before a segment's first output cost nothing in the later layers.
"""

import numpy as np

from ultragain.compiled import compiled
from ultragain.engine.denormals import flush_denormals, restore_denormals
from ultragain.engine.wavenet.kernels import (
    add_one,
    add_outer_products,
    back_through_one,
    back_through_taps,
    convolve,
    head,
    spread,
)
from ultragain.engine.wavenet.layout import (
    BEFORE,
    CHANNELS,
    DHEARD,
    DILATIONS,
    DRY,
    DX,
    DY,
    HEAD,
    HEAD_SCALE,
    HEAD_TAPS,
    HEARD,
    KERNELS,
    LAYERS,
    OUT,
    PLACES,
    SQUARE,
    ZEROS,
    A,
    X,
)

FLOAT, ADDRESS = 4, 8  # bytes
BLOCK = 1536  # samples of a block of time: whole tiles of any width
PLACE_OF, TAPS_OF, DILATION_OF = np.array(PLACES), np.array(KERNELS), np.array(DILATIONS)


@compiled(nogil=True)
def forwards(tiling, work, theta):
    """Take the segment whose dry audio is in `work` through the network; outputs are written behind the first `BEFORE`.

    Parameters
    ----------
    tiling : Tiling
    work : Work
        `flip` has filled `flipped`.
    theta : np.ndarray, shape (N_WEIGHTS,)
    """
    pitch, tile = FLOAT * work.rows.shape[1], work.tile
    zero = work.rows.ctypes.data + FLOAT * ZEROS  # the first sample of the first row
    weights, flipped = theta.ctypes.data, work.flipped.ctypes.data
    work.rows[HEARD : HEARD + CHANNELS] = 0
    for begin in range(0, work.samples, BLOCK):
        end = min(work.samples, begin + BLOCK)
        at = zero + FLOAT * begin
        spread(tiling, (end - begin) // tile, 1, weights, at + DRY * pitch, 0, pitch, at + X * pitch)
        for layer in range(LAYERS):
            start = max(begin, work.unheard[layer])
            count = (end - start) // tile
            if count <= 0:
                continue
            conv, bias, mixin, one, constant, after = PLACE_OF[layer]
            taps, step = TAPS_OF[layer], FLOAT * DILATION_OF[layer]
            at = zero + FLOAT * start
            x, a = at + (X + CHANNELS * layer) * pitch, at + (A + CHANNELS * layer) * pitch
            convolve(
                tiling, count, taps, weights + FLOAT * conv, x - (taps - 1) * step, step, pitch,
                weights + FLOAT * bias, weights + FLOAT * mixin, at + DRY * pitch, a, at + HEARD * pitch,
            )  # fmt: skip
            if one < after:
                add_one(
                    tiling, count, weights + FLOAT * one, a, pitch, weights + FLOAT * constant, x, x + CHANNELS * pitch
                )
        start = max(begin, BEFORE // tile * tile)
        at = zero + FLOAT * start
        if start < end:
            head(
                tiling, (end - start) // tile, HEAD_TAPS, flipped + FLOAT * HEAD,
                at + HEARD * pitch - FLOAT * (HEAD_TAPS - 1), pitch,
                flipped + FLOAT * (HEAD + CHANNELS * HEAD_TAPS), at + OUT * pitch,
            )  # fmt: skip


@compiled(nogil=True)
def backwards(tiling, work):
    """Go back from the gradient by the outputs, in the row DY, to that by all weights, whose parts are added to `sums`.

    Parameters
    ----------
    tiling : Tiling
    work : Work
        As `forwards` left it. Activations are overwritten.
    """
    pitch, tile, lanes = FLOAT * work.rows.shape[1], work.tile, work.sums.shape[3]
    zero = work.rows.ctypes.data + FLOAT * ZEROS
    flipped = work.flipped.ctypes.data
    block = (work.samples - 1) // BLOCK * BLOCK
    while block >= 0:
        end = min(work.samples, block + BLOCK)
        at, count = zero + FLOAT * block, (end - block) // tile
        # the row of dx is as long as a block: what it holds is used up within one
        work.rows[DX : DX + CHANNELS, ZEROS : ZEROS + BLOCK] = 0
        dx = zero + DX * pitch - FLOAT * block
        spread(
            tiling, count, HEAD_TAPS, flipped + FLOAT * HEAD, at + DY * pitch + FLOAT * (HEAD_TAPS - 1), -FLOAT, pitch,
            at + DHEARD * pitch,
        )  # fmt: skip
        _outer(tiling, work, 2 * LAYERS, block, end, zero + HEARD * pitch, pitch, lanes)
        for layer in range(LAYERS - 1, -1, -1):
            conv, bias, mixin, one, constant, after = PLACE_OF[layer]
            taps, step = TAPS_OF[layer], FLOAT * DILATION_OF[layer]
            start = max(block, work.unheard[layer])
            a = zero + (A + CHANNELS * layer) * pitch
            if start < end:
                if one < after:
                    _outer(tiling, work, 2 * layer + 1, start, end, dx, pitch, lanes)
                back_through_one(
                    tiling, (end - start) // tile, 1 if one < after else 0, flipped + FLOAT * one, dx + FLOAT * start,
                    pitch, zero + DHEARD * pitch + FLOAT * start, a + FLOAT * start,
                )  # fmt: skip
                _outer(tiling, work, 2 * layer, start, end, a, pitch, lanes)
            start = max(block, work.unheard[layer - 1] if layer > 0 else 0)
            if start < end:
                back_through_taps(
                    tiling, (end - start) // tile, taps, flipped + FLOAT * conv,
                    a + FLOAT * start + (taps - 1) * step, -step, pitch, dx + FLOAT * start,
                )  # fmt: skip
        _outer(tiling, work, 2 * LAYERS + 1, block, end, dx, pitch, lanes)
        block -= BLOCK


@compiled(nogil=True)
def _outer(tiling, work, number, begin, end, rows, pitch, lanes):
    first, last = work.first[number], work.first[number + 1]
    add_outer_products(
        tiling, last - first, (end - begin) // lanes, rows + FLOAT * begin, pitch,
        work.columns[first:].ctypes.data, FLOAT * begin, work.sums[first:],
    )  # fmt: skip


@compiled(nogil=True)
def flip(tiling, theta, flipped):  # tiling: see `compiled`
    """Fill `flipped` from the weights: what comes in and what goes out are exchanged, and the head is scaled."""
    for layer in range(LAYERS):
        conv, bias, mixin, one, constant, after = PLACE_OF[layer]
        for begin, end in ((conv, bias), (one, constant)):
            for at in range(begin, end, SQUARE):
                for i in range(CHANNELS):
                    for j in range(CHANNELS):
                        flipped[at + CHANNELS * i + j] = theta[at + CHANNELS * j + i]
    for n in range(HEAD, len(theta)):
        flipped[n] = theta[n] * np.float32(HEAD_SCALE)


@compiled(nogil=True)
def collect(tiling, work, gradient, constant):
    """Fill a gradient from the sums that `backwards` left lane by lane, and clear them.

    Parameters
    ----------
    tiling : Tiling
    work : Work
    gradient : np.ndarray, shape (N_WEIGHTS,)
        Is written.
    constant : float
        The gradient by the output: its sum over time.
    """
    for layer in range(LAYERS):
        conv, bias, mixin, one, after_one, end = PLACE_OF[layer]
        _collect(work, 2 * layer, gradient[conv : mixin + CHANNELS], 1)
        if one < end:
            _collect(work, 2 * layer + 1, gradient[one:end], 1)
    _collect(work, 2 * LAYERS, gradient[HEAD:-1], HEAD_SCALE)
    gradient[-1] = constant * HEAD_SCALE
    _collect(work, 2 * LAYERS + 1, gradient[:CHANNELS], 1)
    work.sums[:] = 0


@compiled(nogil=True)
def _collect(work, number, gradient, scale):
    groups, wide = work.sums[work.first[number] :], work.sums.shape[2]
    for n in range(len(gradient) // CHANNELS):
        for r in range(CHANNELS):
            lanes = groups[n // wide, r, n % wide]
            a, b, c, d = (
                np.float32(0),
                np.float32(0),
                np.float32(0),
                np.float32(0),
            )  # four sums do not wait for each other
            for lane in range(0, len(lanes), 4):
                a += lanes[lane]
                b += lanes[lane + 1]
                c += lanes[lane + 2]
                d += lanes[lane + 3]
            gradient[CHANNELS * n + r] = ((a + b) + (c + d)) * np.float32(scale)


@compiled(nogil=True)
def learn(tiling, work, theta, audio, target, start, scale, gradient):
    """One segment: the sum of its squared errors, and the gradient of scale / 2 times that.

    Parameters
    ----------
    tiling : Tiling
    work : Work
    theta : np.ndarray, shape (N_WEIGHTS,)
    audio, target : np.ndarray, shape (n_samples,), float32
        Dry and wet.
    start : int
        The first sample with an output; `BEFORE` samples stand before it.
    scale : float
    gradient : np.ndarray, shape (N_WEIGHTS,)
        Is written.

    Returns
    -------
    float
    """
    mode = flush_denormals()
    dry, out, dy = work.rows[DRY, ZEROS:], work.rows[OUT, ZEROS:], work.rows[DY, ZEROS:]
    for t in range(work.samples):
        dry[t] = audio[start - BEFORE + t]
    flip(tiling, theta, work.flipped)
    forwards(tiling, work, theta)
    error, constant = 0.0, 0.0
    for t in range(BEFORE, work.samples):
        difference = out[t] - target[start - BEFORE + t]
        error += np.float64(difference) * difference
        dy[t] = np.float32(scale) * difference
        constant += np.float64(dy[t])
    backwards(tiling, work)
    collect(tiling, work, gradient, constant)
    restore_denormals(mode)
    return error


@compiled(nogil=True)
def play(tiling, work, theta, audio, predicted):
    """Outputs for audio, shape (BEFORE + n_samples,): predicted, shape (n_samples,), is written."""
    mode = flush_denormals()
    flip(tiling, theta, work.flipped)
    outputs = work.samples - BEFORE
    for begin in range(0, len(predicted), outputs):
        count = min(outputs, len(predicted) - begin)
        work.rows[DRY, ZEROS : ZEROS + count + BEFORE] = audio[begin : begin + count + BEFORE]
        work.rows[DRY, ZEROS + count + BEFORE : ZEROS + work.samples] = 0
        forwards(tiling, work, theta)
        predicted[begin : begin + count] = work.rows[OUT, ZEROS + BEFORE : ZEROS + BEFORE + count]
    restore_denormals(mode)
