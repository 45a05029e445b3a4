"""A copy of the wet signal whose delay moves to and fro, as a chorus, a flanger or a vibrato makes it."""

import numpy as np
from scipy import fft, ndimage

SEGMENT_SECONDS = 0.05  # in which a moving delay hardly moves
FIRST_SECONDS, LAST_SECONDS = 3e-3, 40e-3  # of its delay
SPEED = 0.015  # seconds a second, most that a delay changes
WIDTH = 9  # samples over which a moving delay is smeared
LEAST_LEVEL = 0.1  # of the usual one: quieter segments tell nothing


def moving_copy(predicted, wet, unexplained, rate):
    """How much more a course of later lags stands out than one of earlier lags.

    In each short segment the prediction is correlated with what it leaves unexplained. What is the same in all
    segments, the device itself and its loudspeaker, is taken away. Then the best course through all segments is
    followed, with a delay that changes slowly: once after the latency, and once before it, where nothing can be.

    Parameters
    ----------
    predicted, wet, unexplained : np.ndarray, shape (n_low,)
        Levelled over time and frequency.
    rate : float
        Of all, in Hz.

    Returns
    -------
    float, float
        Power of the later course over the earlier one, near 1 unless there is a moving copy; and its share of the
        power of what is answered at once.
    """
    length, first, last = (round(seconds * rate) for seconds in (SEGMENT_SECONDS, FIRST_SECONDS, LAST_SECONDS))
    count, window = len(wet) // length, np.hanning(length).astype(np.float32)
    whole, rest = (part[: count * length].reshape(count, length) * window for part in (wet, unexplained))
    levels = np.std(whole, axis=1)
    sounding = np.flatnonzero(levels > LEAST_LEVEL * np.median(levels))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(predicted, last), length + 2 * last)[sounding * length]
    size = fft.next_fast_len(length + 2 * last, real=True)
    of_predicted, of_whole, of_rest = (fft.rfft(part, size) for part in (around, whole[sounding], rest[sounding]))
    magnitude = np.abs(of_predicted) * np.abs(of_whole)
    weight = np.conj(of_predicted) / (magnitude + 0.05 * magnitude.mean(axis=1, keepdims=True) + 1e-12)
    at_once, moving = (
        np.roll(fft.irfft(weight * part, size), 2 * last, axis=1)[:, : 2 * last + 1] for part in (of_whole, of_rest)
    )
    direct = _smeared(at_once)[:, last - first : last + first].max(axis=1).mean()
    power = _smeared(moving - moving.mean(axis=0))
    reach = 2 * round(SPEED * SEGMENT_SECONDS * rate) + 1
    later, earlier = (_best_course(side, reach) for side in (power[:, last + first :], power[:, : last - first + 1]))
    return float(later / (earlier + 1e-30)), float((later - earlier) / (direct + 1e-30))


def _smeared(heights):
    return ndimage.uniform_filter1d(np.square(heights), WIDTH, axis=1)


def _best_course(power, reach):
    """Mean power of the best course through all segments."""
    best = power[0]
    for row in power[1:]:
        best = ndimage.maximum_filter1d(best, reach) + row
    return best.max() / len(power)
