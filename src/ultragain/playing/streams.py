"""Networks that play audio in pieces of any length, as it comes.

Scoring plays whole pieces, many samples side by side. A player has a few samples at a time and may not wait for more.
What both put out differs by rounding alone.
"""

import numpy as np

from ultragain.compiled import compiled
from ultragain.engine.denormals import flush_denormals, restore_denormals
from ultragain.engine.wavenet.layout import BEFORE, CHANNELS, DILATIONS, HEAD_TAPS, KERNELS, SLOPE
from ultragain.formats.network import LSTM
from ultragain.formats.playing import Layer, advance

REST = 0.25  # s of silence after which an LSTM's state is that of a device at rest
LONGEST = 1024  # samples that a WaveNet computes at once: longer pieces are divided

_TAPS, _STEPS = np.array(KERNELS), np.array(DILATIONS)
_REACH = (_TAPS - 1) * _STEPS  # samples before each one that a layer hears
_CONV = np.concatenate([[0], np.cumsum(_TAPS * CHANNELS * CHANNELS)])


def stream(network):
    """A network as a stream, at rest.

    Parameters
    ----------
    network : ultragain.formats.network.Network

    Returns
    -------
    callable
        np.ndarray of shape (n_samples,) -> np.ndarray of the same shape, float32: the audio that follows on what it was
        called with before.
    """
    return LSTMStream(network.weights, network.sample_rate) if network.kind == LSTM else WaveNetStream(network.weights)


class LSTMStream:
    """An LSTM and its state.

    Parameters
    ----------
    weights : list of np.ndarray
        In Keras's order.
    sample_rate : int
        In Hz.
    """

    def __init__(self, weights, sample_rate):
        kernel, recurrent, bias, dense, constant = weights
        self._layer, self._dense, self._constant = Layer.of_keras(kernel, recurrent, bias), dense[:, 0].copy(), constant
        self(np.zeros(round(REST * sample_rate), np.float32))

    def __call__(self, dry):
        heard = advance(self._layer, np.asarray(dry, np.float32)[:, None])
        return heard @ self._dense + self._constant


class WaveNetStream:
    """A WaveNet and the samples of all its layers that it will hear again.

    Parameters
    ----------
    weights : list of np.ndarray
        In Keras's order.
    """

    def __init__(self, weights):
        rechannel, *layers, head, constant = (np.asarray(weight, np.float32) for weight in weights)
        count = len(KERNELS)
        nothing = [np.zeros((1, CHANNELS, CHANNELS), np.float32), np.zeros(CHANNELS, np.float32)]
        rows = [[*layers[5 * number : 5 * number + 5], *nothing][:5] for number in range(count)]
        conv, bias, mixin, one, add = zip(*rows, strict=True)
        self._weights = (
            rechannel[0, 0].copy(),
            np.concatenate([each.ravel() for each in conv]),
            np.stack(bias),
            np.stack([each[0, 0] for each in mixin]),
            np.stack([each[0] for each in one]),
            np.stack(add),
            head[:, :, 0].copy(),
            float(constant[0]),
        )
        # in front of each layer's new samples those before them that it hears
        self._x = np.zeros((count, CHANNELS, int(_REACH.max()) + LONGEST), np.float32)
        self._heard = np.zeros((CHANNELS, HEAD_TAPS - 1 + LONGEST), np.float32)
        self._sums = np.zeros((CHANNELS, LONGEST), np.float32)
        self(np.zeros(BEFORE, np.float32))

    def __call__(self, dry):
        dry = np.asarray(dry, np.float32)
        wet = np.empty_like(dry)
        for at in range(0, len(dry), LONGEST):
            part = slice(at, at + LONGEST)
            _block(np.ascontiguousarray(dry[part]), wet[part], self._x, self._heard, self._sums, *self._weights)
        return wet


@compiled(fastmath={"contract"})
def _block(dry, wet, x, heard, sums, rechannel, conv, bias, mixin, one, add, head, constant):
    """Play at most `LONGEST` samples; `x` and `heard` begin and end with what is heard again."""
    mode, n, before = flush_denormals(), len(dry), HEAD_TAPS - 1
    for c in range(CHANNELS):
        _fill(x[0, c, _REACH[0] :], dry, rechannel[c], n)
        heard[c, before : before + n] = 0
    for layer in range(len(_TAPS)):
        reach, taps, step = _REACH[layer], _TAPS[layer], _STEPS[layer]
        for o in range(CHANNELS):
            for t in range(n):
                sums[o, t] = bias[layer, o] + mixin[layer, o] * dry[t]
        for tap in range(taps):
            for c in range(CHANNELS):
                place = _CONV[layer] + (tap * CHANNELS + c) * CHANNELS
                _add_outer(sums, conv[place : place + CHANNELS], x[layer, c, tap * step :], n)
        last = layer == len(_TAPS) - 1
        for o in range(CHANNELS):
            for t in range(n):
                a = sums[o, t]
                a = a if a > 0 else np.float32(SLOPE) * a
                sums[o, t] = a
                heard[o, before + t] += a
        if not last:
            ahead = _REACH[layer + 1]
            for o in range(CHANNELS):
                for t in range(n):
                    x[layer + 1, o, ahead + t] = x[layer, o, reach + t] + add[layer, o]
            for c in range(CHANNELS):
                _add_outer(x[layer + 1, :, ahead:], one[layer, c], sums[c], n)
        for c in range(CHANNELS):
            _keep(x[layer, c], reach, n)
    for t in range(n):
        wet[t] = constant
    for tap in range(HEAD_TAPS):
        for c in range(CHANNELS):
            w = head[tap, c]
            row = heard[c, tap:]
            for t in range(n):
                wet[t] += w * row[t]
    for c in range(CHANNELS):
        _keep(heard[c], before, n)
    restore_denormals(mode)


@compiled
def _fill(target, dry, factor, n):
    for t in range(n):
        target[t] = factor * dry[t]


@compiled(fastmath={"contract"})
def _add_outer(sums, factors, row, n):
    """Add a row to each of eight, with a factor for each."""
    for o in range(CHANNELS):
        w, target = factors[o], sums[o]
        for t in range(n):
            target[t] += w * row[t]


@compiled
def _keep(row, reach, n):
    """Move what will be heard again to the beginning."""
    for t in range(reach):
        row[t] = row[n + t]
