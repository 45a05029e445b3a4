"""A copy of the wet signal whose delay moves to and fro, as a chorus, a flanger or a vibrato makes it."""

import numpy as np
from scipy import fft, ndimage

SEGMENT_SECONDS = 0.05  # in which a moving delay hardly moves
FIRST_SECONDS, LAST_SECONDS = 3e-3, 40e-3  # of its delay
SPEED = 0.015  # seconds a second, most that a delay changes
WIDTH = 9  # samples over which a moving delay is smeared
LEAST_LEVEL = 0.1  # of the usual one: quieter segments tell nothing


def moving_copy(predicted, wet, rate):
    """How much more a course of later lags stands out than one of earlier lags.

    In each short segment both signals are correlated; what is the same in all segments, the device itself and its
    loudspeaker, is taken away. Then the best course through all segments is followed, with a delay that changes
    slowly: once after the latency, and once before it, where nothing can be.

    Parameters
    ----------
    predicted, wet : np.ndarray, shape (n_low,)
        Levelled over time and frequency.
    rate : float
        Of both, in Hz.

    Returns
    -------
    float
        Near 1 unless there is a moving copy.
    """
    length, first, last = (round(seconds * rate) for seconds in (SEGMENT_SECONDS, FIRST_SECONDS, LAST_SECONDS))
    pieces = wet[: len(wet) // length * length].reshape(-1, length) * np.hanning(length).astype(np.float32)
    levels = np.std(pieces, axis=1)
    sounding = np.flatnonzero(levels > LEAST_LEVEL * np.median(levels))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(predicted, last), length + 2 * last)[sounding * length]
    size = fft.next_fast_len(length + 2 * last, real=True)
    cross = np.conj(fft.rfft(around, size)) * fft.rfft(pieces[sounding], size)
    magnitude = np.abs(cross)
    cross /= magnitude + 0.05 * magnitude.mean(axis=1, keepdims=True) + 1e-12
    heights = np.roll(fft.irfft(cross, size), 2 * last, axis=1)[:, : 2 * last + 1]
    power = ndimage.uniform_filter1d(np.square(heights - heights.mean(axis=0)), WIDTH, axis=1)
    reach = 2 * round(SPEED * SEGMENT_SECONDS * rate) + 1
    later, earlier = (_best_course(side, reach) for side in (power[:, last + first :], power[:, : last - first + 1]))
    return float(later / (earlier + 1e-30))


def _best_course(power, reach):
    """Mean power of the best course through all segments, over the mean of all lags."""
    best = power[0]
    for row in power[1:]:
        best = ndimage.maximum_filter1d(best, reach) + row
    return best.max() / len(power) / (power.mean() + 1e-30)
