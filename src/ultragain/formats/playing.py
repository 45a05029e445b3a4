"""LSTMs of other programs' files, played one sample after the other as those programs do.

Apart from the engine it is written down here once more: it knows the approximation of tanh that Neural Amp Modeler's
players compute with, and layers upon layers, which other people's captures may have.
"""

from dataclasses import dataclass, replace

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

    def __post_init__(self):
        for name, value in vars(self).items():
            object.__setattr__(self, name, np.ascontiguousarray(value, np.float32))

    @classmethod
    def of_keras(cls, kernel, recurrent, bias):
        """A layer that begins with zeros."""
        return cls(kernel, recurrent, bias, *np.zeros((2, len(recurrent))))


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
        heard = advance(replace(layer, state=layer.state.copy(), cell=layer.cell.copy()), heard, approximate)
    return heard @ np.asarray(dense, np.float32) + np.float32(constant)


def advance(layer, heard, approximate=False):
    """Outputs of a layer for the samples that follow on those it heard before; its state and cell go on.

    Parameters
    ----------
    layer : Layer
    heard : np.ndarray, shape (n_samples, inputs), float32
    approximate : bool
        As in `play_lstm`.

    Returns
    -------
    np.ndarray, shape (n_samples, units), float32
    """
    return _advance(heard, layer.kernel, layer.recurrent, layer.bias, layer.state, layer.cell, approximate)


@compiled(fastmath={"contract"})
def _advance(heard, kernel, recurrent, bias, h, c, approximate):
    units, z = len(h), np.empty_like(bias)
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
        for j in range(units):
            h[j] = _sigmoid(z[3 * units + j], approximate) * _tanh(c[j], approximate)
        outputs[t] = h
    return outputs


@compiled(fastmath={"contract"})
def _sigmoid(x, approximate):
    half = np.float32(0.5)
    return half * _tanh(half * x, approximate) + half


@compiled(fastmath={"contract"})
def _tanh(x, approximate):
    """A rational function, which compilers turn into vector code, unlike a call of tanh.

    To within 3e-7 it is Eigen's (Eigen/src/Core/MathFunctionsImpl.h, generic_fast_tanh_float); approximate it is
    fast_tanh of NeuralAmpModelerCore (NAM/activations.h).
    """
    if approximate:
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
    x = min(max(x, np.float32(-7.90531110763549805)), np.float32(7.90531110763549805))
    square = x * x
    above = np.float32(-2.76076847742355e-16) * square + np.float32(2.00018790482477e-13)
    above = above * square + np.float32(-8.60467152213735e-11)
    above = above * square + np.float32(5.12229709037114e-08)
    above = above * square + np.float32(1.48572235717979e-05)
    above = above * square + np.float32(6.37261928875436e-04)
    above = above * square + np.float32(4.89352455891786e-03)
    below = np.float32(1.19825839466702e-06) * square + np.float32(1.18534705686654e-04)
    below = below * square + np.float32(2.26843463243900e-03)
    below = below * square + np.float32(4.89352518554385e-03)
    return x * above / below
