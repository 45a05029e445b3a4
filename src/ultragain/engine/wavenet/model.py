"""The WaveNet: its weights, what it learns with, and the memory to work in."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ultragain.compiled import compiled
from ultragain.engine.adam import average, clip
from ultragain.engine.denormals import flush_denormals, restore_denormals
from ultragain.engine.memory import aligned
from ultragain.engine.soap import Soap, soap
from ultragain.engine.wavenet.conditioning import Conditioning
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


class WaveNet:
    """One model, with averaged weights.

    Same weights and same calls give the same weights and outputs, bit for bit, whatever the number of threads, on every
    processor that LLVM names the same.

    Parameters
    ----------
    weights : list of np.ndarray
        In the order of `ultragain.engine.wavenet.layout.to_keras`, and of `Conditioning.join` where there is one.
    outputs : int
        Samples of a segment that have outputs, at least; `outputs` is how many have.
    batch : int
        Segments of a step.
    threads : int
        Threads that share them.
    conditioning : Conditioning, optional
        How the weights follow from a knob; segments and pieces have one each.
    """

    def __init__(self, weights, outputs, batch=1, threads=1, conditioning=None):
        self._tiling, self.step, self.batch = host_tiling(), 0, batch
        self._works = [Work.zeros(self._tiling, outputs) for _ in range(min(batch, threads))]
        self._longer = []  # only playing needs it
        self.outputs = self._works[0].samples - BEFORE
        self._conditioning = conditioning or Conditioning()
        size = N_WEIGHTS + self._conditioning.size
        self._theta, self._mean, self._gradient = (aligned(size) for _ in range(3))
        self._parts = aligned(batch, size + -size % 16)[:, :size]
        self._matrices = np.array([*MATRICES, *self._conditioning.matrices])
        self._soap = Soap.zeros(self._matrices)
        self._pool = ThreadPoolExecutor(len(self._works) - 1) if len(self._works) > 1 else None
        network, own = self._conditioning.split(weights)
        from_keras(network, self._theta[:N_WEIGHTS])
        self._conditioning.from_keras(own, self._theta[N_WEIGHTS:])
        self._mean[:] = self._theta

    @property
    def weights(self):
        """In Keras's order; copies."""
        return self._in_keras(self._theta)

    @property
    def averaged(self):
        """Running mean of the weights, in Keras's order; copies."""
        return self._in_keras(self._mean)

    def _in_keras(self, theta):
        own = self._conditioning.to_keras(theta[N_WEIGHTS:])
        return self._conditioning.join(to_keras(theta[:N_WEIGHTS]), own)

    @property
    def gradient(self):
        """The latest one, in the order of the weights; copies."""
        gradient, own = self._gradient[:N_WEIGHTS].copy(), self._gradient[N_WEIGHTS:]
        gradient[HEAD:] /= np.float32(HEAD_SCALE**2)  # by the weights as they are stored, not as Keras has them
        return self._conditioning.join(to_keras(gradient), self._conditioning.arrays(own))

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

    def find_gradient(self, audio, target, starts, scale, knobs=None):
        """The gradient of scale / 2 times the sum of squared errors of some segments.

        Parameters
        ----------
        audio, target : np.ndarray, shape (n_samples,), float32
        starts : np.ndarray, shape (batch,), int
            The first sample of each segment that has an output.
        scale : float
        knobs : sequence of float, optional
            Of each segment, from -1 to 1; all 0 if not given.

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
        errors, knobs = [0.0] * self.batch, [0.0] * self.batch if knobs is None else knobs
        conditioning, theta = self._conditioning, self._theta

        def share(number):
            for n in range(number, self.batch, len(self._works)):
                folded, part = conditioning.fold(theta, knobs[n]), self._parts[n]
                errors[n] = learn(
                    self._tiling, self._works[number], folded, audio, target, starts[n], scale, part[:N_WEIGHTS]
                )
                conditioning.unfold(theta, knobs[n], part)

        self._shared(share)
        np.sum(self._parts, axis=0, out=self._gradient)
        return sum(errors)

    def learn(self, audio, target, starts, scale, rate, limit=np.inf, decay=0.0, knobs=None):
        """Take one step of SOAP on some segments. A gradient that is not finite changes nothing.

        Parameters
        ----------
        audio, target, starts, scale, knobs
            As in `find_gradient`.
        rate, limit, decay : float
            As in `ultragain.engine.lstm.stateful.StatefulLSTM.learn`.

        Returns
        -------
        (float, float)
            The sum of squared errors, and the gradient's norm before it was shortened.
        """
        error = self.find_gradient(audio, target, starts, scale, knobs)
        norm = clip(self._gradient, limit)
        if np.isfinite(norm):
            self.step += 1
            self._shared(
                lambda number: _step(
                    self._tiling, self._theta, self._gradient, self._soap, self._matrices, number, len(self._works),
                    rate, self.step,
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

    def play(self, pieces, averaged=False, progress=iter, knobs=None):
        """Outputs for pieces of audio, each as after silence.

        Parameters
        ----------
        pieces : list of np.ndarray, shape (n_samples,) each
        averaged : bool
            Whether to play with the averaged weights.
        progress : callable
            Wraps the iteration over parts of a second or so, e.g. tqdm.
        knobs : sequence of float, optional
            Of each piece, from -1 to 1; all 0 if not given.

        Returns
        -------
        list of np.ndarray, float32, of the same shapes
        """
        theta, silence = self._mean if averaged else self._theta, np.zeros(BEFORE, np.float32)
        knobs = [0.0] * len(pieces) if knobs is None else knobs
        folded = {knob: self._conditioning.fold(theta, knob) for knob in set(knobs)}
        audio = [np.concatenate([silence, np.asarray(piece, np.float32)]) for piece in pieces]
        predicted = [np.zeros(len(piece), np.float32) for piece in pieces]
        parts = [
            (folded[knob], part[begin : begin + SAMPLES_PER_CALL + BEFORE], out[begin : begin + SAMPLES_PER_CALL])
            for knob, part, out in zip(knobs, audio, predicted, strict=True)
            for begin in range(0, len(out), SAMPLES_PER_CALL)
        ]
        threads = len(self._works)
        if not self._longer:
            self._longer += [Work.zeros(self._tiling, OUTPUTS_PLAYED) for _ in range(threads)]
        for first in progress(range(0, len(parts), threads)):

            def share(number, some=parts[first : first + threads]):
                for weights, part, out in some[number : number + 1]:
                    play(self._tiling, self._longer[number], weights, part, out)

            self._shared(share)
        return predicted


@compiled(nogil=True)
def _step(tiling, theta, gradient, state, matrices, number, threads, rate, step):  # tiling: see `compiled`
    mode = flush_denormals()
    soap(theta, gradient, state, matrices, number, threads, rate, step)
    restore_denormals(mode)
