"""LSTM -> Dense(1) on streams: the state is carried on through time, and every sample has an output.

It learns by truncated back-propagation through time: streams of audio are taken chunk by chunk, the state at a chunk's
end is where the next one begins, and gradients go back to the chunk's beginning and no further (Williams and
Peng, Neural Computation 2(4), 1990).

Streams stand in the lanes. Blocks of streams are independent but for the gradient. Each block's
gradient is kept apart and they are added in the order of the blocks, so that the number of threads changes no bit.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ultragain.compiled import compiled
from ultragain.engine.adam import adam, average, clip
from ultragain.engine.denormals import flush_denormals, restore_denormals
from ultragain.engine.lstm.block import backwards, collect, forwards, play
from ultragain.engine.lstm.layout import Packed, Weights, Work, pack, tiling_for
from ultragain.engine.memory import aligned
from ultragain.engine.registers import host_registers

SAMPLES_PER_CALL = 4096  # of a piece that is played: memory for more is not needed; even, see `block.play`


class StatefulLSTM:
    """One model with the state of its streams, Adam's state, averaged weights, and the memory to work in.

    Parameters
    ----------
    weights : list of np.ndarray
        In Keras's order, as in `WindowedLSTM`.
    streams : int
        Streams of audio side by side. Multiples of a register's lanes (16 with AVX-512) waste nothing.
    longest : int
        The most time steps of a chunk.
    threads : int
        Threads that share the blocks of streams.
    """

    def __init__(self, weights, streams, longest, threads=1):
        units, lanes = weights[1].shape[0], host_registers().lanes
        self._tiling = t = tiling_for(units, wide=1)  # narrow blocks are many, for threads to share
        self.streams, self.longest, self.step = streams, longest, 0
        blocks = -(-streams // t.columns)
        self._theta, self._gradient, self._m, self._v, self._mean = (aligned(t.n_weights) for _ in range(5))
        self._weights, self._mean_weights, self._gradients = (
            Weights.of(flat, t) for flat in (self._theta, self._mean, self._gradient)
        )
        # the gradient of each block, whose rows begin at whole registers
        self._parts = aligned(blocks, -(-t.n_weights // lanes) * lanes)[:, : t.n_weights]
        self._packed = Packed.zeros(t)
        self._h, self._c = aligned(blocks, units, t.columns), aligned(blocks, units, t.columns)
        self._works = [Work.zeros(t, longest) for _ in range(min(threads, blocks))]
        self._pool = ThreadPoolExecutor(len(self._works)) if len(self._works) > 1 else None
        self._weights.from_keras(weights)
        self._mean[:] = self._theta

    @property
    def weights(self):
        """In Keras's order; copies."""
        return self._weights.to_keras()

    @property
    def averaged(self):
        """Running mean of the weights, in Keras's order; copies."""
        return self._mean_weights.to_keras()

    @property
    def gradient(self):
        """The latest one, in the order of the weights; copies."""
        return self._gradients.to_keras()

    @property
    def carried(self):
        """State (h, c) of the streams, np.ndarray of shape (streams, units) each; copies. Can be set."""
        units = self._tiling.units
        return tuple(
            blocks.transpose(0, 2, 1).reshape(-1, units)[: self.streams].copy() for blocks in (self._h, self._c)
        )

    @carried.setter
    def carried(self, state):
        for blocks, value in zip((self._h, self._c), state, strict=True):
            count, units, columns = blocks.shape
            filled = np.zeros((count * columns, units), np.float32)
            filled[: self.streams] = value
            blocks[:] = filled.reshape(count, columns, units).transpose(0, 2, 1)

    @property
    def state(self):
        """All that learning goes on from; copies. Can be set."""
        flats = (self._theta, self._m, self._v, self._mean, self._h, self._c)
        return [*(flat.copy() for flat in flats), np.array(self.step)]

    @state.setter
    def state(self, state):
        *values, step = state
        for flat, value in zip((self._theta, self._m, self._v, self._mean, self._h, self._c), values, strict=True):
            flat[:] = value
        self.step = int(step)

    def advance(self, audio, starts, steps):
        """Move the streams' states on over audio[start : start + steps] each, without learning.

        Parameters
        ----------
        audio : np.ndarray, shape (n_samples,), float32
        starts : np.ndarray, shape (streams,), int
        steps : int

        Raises
        ------
        ValueError
            If a stream would leave the audio.
        """
        audio, starts = np.require(audio, np.float32, "CW"), self._filled(starts, steps, len(audio))
        t = self._tiling
        dry, h, outputs = aligned(SAMPLES_PER_CALL, t.columns), aligned(2, t.width, t.columns), aligned(1, t.columns)
        for begin in range(0, steps, SAMPLES_PER_CALL):
            count = min(SAMPLES_PER_CALL, steps - begin)
            for block, some in enumerate(starts):
                _advance(
                    t, audio, some + begin, self._weights, self._packed, dry[:count], h, self._h[block], self._c[block],
                    outputs,
                )  # fmt: skip

    def find_gradient(self, audio, target, starts, steps, scale):
        """Take every stream through a chunk, and find the gradient of scale / 2 times the sum of squared errors.

        The streams' states move on.

        Parameters
        ----------
        audio, target : np.ndarray, shape (n_samples,), float32
        starts : np.ndarray, shape (streams,), int
            Where each stream's chunk begins.
        steps : int
        scale : float

        Returns
        -------
        float
            The sum of squared errors.

        Raises
        ------
        ValueError
            If a stream would leave the audio or the target, or the chunk is longer than `longest`.
        """
        if steps > self.longest:
            raise ValueError(
                f"a chunk of {steps} time steps is longer than the {self.longest} that there is memory for"
            )
        audio, target = (np.require(array, np.float32, "CW") for array in (audio, target))
        starts = self._filled(starts, steps, min(len(audio), len(target)))
        pack(self._weights.recurrent, self._packed)
        errors = [0.0] * len(starts)

        def share(number):
            for block in range(number, len(starts), len(self._works)):
                part, left = self._parts[block], self.streams - block * self._tiling.columns
                part[:] = 0
                errors[block] = _chunk(
                    self._tiling, audio, target, starts[block], min(left, self._tiling.columns), steps, scale,
                    self._weights, self._packed, self._works[number], Weights.of(part, self._tiling),
                    self._h[block], self._c[block],
                )  # fmt: skip

        if self._pool:
            list(self._pool.map(share, range(len(self._works))))
        else:
            share(0)
        np.sum(self._parts, axis=0, out=self._gradient)
        return sum(errors)

    def learn(self, audio, target, starts, steps, scale, rate, limit=np.inf, decay=0.0):
        """Take one step of Adam on a chunk of every stream.

        A gradient that is not finite changes no weight; the streams' states move on all the same.

        Parameters
        ----------
        audio, target, starts, steps, scale
            As in `find_gradient`.
        rate : float
            Learning rate.
        limit : float
            The longest gradient; a longer one is shortened to it (Pascanu et al., "On the difficulty of training
            recurrent neural networks", ICML 2013).
        decay : float
            Of the averaged weights' memory, for every step; with 0 they are the weights (Polyak and Juditsky, SIAM
            Journal on Control and Optimization 30(4), 1992).

        Returns
        -------
        (float, float)
            The sum of squared errors, and the gradient's norm before it was shortened.
        """
        error = self.find_gradient(audio, target, starts, steps, scale)
        norm = _step(
            self._tiling, self._theta, self._gradient, self._m, self._v, self._mean, rate, self.step + 1, limit, decay
        )  # fmt: skip
        self.step += bool(np.isfinite(norm))
        return error, norm

    def play(self, pieces, averaged=False, progress=iter):
        """Outputs for pieces of audio, each from a zero state.

        Pieces go side by side: as many as there are columns take as long as the longest one. Threads share such groups.

        Parameters
        ----------
        pieces : list of np.ndarray, shape (n_samples,) each
        averaged : bool
            Whether to play with the averaged weights.
        progress : callable
            Wraps the iteration over parts of the first group.

        Returns
        -------
        list of np.ndarray, float32, of the same shapes
        """
        weights, columns = self._mean_weights if averaged else self._weights, self._tiling.columns
        groups = [pieces[first : first + columns] for first in range(0, len(pieces), columns)]
        watched = [progress] + [iter] * len(groups[1:])
        share = self._pool.map if self._pool else map
        played = share(lambda some, watch: _play_group(self._tiling, weights, some, watch), groups, watched)
        return [piece for group in played for piece in group]

    def _filled(self, starts, steps, samples):
        """Starts of whole blocks, shape (blocks, columns): streams that nobody asked for take the first one's audio."""
        if len(starts) != self.streams or min(starts) < 0 or max(starts) + steps > samples:
            raise ValueError(
                f"{len(starts)} streams of {steps} time steps from {min(starts)} to {max(starts)} do not fit "
                f"{self.streams} streams and {samples} samples"
            )
        filled = np.full(self._h.shape[0] * self._tiling.columns, starts[0], np.int64)
        filled[: self.streams] = starts
        return filled.reshape(-1, self._tiling.columns)


def _play_group(tiling, weights, pieces, progress):
    """Outputs for as many pieces as there are columns, or fewer."""
    predicted, packed = [np.zeros(len(piece), np.float32) for piece in pieces], Packed.zeros(tiling)
    dry, out = aligned(SAMPLES_PER_CALL, tiling.columns), aligned(SAMPLES_PER_CALL, tiling.columns)
    h, c = aligned(2, tiling.width, tiling.columns), aligned(tiling.units, tiling.columns)
    for begin in progress(range(0, max(map(len, pieces)), SAMPLES_PER_CALL)):
        dry[:] = 0
        for column, piece in enumerate(pieces):
            part = piece[begin : begin + SAMPLES_PER_CALL]
            dry[: len(part), column] = part
        _play(tiling, weights, packed, dry, h, c, out)
        for column, piece in enumerate(predicted):
            part = piece[begin : begin + SAMPLES_PER_CALL]
            part[:] = out[: len(part), column]
    return predicted


@compiled(nogil=True)
def _chunk(tiling, audio, target, starts, streams, steps, scale, weights, packed, work, gradient, h, c):
    mode = flush_denormals()
    for b in range(len(starts)):
        for t in range(steps):
            work.dry[t, b] = audio[starts[b] + t]
            work.wet[t, b] = target[starts[b] + t]
        work.scale[b] = scale if b < streams else 0
    work.h[0, : len(h)] = h
    work.c[:] = c
    forwards(tiling, weights, packed, work, steps, True, 0)
    h[:] = work.h[steps, : len(h)]
    c[:] = work.c
    error = 0.0
    for t in range(steps):
        for b in range(streams):
            error += np.float64(work.predicted[t, b] - work.wet[t, b]) ** 2
    backwards(tiling, weights, packed, work, gradient, steps, True)
    collect(work, gradient)
    restore_denormals(mode)
    return error


@compiled(nogil=True)
def _step(tiling, theta, gradient, m, v, mean, rate, step, limit, decay):  # tiling: see `compiled`
    mode = flush_denormals()
    norm = clip(gradient, limit)
    if np.isfinite(norm):
        adam(theta, gradient, m, v, rate, step)
        average(mean, theta, decay)
    restore_denormals(mode)
    return norm


@compiled(nogil=True)
def _advance(tiling, audio, starts, weights, packed, dry, both, h, c, outputs):
    mode = flush_denormals()
    steps = len(dry)
    pack(weights.recurrent, packed)
    for b in range(len(starts)):
        for t in range(steps):
            dry[t, b] = audio[starts[b] + t]
    both[0, : len(h)] = h
    play(tiling, weights, packed, dry, both, c, outputs, True, steps)
    h[:] = both[steps % 2, : len(h)]
    restore_denormals(mode)


@compiled(nogil=True)
def _play(tiling, weights, packed, dry, h, c, predicted):
    mode = flush_denormals()
    pack(weights.recurrent, packed)
    play(tiling, weights, packed, dry, h, c, predicted, True, 0)
    restore_denormals(mode)
