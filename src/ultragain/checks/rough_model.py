"""A rough prediction of a wet signal from its dry one, good enough to see where and when they agree.

Distorted and dry signals have little in common: a fifth of a preamp's output at full gain follows its input. A
curve that saturates, and a short filter after it, predict half of it and more, so that a quarter of a second of music
is enough to tell how late it is.
"""

import functools
from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage, signal

from ultragain.checks.latency import aligned

LOW_RATE = 14_700  # Hz, about: what dry and wet are compared at; a guitar's overtones end below 6 kHz
DRIVE = 4.0  # of the saturating curve, over the dry signal's RMS
BEFORE_SECONDS, AFTER_SECONDS = 0.8e-3, 4e-3  # of the filter, around the latency
REACH_SECONDS = 0.25  # how far a part of a take may be from the latency of the whole
WHITE_HERTZ = 50  # over which spectra are levelled
PARTS = 3  # of the take, that are compared first
SAME_SECONDS = 0.5e-3  # apart, and parts of a take have one latency


def at_low_rate(dry, wet, late, sample_rate):
    """Dry features and wet signal on one another, at a rate that is enough for a guitar.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    late : int
        Samples by which the wet signal is later.
    sample_rate : int
        In Hz.

    Returns
    -------
    features : list of np.ndarray, shape (n_low,), float32
        The dry signal, and the dry signal saturated.
    wet : np.ndarray, shape (n_low,), float32
    step : int
        Samples of `sample_rate` in one of these.
    """
    step = max(1, round(sample_rate / LOW_RATE))
    dry, wet = aligned(dry, wet, late)
    rms = float(np.sqrt(np.mean(np.square(dry), dtype=np.float64))) or 1.0
    bent = np.tanh(np.float32(DRIVE / rms) * dry)
    taps = _low_pass(step)
    dry, bent, wet = (signal.upfirdn(taps, part, 1, step)[10:-10] if step > 1 else part for part in (dry, bent, wet))
    return [dry / np.float32(rms), bent], wet / np.float32(np.std(wet) or 1), step


@functools.lru_cache(maxsize=4)
def _low_pass(step):
    return signal.firwin(20 * step + 1, 0.9 / step).astype(np.float32)


def predict(features, wet, rate, late=None):
    """The wet signal as its dry one predicts it.

    Where the latency may change, a model is fitted only to those parts of the take that agree.

    Parameters
    ----------
    features : list of np.ndarray, shape (n_low,)
    wet : np.ndarray, shape (n_low,)
    rate : float
        Of both, in Hz.
    late : np.ndarray, shape (n_low,), int, optional
        By how many samples the wet signal is later than the dry one at each moment, if that is known.

    Returns
    -------
    predicted : np.ndarray, shape (n_low,), float32
    late : int
        How many samples later than the dry signal it is, as the parts that were fitted are.
    """
    n, before = len(wet), round(BEFORE_SECONDS * rate)
    if late is not None:
        there = np.clip(np.arange(n) - late, 0, n - 1)
        sums = [_sums([feature[there] for feature in features], wet, rate)]
    else:
        parts = [slice(i * (n // PARTS), (i + 1) * (n // PARTS)) for i in range(PARTS)]
        sums = [_sums([feature[part] for feature in features], wet[part], rate) for part in parts]
    length = round((BEFORE_SECONDS + AFTER_SECONDS) * rate)
    groups = [
        [part.peak - before, [other for other in sums if abs(other.peak - part.peak) <= SAME_SECONDS * rate]]
        for part in sums
    ]
    fits = [(first, *_solve(group, first, length)) for first, group in groups]
    first, _, filters = max(fits, key=lambda found: found[1])
    predicted = sum(
        signal.oaconvolve(feature, taps) for feature, taps in zip(features, filters.astype(np.float32), strict=True)
    )
    # the first tap stands `first` samples after (before, where negative) the moment itself
    return np.pad(predicted, (max(0, first), max(0, -first)))[max(0, -first) :][:n], first + before


@dataclass(frozen=True)
class _Sums:
    """What the filters of one part follow from.

    Attributes
    ----------
    own : np.ndarray, shape (n_features, n_features, n_lags)
        Correlations of the features with one another, levelled.
    crossed : np.ndarray, shape (n_features, n_lags)
        Of the features with the wet signal; negative lags stand at the end.
    peak : int
        Lag of the latency.
    """

    own: np.ndarray
    crossed: np.ndarray
    peak: int


def _sums(features, wet, rate):
    n, reach = len(wet), min(round(REACH_SECONDS * rate), len(wet) // 2)
    size = fft.next_fast_len(n + reach, real=True)
    spectra, of_wet = fft.rfft(features, size), fft.rfft(wet, size)
    width = max(1, round(WHITE_HERTZ * size / rate))
    level = smooth_power(of_wet, width)
    crossed = fft.irfft(np.conj(spectra) * of_wet / level, size)
    peaks = fft.irfft(
        np.conj(spectra[-1]) * of_wet / (np.sqrt(level) * np.sqrt(smooth_power(spectra[-1], width))), size
    )
    lags = np.arange(-reach, reach + 1)
    levelled = spectra / level
    own = np.array([[fft.irfft(np.conj(one) * other, size)[lags] for other in levelled] for one in spectra])
    return _Sums(own, crossed, int(lags[np.argmax(np.abs(peaks[lags]))]))


def _solve(parts, first, length):
    """Energy of the levelled wet signal that filters on the features explain, and the filters, from their first tap."""
    own, crossed = sum(part.own for part in parts), [part.crossed for part in parts]
    wanted = sum(each[:, np.arange(first, first + length)] for each in crossed).astype(np.float64).ravel()
    apart = np.subtract.outer(np.arange(length), np.arange(length)) + own.shape[2] // 2
    known = np.concatenate([np.concatenate(row[:, apart], axis=1) for row in own]).astype(np.float64)
    known[np.diag_indices_from(known)] += 1e-3 * np.diag(known).mean() + 1e-30
    taps = np.linalg.solve(known, wanted)
    return float(taps @ wanted), taps.reshape(len(own), length)


def smooth_power(spectrum, width, floor=1e-4):
    """Power of a spectrum, averaged over frequency and never below a share of its mean: what levels are divided by.

    Parameters
    ----------
    spectrum : np.ndarray, shape (n_lines,), complex
    width : int
        Lines that are averaged.
    floor : float
        Least power, of the mean.

    Returns
    -------
    np.ndarray, shape (n_lines,)
    """
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return ndimage.uniform_filter1d(power, width) + floor * power.mean() + 1e-30
