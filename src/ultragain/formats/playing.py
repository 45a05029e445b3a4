"""LSTMs of other programs' files, played one sample after the other as those programs do.

Apart from the engine it is written down here once more: it knows the approximation of tanh that Neural Amp Modeler's
players compute with, and layers upon layers, which other people's captures may have.
"""

from dataclasses import dataclass

import numpy as np

from ultragain.compiled import compiled


@dataclass(frozen=True)
class Layer:
    """One LSTM layer; gates in Keras's order: input, forget, cell, output.

    Attributes
    ----------
    kernel : np.ndarray, shape (inputs, 4 units), float32
    recurrent : np.ndarray, shape (units, 4 units), float32
    bias : np.ndarray, shape (4 units,), float32
    state, cell : np.ndarray, shape (units,), float32
        Those that it begins with.
    """

    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    state: np.ndarray
    cell: np.ndarray

    @classmethod
    def of_keras(cls, kernel, recurrent, bias):
        """A layer that begins with zeros."""
        zeros = np.zeros(len(recurrent), np.float32)
        return cls(kernel, recurrent, bias, zeros, zeros)


def play_lstm(layers, dense, constant, dry, approximate=False):
    """What LSTM layers and a dense one make of audio.

    Parameters
    ----------
    layers : list of Layer
    dense : np.ndarray, shape (units,)
    constant : float
    dry : np.ndarray, shape (n_samples,)
    approximate : bool
        Whether tanh is the rational function that Neural Amp Modeler's players use for it.

    Returns
    -------
    np.ndarray, shape (n_samples,), float32
    """
    heard = np.asarray(dry, np.float32)[:, None]
    for layer in layers:
        parts = (layer.kernel, layer.recurrent, layer.bias, layer.state, layer.cell)
        heard = _play(heard, *(np.ascontiguousarray(part, np.float32) for part in parts), approximate)
    return heard @ np.asarray(dense, np.float32) + np.float32(constant)


@compiled
def _play(heard, kernel, recurrent, bias, state, cell, approximate):
    units = len(state)
    h, c, z = state.copy(), cell.copy(), np.empty(4 * units, np.float32)
    outputs = np.empty((len(heard), units), np.float32)
    for t in range(len(heard)):
        z[:] = bias
        for k in range(kernel.shape[0]):
            for j in range(4 * units):
                z[j] += heard[t, k] * kernel[k, j]
        for k in range(units):
            for j in range(4 * units):
                z[j] += h[k] * recurrent[k, j]
        for j in range(units):
            new = _sigmoid(z[j], approximate) * _tanh(z[2 * units + j], approximate)
            c[j] = _sigmoid(z[units + j], approximate) * c[j] + new
            h[j] = _sigmoid(z[3 * units + j], approximate) * _tanh(c[j], approximate)
        outputs[t] = h
    return outputs


@compiled
def _sigmoid(x, approximate):
    if approximate:
        return np.float32(0.5) * (_tanh(np.float32(0.5) * x, True) + np.float32(1))
    return np.float32(1) / (np.float32(1) + np.exp(-x))


@compiled
def _tanh(x, approximate):
    """Or fast_tanh of NeuralAmpModelerCore, NAM/activations.h."""
    if not approximate:
        return np.tanh(x)
    size, square = abs(x), x * x
    above = x * (
        np.float32(2.45550750702956)
        + np.float32(2.45550750702956) * size
        + (np.float32(0.893229853513558) + np.float32(0.821226666969744) * size) * square
    )
    below = np.float32(2.44506634652299) + (np.float32(2.44506634652299) + square) * abs(
        x + np.float32(0.814642734961073) * x * size
    )
    return above / below
