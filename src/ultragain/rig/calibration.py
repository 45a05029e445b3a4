"""The timing of a recording, measured by clicks before and after the music.

What is played is silence, a group of clicks, silence, the music, silence, the same clicks again.
For each input, what comes back gives: whether there was any signal, its latency and polarity,
and whether samples were lost or added between the two groups.

A click is a short smooth pulse. A single sample would be shorter, but converters ring before it,
and an amplifier with 60 dB of gain makes the ringing as loud as the click: on the virtual preamp
its onset could then be found only to within 10 samples, that of this pulse to within one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import correlate

from ultragain.errors import UltraGainError

#: Almost none of its energy is where converters filter (-43 dB at 20 kHz, at a rate of 44.1 kHz).
PULSE = np.array([0.25, 0.75, 1.0, 0.75, 0.25])
#: -26 dBFS: far above any noise, and no input that takes the music clips on it.
CLICK_LEVEL = 0.05
#: Seconds between clicks; irregular, so that a wrong latency aligns two of them at most.
SPACINGS = (0.041, 0.053, 0.047, 0.061, 0.043, 0.059, 0.051)
LEAD_SECONDS = 0.5
#: Longest latency that is found. Silence of this length keeps music and clicks apart.
MOST_LATENCY_SECONDS = 0.5
#: A response begins where it first exceeds this share of its peak.
ONSET = 0.1
# So many quiet samples, 1.5 ms, set a response apart from what was there before it.
_RISE = 64


class TakeRefused(UltraGainError):
    """A take that must not be kept, and why.

    Attributes
    ----------
    is_chance : bool
        Whether the same take, recorded again with nothing changed, may well succeed.
    """

    def __init__(self, reason, is_chance=False):
        super().__init__(reason)
        self.is_chance = is_chance


@dataclass(frozen=True)
class Programme:
    """What is played for one take.

    Attributes
    ----------
    played : np.ndarray, shape (n_samples,)
    music : slice
        The dry performance within it.
    first, second : np.ndarray of int, shape (n_clicks,)
        Middles of the clicks, before and after the music.
    longest : int
        Longest latency that can be found, in samples.
    """

    played: np.ndarray
    music: slice
    first: np.ndarray
    second: np.ndarray
    longest: int


@dataclass(frozen=True)
class Arrival:
    """How the first clicks came back on one input.

    Attributes
    ----------
    middle : int
        Samples from a click's middle to the highest point of the response: the latency of an
        input that only delays.
    onset : int
        Samples from a click's first sample to the first sample of the response: the latency of
        an input that also distorts. Right to within one sample.
    polarity : int
        1, or -1 where the response begins downwards.
    response : np.ndarray
        The median response to a click.
    """

    middle: int
    onset: int
    polarity: int
    response: np.ndarray


def with_clicks(dry, sample_rate):
    """Put the clicks around a performance.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    Programme
    """
    longest = round(MOST_LATENCY_SECONDS * sample_rate)
    clicks = np.round(np.cumsum((0, *SPACINGS)) * sample_rate).astype(int)
    first = round(LEAD_SECONDS * sample_rate) + clicks
    # The amplifier has recovered from the clicks (80 ms), and no click is taken for music.
    start = first[-1] + longest
    stop = start + len(dry)
    second = stop + 2 * longest + clicks  # twice: samples may be missing
    played = np.zeros(second[-1] + longest + 5 * _RISE)
    for middle in (*first, *second):
        played[middle - len(PULSE) // 2 :][: len(PULSE)] = CLICK_LEVEL * PULSE
    played[start:stop] = dry
    return Programme(played, slice(start, stop), first, second, longest)


def arrival(programme, recorded):
    """Find the first clicks in what came back on one input.

    Parameters
    ----------
    programme : Programme
    recorded : np.ndarray, shape (n_samples,)
        As long as what was played.

    Returns
    -------
    Arrival or None
        None if nothing came back.
    """
    response = _median_response(recorded, programme.first, 0, programme.longest)
    size = np.abs(response)
    peak = int(np.argmax(size))
    noise = 1.5 * np.median(size)  # the standard deviation, if it is normal
    if size[peak] <= 1e-6 or size[peak] < 8 * noise:  # noise alone reaches 5
        return None
    # Back from the peak, however slowly it was reached, to the first sample that quiet goes before.
    loud = np.flatnonzero(size[: peak + 1] > max(ONSET * size[peak], 5 * noise))
    begins = int(loud[np.diff(loud, prepend=-_RISE - 1) > _RISE][-1])
    # The swing that the response begins with, not its highest: the first to reach a third of it.
    swing = response[begins + int(np.argmax(size[begins:] > size[peak] / 3))]
    return Arrival(peak - _RISE, begins - _RISE + len(PULSE) // 2, 1 if swing > 0 else -1, response)


def drift(programme, recorded, before):
    """By how much the second clicks came later than the first.

    Parameters
    ----------
    programme : Programme
    recorded : np.ndarray, shape (n_samples,)
    before : Arrival
        Of the same input.

    Returns
    -------
    int or None
        Samples: 0 in a good take, negative if samples were lost, positive if some were added.
        None if the second clicks did not come back.
    """
    after = _median_response(recorded, programme.second, -programme.longest, programme.longest)
    pattern = before.response
    peak = int(np.argmax(np.abs(pattern)))
    start = max(peak - _RISE, 0)
    pattern = pattern[start : peak + 4 * _RISE]
    # Differences, because the hum that a median leaves is slow.
    match = correlate(np.diff(after), np.diff(pattern), mode="valid")
    place = int(np.argmax(match))
    found = np.ptp(after[place : place + len(pattern)])
    if found < 0.5 * np.ptp(pattern):
        return None
    return place - programme.longest - start


def _median_response(recorded, clicks, earliest, latest):
    """What follows a click, shape (_RISE + latest - earliest,), starting `_RISE` samples before `earliest`.

    The median over the clicks: the mean would hold an eighth of every other click, and all of a
    crackle. What does not change between the clicks, a direct voltage, is taken away.
    """
    times = np.arange(earliest - _RISE, latest)
    response = np.median([recorded[click + times] for click in clicks], axis=0)
    return response - np.median(response)
