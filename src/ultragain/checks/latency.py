"""How late a wet recording is, how certain that is, and how the recordings of one device compare."""

import functools
from dataclasses import dataclass

import numpy as np
from scipy import fft

# The band in which dry and wet are compared: from the guitar's lowest note to where pickups have rolled off.
LOW_HERTZ, HIGH_HERTZ = 80, 6000
SEGMENT_SECONDS = 1.5  # long enough for a chord to change, short enough that a slow clock does not blur the peak
REACH_SECONDS = 0.25  # of the first look; the second, at the whole take, reaches WIDE_REACH_SECONDS
WIDE_REACH_SECONDS = 3.0
GUARD_SECONDS = 1e-3  # how far a second peak must be from the first to be another one
# Measured on 57 takes of the virtual devices and 33 of a captured amplifier: never below 1.9 for a wet file
# with its own dry file, never above 1.4 with another. In between no verdict is given.
UNRELATED, CONFIDENT = 1.5, 3.0
# What a minimum-phase amplifier does to the estimate is -2 to 7 samples at 44.1 kHz; between takes of one device it
# differs by 3. Neural Amp Modeler's recipe for LSTMs notes that models improve when 10 samples are put right.
EARLY_SECONDS, LATE_SECONDS = 0.15e-3, 0.3e-3
SAME_SECONDS = 0.2e-3
MAJORITY = 2 / 3  # of the takes of a gain must agree before the others are judged by them
SHAPE_SECONDS = 1e-3  # on either side of the peak
# Two takes of one device have shapes alike: 0.65 at least over the same takes, through any filter, and never above
# 0.3 inverted.
SHIFT_SECONDS, ALIKE = 0.3e-3, 0.5


@dataclass(frozen=True)
class Latency:
    """How late a wet recording is, relative to its dry one.

    Attributes
    ----------
    samples : int
        How late the wet file is; negative where it comes before the dry one.
    confidence : float
        Height of the correlation's peak over the next one: 1 is a guess, above `CONFIDENT` is certain.
    shape : tuple of float
        The correlation 1 ms before to 1 ms after its peak, its energy 1: a rough impulse response
        of the device.
    """

    samples: int
    confidence: float
    shape: tuple

    @property
    def is_certain(self):
        """Whether the peak stands out."""
        return self.confidence >= CONFIDENT

    @property
    def is_unrelated(self):
        """Whether nothing of the dry file is found in the wet one."""
        return self.confidence < UNRELATED


def latency(dry, wet, sample_rate):
    """Delay of a distorted recording, by generalised cross-correlation with phase transform.

    Plain cross-correlation fails on a guitar through an amplifier: it peaks at every period of the
    note, and the amplifier's filters shift it. Here all frequencies have the same weight, whatever
    their level, so that the peak is as sharp as an impulse. A minimum-phase device's own phase moves
    it by a few samples at most.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
        The longer one is cut to the length of the other.
    sample_rate : int
        In Hz.

    Returns
    -------
    Latency

    References
    ----------
    Knapp and Carter, "The Generalized Correlation Method for Estimation of Time Delay", IEEE Trans.
    ASSP 24(4), 1976.
    """
    n = min(len(dry), len(wet))
    dry, wet = np.asarray(dry[:n], np.float32), np.asarray(wet[:n], np.float32)
    near = _look(dry, wet, sample_rate, SEGMENT_SECONDS, REACH_SECONDS)
    if not near.is_unrelated:
        return near
    return max(
        near, _look(dry, wet, sample_rate, n / sample_rate, WIDE_REACH_SECONDS), key=lambda found: found.confidence
    )


def aligned(dry, wet, late):
    """Dry and wet without the samples that have no partner, if the wet signal is `late` samples later."""
    return (dry[: len(dry) - late], wet[late:]) if late >= 0 else (dry[-late:], wet[:late])


def correlation(dry, wet, sample_rate, reach_seconds, segment_seconds=SEGMENT_SECONDS):
    """Generalised cross-correlation with phase transform.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
        Of one length.
    sample_rate : int
        In Hz.
    reach_seconds, segment_seconds : float
        How far to look, and how much of the recordings at a time.

    Returns
    -------
    lags, heights : np.ndarray, shape (n_lags,)
        Samples by which `wet` is later, and the correlation there.
    """
    cross, size = _cross_spectrum(dry, wet, max(2, round(segment_seconds * sample_rate)))
    hertz = fft.rfftfreq(size, 1 / sample_rate)
    magnitude = np.abs(cross)
    in_band = (hertz >= LOW_HERTZ) & (hertz <= HIGH_HERTZ) & (magnitude > 0)
    heights = fft.irfft(np.divide(cross, magnitude, out=np.zeros_like(cross), where=in_band), size)
    reach = min(round(reach_seconds * sample_rate), size // 2 - 1)
    lags = np.arange(-reach, reach + 1)
    return lags, heights[lags]


def _look(dry, wet, sample_rate, segment_seconds, reach_seconds):
    half = round(SHAPE_SECONDS * sample_rate)
    lags, heights = correlation(dry, wet, sample_rate, reach_seconds, segment_seconds)
    first = int(np.argmax(np.abs(heights)))
    others = np.abs(heights[np.abs(lags - lags[first]) > GUARD_SECONDS * sample_rate])
    second = others.max(initial=0)
    confidence = float(np.abs(heights[first]) / second) if second > 0 else 0.0
    shape = np.pad(heights, half)[first : first + 2 * half + 1]
    return Latency(int(lags[first]), confidence, tuple((shape / (np.linalg.norm(shape) or 1)).tolist()))


def compare(one, other, sample_rate):
    """Relative latency and polarity of two takes of one device.

    A filter in a device may turn phases until the correlation's peak has a trough of the same height
    beside it. Then noise decides which of them is found, so neither position nor sign of a single
    peak can be trusted. Two takes of the same device have the same shape of correlation: aligning
    whole shapes gives both.

    Parameters
    ----------
    one, other : Latency
    sample_rate : int
        Of both, in Hz.

    Returns
    -------
    float, int
        How many samples later the other wet file is than the first; and 1, or -1 if one of them
        is inverted. Where their shapes are too different, the sign is 0, and the
        samples are NaN unless they are more than a shape is long.
    """
    later, sign = _align_shapes(one, other, sample_rate)
    return (later if sign or _is_beyond_chance(later, sample_rate) else float("nan")), sign


def compare_all(latencies, sample_rate):
    """Relative latencies and polarities of the takes of one device, each compared with the most certain one.

    Parameters
    ----------
    latencies : list of Latency
        At least one; all certain.
    sample_rate : int
        Of all, in Hz.

    Returns
    -------
    late, signs : np.ndarray, shape (n_takes,)
        Samples by which each wet file is late, as the most certain one measures it, and signs as
        `compare` returns them. NaN where it is unknown whether a take is as late as the others.
    usual : float
        The median of those that can be compared.
    """
    first = max(latencies, key=lambda found: found.confidence)
    later, signs = np.array([_align_shapes(first, found, sample_rate) for found in latencies]).T
    late = first.samples + later.astype(float)
    usual = float(np.median(late[signs != 0]))  # there is one at least: the first, compared with itself
    late[(signs == 0) & ~_is_beyond_chance(late - usual, sample_rate)] = np.nan
    return late, signs, usual


def _align_shapes(one, other, sample_rate):
    """Samples by which `other` is later, where the shapes match best; and the sign, 0 if they match nowhere."""
    reach = round(SHIFT_SECONDS * sample_rate)
    if len(one.shape) != len(other.shape):  # of another sample rate
        return other.samples - one.samples, 0
    alike = np.correlate(np.pad(other.shape, reach), one.shape, "valid")
    best = int(np.argmax(np.abs(alike)))
    sign = 0 if abs(alike[best]) < ALIKE else 1 if alike[best] > 0 else -1
    return other.samples - one.samples + (best - reach if sign else 0), sign


def _is_beyond_chance(later, sample_rate):
    """Whether two peaks are further apart than a device's own filters can move them."""
    return np.abs(later) > SHAPE_SECONDS * sample_rate


def _cross_spectrum(dry, wet, length):
    """Sum over half-overlapping segments, shape (size // 2 + 1,); and the transform's size."""
    length = min(length, len(dry))
    window = _window(length)
    size = fft.next_fast_len(length + length // 2, real=True)  # padded, so that the ends do not meet
    total = np.zeros(size // 2 + 1, np.complex128)
    for start in range(0, len(dry) - length + 1, max(1, length // 2)):
        part = slice(start, start + length)
        total += np.conj(fft.rfft(dry[part] * window, size)) * fft.rfft(wet[part] * window, size)
    return total, size


@functools.lru_cache(maxsize=4)
def _window(length):
    return np.hanning(length).astype(np.float32)
