"""The WaveNet: its weights, what it learns with, and the memory to work in."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ultragain.compiled import compiled
from ultragain.engine.adam import average, clip
from ultragain.engine.denormals import flush_denormals, restore_denormals
from ultragain.engine.memory import aligned
from ultragain.engine.soap import Soap, soap
from ultragain.engine.wavenet.layout import (
    BEFORE,
    HEAD,
    HEAD_SCALE,
    MATRICES,
    N_WEIGHTS,
    Work,
    from_keras,
    host_tiling,
    to_keras,
)
from ultragain.engine.wavenet.passes import learn, play

SAMPLES_PER_CALL = 2**16  # of a piece that is played: a second or so of audio between two looks back at Python
#: Samples with outputs of a segment that is played: what its beginning costs is a fifth of it, and it needs 36 MB.
OUTPUTS_PLAYED = 2**14
_MATRICES = np.array(MATRICES)


class WaveNet:
    """One model, with averaged weights.

    Same weights and same calls give the same weights and outputs, bit for bit, whatever the number of threads, on every
    processor that LLVM names the same.

    Parameters
    ----------
    weights : list of np.ndarray
        In the order of `ultragain.engine.wavenet.layout.to_keras`.
    outputs : int
        Samples of a segment that have outputs, at least; `outputs` is how many have.
    batch : int
        Segments of a step.
    threads : int
        Threads that share them.
    """

    def __init__(self, weights, outputs, batch=1, threads=1):
        self._tiling, self.step, self.batch = host_tiling(), 0, batch
        self._works = [Work.zeros(self._tiling, outputs) for _ in range(min(batch, threads))]
        self._longer = []  # only playing needs it
        self.outputs = self._works[0].samples - BEFORE
        self._theta, self._mean, self._gradient = (aligned(N_WEIGHTS) for _ in range(3))
        self._parts = aligned(batch, N_WEIGHTS + -N_WEIGHTS % 16)[:, :N_WEIGHTS]
        self._soap = Soap.zeros(_MATRICES)
        self._pool = ThreadPoolExecutor(len(self._works) - 1) if len(self._works) > 1 else None
        from_keras(weights, self._theta)
        self._mean[:] = self._theta

    @property
    def weights(self):
        """In Keras's order; copies."""
        return to_keras(self._theta)

    @property
    def averaged(self):
        """Running mean of the weights, in Keras's order; copies."""
        return to_keras(self._mean)

    @property
    def gradient(self):
        """The latest one, in the order of the weights; copies."""
        gradient = self._gradient.copy()
        gradient[HEAD:] /= np.float32(HEAD_SCALE**2)  # by the weights as they are stored, not as Keras has them
        return to_keras(gradient)

    @property
    def state(self):
        """All that learning goes on from; copies. Can be set."""
        return [*(flat.copy() for flat in self._flats), np.array(self.step)]

    @state.setter
    def state(self, state):
        *flats, step = state
        for flat, value in zip(self._flats, flats, strict=True):
            flat[:] = value
        self.step = int(step)

    @property
    def _flats(self):
        return self._theta, self._mean, *self._soap

    def find_gradient(self, audio, target, starts, scale):
        """The gradient of scale / 2 times the sum of squared errors of some segments.

        Parameters
        ----------
        audio, target : np.ndarray, shape (n_samples,), float32
        starts : np.ndarray, shape (batch,), int
            The first sample of each segment that has an output.
        scale : float

        Returns
        -------
        float
            The sum of squared errors.

        Raises
        ------
        ValueError
            If a segment, or the `BEFORE` samples before it, would leave the audio.
        """
        last = min(len(audio), len(target)) - self.outputs
        if len(starts) != self.batch or min(starts) < BEFORE or max(starts) > last:
            raise ValueError(
                f"{len(starts)} segments from {min(starts)} to {max(starts)} do not fit a batch of {self.batch} and "
                f"samples {BEFORE} to {last}"
            )
        audio, target = (np.require(array, np.float32, "CW") for array in (audio, target))
        errors = [0.0] * self.batch

        def share(number):
            for n in range(number, self.batch, len(self._works)):
                errors[n] = learn(
                    self._tiling, self._works[number], self._theta, audio, target, starts[n], scale, self._parts[n]
                )

        self._shared(share)
        np.sum(self._parts, axis=0, out=self._gradient)
        return sum(errors)

    def learn(self, audio, target, starts, scale, rate, limit=np.inf, decay=0.0):
        """Take one step of SOAP on some segments. A gradient that is not finite changes nothing.

        Parameters
        ----------
        audio, target, starts, scale
            As in `find_gradient`.
        rate, limit, decay : float
            As in `ultragain.engine.lstm.stateful.StatefulLSTM.learn`.

        Returns
        -------
        (float, float)
            The sum of squared errors, and the gradient's norm before it was shortened.
        """
        error = self.find_gradient(audio, target, starts, scale)
        norm = clip(self._gradient, limit)
        if np.isfinite(norm):
            self.step += 1
            self._shared(
                lambda number: _step(
                    self._tiling, self._theta, self._gradient, self._soap, _MATRICES, number, len(self._works), rate,
                    self.step,
                )
            )  # fmt: skip
            average(self._mean, self._theta, decay)
        return error, norm

    def _shared(self, share):
        """Have every thread do its share, by its number."""
        others = [self._pool.submit(share, number) for number in range(1, len(self._works))]
        share(0)
        for each in others:
            each.result()

    def play(self, pieces, averaged=False, progress=iter):
        """Outputs for pieces of audio, each as after silence.

        Parameters
        ----------
        pieces : list of np.ndarray, shape (n_samples,) each
        averaged : bool
            Whether to play with the averaged weights.
        progress : callable
            Wraps the iteration over parts of a second or so, e.g. tqdm.

        Returns
        -------
        list of np.ndarray, float32, of the same shapes
        """
        theta, silence = self._mean if averaged else self._theta, np.zeros(BEFORE, np.float32)
        audio = [np.concatenate([silence, np.asarray(piece, np.float32)]) for piece in pieces]
        predicted = [np.zeros(len(piece), np.float32) for piece in pieces]
        parts = [
            (part[begin : begin + SAMPLES_PER_CALL + BEFORE], out[begin : begin + SAMPLES_PER_CALL])
            for part, out in zip(audio, predicted, strict=True)
            for begin in range(0, len(out), SAMPLES_PER_CALL)
        ]
        threads = len(self._works)
        if not self._longer:
            self._longer += [Work.zeros(self._tiling, OUTPUTS_PLAYED) for _ in range(threads)]
        for first in progress(range(0, len(parts), threads)):

            def share(number, some=parts[first : first + threads]):
                for part, out in some[number : number + 1]:
                    play(self._tiling, self._longer[number], theta, part, out)

            self._shared(share)
        return predicted


@compiled(nogil=True)
def _step(tiling, theta, gradient, state, matrices, number, threads, rate, step):  # tiling: see `compiled`
    mode = flush_denormals()
    soap(theta, gradient, state, matrices, number, threads, rate, step)
    restore_denormals(mode)
