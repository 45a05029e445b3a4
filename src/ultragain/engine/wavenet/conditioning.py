"""A knob that turns weights into others: one model for all of its positions.

At a fixed knob the network is an ordinary WaveNet, whose weights follow from the knob. So the engine trains and plays
that, and only the gradient by its weights is led back to those that they follow from. A segment has one knob.

A conditioning's own weights stand behind the network's in the flat array, matrix after matrix. In Keras's model they
are those of Dense layers, whose biases are a matrix's last row.
"""

import numpy as np

from ultragain.engine.wavenet.layout import CHANNELS, KERNELS, LAYERS, N_WEIGHTS, PLACES

CHANNELS_IN_ALL = LAYERS * CHANNELS
HIDDEN = 16


def _channels():
    """For each weight the channel, of all layers', whose sum z it goes into; the last one and one for all others."""
    channels = np.full(N_WEIGHTS, CHANNELS_IN_ALL)
    for layer, (place, taps) in enumerate(zip(PLACES, KERNELS, strict=True)):
        rows = taps * CHANNELS + 2  # conv, bias, mixin
        channels[place.conv : place.conv + rows * CHANNELS] = np.tile(np.arange(CHANNELS) + layer * CHANNELS, rows)
    return channels


CHANNEL_OF = _channels()
BIASES = np.concatenate([np.arange(place.bias, place.bias + CHANNELS) for place in PLACES])


class Conditioning:
    """None: the weights are the same at every knob.

    Attributes
    ----------
    first, each : tuple of tuple of int
        Shapes of its own weights in Keras's model: those behind the rechannel, and those behind every layer's mixin.
    """

    first, each = (), ()

    @property
    def shapes(self):
        """Of its own weights in their order, list."""
        return [*self.first, *self.each * LAYERS]

    @property
    def size(self):
        """Its own weights."""
        return sum(int(np.prod(shape)) for shape in self.shapes)

    @property
    def matrices(self):
        """Offset, rows and columns of every matrix of its own weights, see `ultragain.engine.wavenet.layout`."""
        found, at = [], N_WEIGHTS
        for shape in self.shapes:
            if len(shape) == 2:
                found.append((at, *shape))
            else:  # a bias
                found[-1] = found[-1][0], found[-1][1] + 1, found[-1][2]
            at += int(np.prod(shape))
        return found

    def split(self, weights):
        """The network's weights and its own, two lists, from all of them in the order of the Keras model."""
        own = [False, *[True] * len(self.first)]
        own += [*[False] * 3, *[True] * len(self.each), *[False] * 2] * LAYERS  # one and constant, or those of the head
        pairs = list(zip(own, weights, strict=True))
        return tuple([weight for is_own, weight in pairs if is_own == side] for side in (False, True))

    def join(self, network, own):
        """All weights in the order of the Keras model, from what `split` makes of them."""
        joined, first, each = network[:1] + own[: len(self.first)], len(self.first), len(self.each)
        for layer in range(LAYERS):
            at = 1 + 5 * layer
            joined += network[at : at + 3] + own[first + each * layer :][:each] + network[at + 3 : at + 5]
        return joined

    def arrays(self, flat):
        """Its own weights, or a gradient by them, as copies of their shapes."""
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        parts = np.split(flat, ends[:-1]) if len(ends) else []
        return [part.reshape(shape).copy() for part, shape in zip(parts, self.shapes, strict=True)]

    def to_keras(self, flat):
        """Its own weights as Keras has them, list of np.ndarray; flat is of shape (size,)."""
        return self.arrays(flat)

    def from_keras(self, weights, flat):
        """Fill a flat array from its own weights as Keras has them."""
        flat[:] = np.concatenate([np.ravel(part) for part in weights]) if weights else 0

    def fold(self, theta, knob):
        """The network's weights at a knob.

        Parameters
        ----------
        theta : np.ndarray, shape (N_WEIGHTS + size,), float32
        knob : float
            From -1 to 1.

        Returns
        -------
        np.ndarray, shape (N_WEIGHTS,), float32
        """
        return theta[:N_WEIGHTS]

    def unfold(self, theta, knob, gradient):
        """Lead a gradient by the folded weights back.

        Parameters
        ----------
        theta, knob
            As in `fold`.
        gradient : np.ndarray, shape (N_WEIGHTS + size,), float32
            Its first part is that by the folded weights; all of it is replaced by that by theta.
        """


class Shift(Conditioning):
    """Plain concatenation: the knob as one more input beside the dry audio in every layer, so z + weight knob."""

    each = ((1, CHANNELS),)

    def fold(self, theta, knob):
        folded = theta[:N_WEIGHTS].copy()
        folded[BIASES] += theta[N_WEIGHTS:] * np.float32(knob)
        return folded

    def unfold(self, theta, knob, gradient):
        gradient[N_WEIGHTS:] = gradient[BIASES] * np.float32(knob)


class Film(Conditioning):
    """FiLM: a small network makes of the knob a factor and a shift for every channel, so factor z + shift.

    Its weights: a hidden layer of 16, with tanh; for each layer those of its factors, and of its shifts. Factors are
    stored less one, so that weight decay pulls them to one.

    References
    ----------
    Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", AAAI 2018.
    """

    first = (1, HIDDEN), (HIDDEN,)
    each = ((HIDDEN, CHANNELS), (CHANNELS,)) * 2

    def to_keras(self, flat):
        return self._with_ones(self.arrays(flat), 1)

    def from_keras(self, weights, flat):
        super().from_keras(self._with_ones([np.array(part, np.float32) for part in weights], -1), flat)

    def fold(self, theta, knob):
        _, factors, shifts = self._follow(theta, knob)
        folded = theta[:N_WEIGHTS] * factors[CHANNEL_OF]
        folded[BIASES] += shifts
        return folded

    def unfold(self, theta, knob, gradient):
        one, factors, _ = self._follow(theta, knob)
        network, own = gradient[:N_WEIGHTS], gradient[N_WEIGHTS:]
        by_factors = np.bincount(CHANNEL_OF, network * theta[:N_WEIGHTS])[:CHANNELS_IN_ALL].astype(np.float32)
        by = np.stack([by_factors, network[BIASES]]).reshape(2, LAYERS, CHANNELS)
        by_hidden = np.einsum("slc,lshc->h", by, self._tables(theta))[:HIDDEN] * (1 - one[:HIDDEN] ** 2)
        own[:HIDDEN], own[HIDDEN : 2 * HIDDEN] = np.float32(knob) * by_hidden, by_hidden
        own[2 * HIDDEN :] = np.einsum("h,slc->lshc", one, by).ravel()
        network *= factors[CHANNEL_OF]

    @staticmethod
    def _with_ones(weights, sign):
        """Weights whose factors' biases are larger by so much; they are changed."""
        for bias in weights[3::4]:
            bias += np.float32(sign)
        return weights

    @staticmethod
    def _tables(theta):
        """Shape (layers, 2 for factors and shifts, hidden and bias, channels)."""
        return theta[N_WEIGHTS + 2 * HIDDEN :].reshape(LAYERS, 2, HIDDEN + 1, CHANNELS)

    def _follow(self, theta, knob):
        """The hidden layer's outputs and a one behind them; the factors, of no layer's weights too; and the shifts."""
        kernel, bias = theta[N_WEIGHTS : N_WEIGHTS + 2 * HIDDEN].reshape(2, HIDDEN)
        one = np.append(np.tanh(np.float32(knob) * kernel + bias), np.float32(1))
        # not BLAS's products, whose sums may depend on where the numbers lie
        factors, shifts = np.einsum("h,lshc->slc", one, self._tables(theta)).reshape(2, CHANNELS_IN_ALL)
        return one, np.append(1 + factors, np.float32(1)), shifts
