"""LSTM -> Dense(1) on windows: the state begins at zero, and the output after the last time step is what counts.

The loss is the ESR over a batch, sum((y - p)**2) / (sum(y**2) + ESR_EPSILON). Its denominator needs the targets
alone, so a batch can be taken block by block: nothing but the gradients' sums passes from one to the next.
"""

import numpy as np

from ultragain.compiled import compiled
from ultragain.engine.adam import adam
from ultragain.engine.denormals import flush_denormals, restore_denormals
from ultragain.engine.lstm.block import backwards, collect, forwards, play
from ultragain.engine.lstm.layout import Packed, Weights, Work, pack, tiling_for
from ultragain.engine.memory import aligned
from ultragain.metrics import ESR_EPSILON


class WindowedLSTM:
    """One model: its weights, Adam's state, and the memory to work in. Uses one thread.

    Same weights and same calls give the same results, bit for bit, on every processor for which `host_registers` has
    the same name: no instruction is used whose result IEEE 754 leaves open.

    Parameters
    ----------
    weights : list of np.ndarray
        In Keras's order: kernel (1, 4 units), recurrent kernel (units, 4 units), bias (4 units,), and the
        Dense layer's (units, 1) and (1,).
    context : int
        Samples of a window.
    """

    def __init__(self, weights, context):
        units = weights[1].shape[0]
        self.context, self.step = context, 0
        self._tiling = tiling_for(units)
        self._theta, self._gradient, self._m, self._v = (aligned(self._tiling.n_weights) for _ in range(4))
        self._weights, self._gradients = (Weights.of(flat, self._tiling) for flat in (self._theta, self._gradient))
        self._packed = Packed.zeros(self._tiling)
        self._work = None  # only learning needs it
        self.weights = weights

    @property
    def weights(self):
        """In Keras's order; copies. Can be set."""
        return self._weights.to_keras()

    @weights.setter
    def weights(self, weights):
        self._weights.from_keras(weights)

    @property
    def gradient(self):
        """Of the latest step, in the order of the weights."""
        return self._gradients.to_keras()

    @property
    def state(self):
        """All that learning goes on from: weights, Adam's means, steps taken; copies. Can be set."""
        return [self._theta.copy(), self._m.copy(), self._v.copy(), np.array(self.step)]

    @state.setter
    def state(self, state):
        *flats, step = state
        for flat, value in zip((self._theta, self._m, self._v), flats, strict=True):
            flat[:] = value
        self.step = int(step)

    def learn(self, x, y, batches, rate):
        """Take one step of Adam for each batch.

        Parameters
        ----------
        x : np.ndarray, shape (n_windows, context), float32
        y : np.ndarray, shape (n_windows,), float32
            Targets.
        batches : np.ndarray, shape (steps, batch), int
            Numbers of windows.
        rate : float
            Learning rate.

        Returns
        -------
        np.ndarray, shape (steps, batch), float32
            Predictions, each from before its step.

        Raises
        ------
        ValueError
            If windows have another length, or a batch names one that is not there.
        """
        if x.shape != (len(y), self.context):
            raise ValueError(f"windows of shape {x.shape} and {len(y)} targets do not fit a context of {self.context}")
        if batches.size and not 0 <= batches.min() <= batches.max() < len(x):
            raise ValueError(f"batches name windows {batches.min()} to {batches.max()}; there are {len(x)}")
        if self._work is None:
            self._work = Work.zeros(self._tiling, self.context)
        predicted = np.empty(batches.shape, np.float32)
        _learn(
            self._tiling,
            *(np.require(array, kind, "CW") for array, kind in ((x, np.float32), (y, np.float32), (batches, np.int64))),
            rate, self.step, ESR_EPSILON, self._theta, self._gradient, self._m, self._v, self._weights, self._gradients,
            self._packed, self._work, predicted,
        )  # fmt: skip
        self.step += len(batches)
        return predicted

    def predict(self, audio, hop):
        """Outputs for windows of audio.

        Parameters
        ----------
        audio : np.ndarray, shape (n_samples,), float32
        hop : int
            Samples from one window's beginning to the next one's: 1 plays, `context` takes neighbours.

        Returns
        -------
        np.ndarray, shape ((n_samples - context) // hop + 1,), float32
        """
        count = max(0, (len(audio) - self.context) // hop + 1)
        predicted, t = np.empty(count, np.float32), self._tiling
        _predict(
            t, np.require(audio, np.float32, "CW"), self.context, hop, self._weights, self._packed,
            aligned(self.context, t.columns), aligned(2, t.width, t.columns), aligned(t.units, t.columns),
            aligned(self.context, t.columns), predicted,
        )  # fmt: skip
        return predicted


@compiled(nogil=True)
def _learn(
    tiling, x, y, batches, rate, step, epsilon, theta, gradient, m, v, weights, gradients, packed, work, predicted
):
    mode = flush_denormals()
    steps, columns = work.dry.shape
    for s in range(len(batches)):
        batch = batches[s]
        pack(weights.recurrent, packed)
        gradient[:] = 0
        energy = 0.0
        for n in batch:
            energy += np.float64(y[n]) ** 2
        slope = np.float32(2 / (energy + epsilon))  # of the loss, by half an error's square
        for begin in range(0, len(batch), columns):
            block = batch[begin : begin + columns]
            for b in range(columns):
                if b < len(block):
                    for t in range(steps):
                        work.dry[t, b] = x[block[b], t]
                    work.wet[steps - 1, b], work.scale[b] = y[block[b]], slope
                else:  # a batch need not fill its last block
                    work.dry[:, b] = 0
                    work.wet[steps - 1, b], work.scale[b] = 0, 0
            work.c[:] = 0
            forwards(tiling, weights, packed, work, steps, False, steps - 1)
            for b in range(len(block)):
                predicted[s, begin + b] = work.predicted[steps - 1, b]
            backwards(tiling, weights, packed, work, gradients, steps, False)
        collect(work, gradients)
        adam(theta, gradient, m, v, rate, step + s + 1)
    restore_denormals(mode)


@compiled(nogil=True)
def _predict(tiling, audio, context, hop, weights, packed, dry, h, c, block, predicted):
    mode = flush_denormals()
    columns = dry.shape[1]
    pack(weights.recurrent, packed)
    for begin in range(0, len(predicted), columns):
        count = min(columns, len(predicted) - begin)
        for b in range(columns):
            for t in range(context):
                dry[t, b] = audio[(begin + b) * hop + t] if b < count else 0
        c[:] = 0
        play(tiling, weights, packed, dry, h, c, block, False, context - 1)
        for b in range(count):
            predicted[begin + b] = block[context - 1, b]
    restore_denormals(mode)
