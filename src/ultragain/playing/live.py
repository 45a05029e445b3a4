"""A guitar through a model, as it is played: what an audio callback does, and what it measures meanwhile."""

import time

import numpy as np

LOST = ("input_underflow", "input_overflow", "output_underflow", "output_overflow")  # what sounddevice calls it


class Live:
    """What an interface asks for a block of samples, again and again.

    Parameters
    ----------
    effect : callable
        A stream (see `ultragain.playing.streams.stream`).
    input_channel : int
        Of the guitar, counted from 1.
    trim_db : float
        By which the guitar is made louder before the model hears it.

    Attributes
    ----------
    bypass : bool
        Whether the guitar is heard as it is. The model plays on, so that it goes on from where it is.
    samples : int
        Played so far.
    underruns : int
        Blocks that the interface reported as lost, in either direction.
    peaks : np.ndarray, shape (2,)
        Of the guitar after its trim and of what is played, since the last `look`; 1.0 is full scale.
    """

    def __init__(self, effect, input_channel=1, trim_db=0.0):
        self._effect, self._channel, self._trim = effect, input_channel - 1, np.float32(10 ** (trim_db / 20))
        self.bypass, self.samples, self.underruns, self.peaks = False, 0, 0, np.zeros(2)
        self._busy, self._spent, self._most, self._latency = 0.0, 0.0, 0.0, []

    def callback(self, incoming, outgoing, frames, clock, status):
        """Play a block, see `ultragain.rig.interface.Interface.open`."""
        started = time.perf_counter()
        if any(getattr(status, flag) for flag in LOST):
            self.underruns += 1
        dry = incoming[:, self._channel] * self._trim
        wet = self._effect(dry)
        heard = dry if self.bypass else wet
        outgoing[:] = 0
        outgoing[:, -1] = heard
        self.samples += frames
        self.peaks = np.maximum(self.peaks, [np.abs(dry).max(initial=0), np.abs(heard).max(initial=0)])
        if len(self._latency) < 1000:
            self._latency.append(clock.outputBufferDacTime - clock.inputBufferAdcTime)
        spent = time.perf_counter() - started
        self._busy += spent
        self._most = max(self._most, spent)

    def share(self, sample_rate):
        """Time that the model took over the time that it played, a ratio: a core that it needs is 1."""
        return self._busy / (self.samples / sample_rate) if self.samples else 0.0

    @property
    def longest(self):
        """Seconds that the slowest block took."""
        return self._most

    @property
    def latency(self):
        """Seconds from the input to the output, the median of what the interface reported; None if it did not."""
        known = [each for each in self._latency if each > 0]
        return float(np.median(known)) if known else None

    def look(self):
        """The peaks since the last look, np.ndarray of shape (2,)."""
        peaks, self.peaks = self.peaks, np.zeros(2)
        return peaks
