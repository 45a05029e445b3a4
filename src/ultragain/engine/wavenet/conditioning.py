"""A knob that turns weights into others: one model for all of its positions.

For a fixed knob the network is an ordinary WaveNet, whose weights follow from the knob. So the engine trains and plays
that, and only the gradient by its weights is led back to those that they follow from. A segment has one knob.
"""

import numpy as np

from ultragain.engine.wavenet.layout import CHANNELS, KERNELS, LAYERS, N_WEIGHTS, PLACES

CHANNELS_IN_ALL = LAYERS * CHANNELS
HIDDEN = 16


def _channels():
    """For each weight the channel, of all layers', whose sum z it goes into; -1 for those of no layer's z."""
    channels = np.full(N_WEIGHTS, -1)
    for layer, (place, taps) in enumerate(zip(PLACES, KERNELS, strict=True)):
        rows = taps * CHANNELS + 2  # conv, bias, mixin
        channels[place.conv : place.conv + rows * CHANNELS] = np.tile(np.arange(CHANNELS) + layer * CHANNELS, rows)
    return channels


CHANNEL_OF = _channels()
INSIDE = np.flatnonzero(CHANNEL_OF >= 0)
BIASES = np.concatenate([np.arange(place.bias, place.bias + CHANNELS) for place in PLACES])


class Shift:
    """Plain concatenation: the knob as one more input of every layer, so z + weight knob.

    Attributes
    ----------
    shapes : list of (int, int)
        Rows and columns of its own weights, which stand behind the network's.
    """

    shapes = [(CHANNELS_IN_ALL, 1)]

    def fold(self, theta, knob):
        """The network's weights at a knob.

        Parameters
        ----------
        theta : np.ndarray, shape (N_WEIGHTS + own weights,), float32
        knob : float
            From -1 to 1.

        Returns
        -------
        np.ndarray, shape (N_WEIGHTS,), float32
        """
        folded = theta[:N_WEIGHTS].copy()
        folded[BIASES] += theta[N_WEIGHTS:] * np.float32(knob)
        return folded

    def unfold(self, theta, knob, gradient):
        """The gradient by theta from that by the folded weights; np.ndarray of theta's shape."""
        return np.concatenate([gradient, gradient[BIASES] * np.float32(knob)])


class Film:
    """FiLM: a small network makes of the knob a factor and a shift for every channel, so factor z + shift.

    Its weights: a hidden layer of 16, with tanh, and of its outputs the factors less one, and the shifts.

    References
    ----------
    Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", AAAI 2018.
    """

    shapes = [(2, HIDDEN), *[(HIDDEN + 1, CHANNELS_IN_ALL)] * 2]  # the last row of each is its biases

    def fold(self, theta, knob):
        """As `Shift.fold`."""
        _, factors, shifts = self._follow(theta, knob)
        folded = theta[:N_WEIGHTS].copy()
        folded[INSIDE] *= factors[CHANNEL_OF[INSIDE]]
        folded[BIASES] += shifts
        return folded

    def unfold(self, theta, knob, gradient):
        """As `Shift.unfold`."""
        hidden, factors, _ = self._follow(theta, knob)
        _, to_factors, to_shifts = self._parts(theta)
        inside, shifts = gradient[INSIDE], gradient[BIASES]
        whole = gradient.copy()
        whole[INSIDE] *= factors[CHANNEL_OF[INSIDE]]
        by_factors = np.bincount(CHANNEL_OF[INSIDE], inside * theta[INSIDE], CHANNELS_IN_ALL).astype(np.float32)
        by_hidden = (to_factors[:-1] @ by_factors + to_shifts[:-1] @ shifts) * (1 - hidden**2)
        one = np.append(hidden, np.float32(1))
        own = (np.outer([knob, 1], by_hidden), np.outer(one, by_factors), np.outer(one, shifts))
        return np.concatenate([whole, *(part.ravel() for part in own)], dtype=np.float32)

    def _parts(self, theta):
        own = theta[N_WEIGHTS:]
        ends = np.cumsum([rows * columns for rows, columns in self.shapes])
        return [part.reshape(shape) for part, shape in zip(np.split(own, ends[:-1]), self.shapes, strict=True)]

    def _follow(self, theta, knob):
        """The hidden layer's outputs, factors and shifts at a knob."""
        to_hidden, to_factors, to_shifts = self._parts(theta)
        hidden = np.tanh(np.float32(knob) * to_hidden[0] + to_hidden[1])
        factors, shifts = (hidden @ weights[:-1] + weights[-1] for weights in (to_factors, to_shifts))
        return hidden, 1 + factors, shifts
