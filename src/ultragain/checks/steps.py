"""Lost and repeated samples: moments within a take from which on the wet signal is earlier or later.

The rough model's prediction is compared with the wet signal in half-overlapping segments, by cross-correlation with
phase transform. The course of the latency is the one that is most likely over all segments, where a change costs
more evidence than chance provides (Viterbi's algorithm). So a short note that fits another place as well changes
nothing, and one quarter of a second after a step may be enough.
"""

import functools
from itertools import pairwise

import numpy as np
from scipy import fft, signal

from ultragain.checks.latency import HIGH_HERTZ, LOW_HERTZ
from ultragain.checks.rough_model import DRIVE, predict

SEGMENT_SECONDS, HOP_SECONDS = 0.25, 0.125
REACH_SECONDS = 0.25  # longest step
# Evidence, in natural logarithms of a likelihood, that a change of latency costs: over 219 good takes, real and
# virtual, chance never provides more than 22, and 64 samples lost in a take provide 40 and more.
CHANGE = 20.0
OVERLAP_SHARE = 0.6  # of what a segment says its neighbours have not said: they share half of their samples
MOST_BEYOND = 0.5  # of a segment, before the beginning or after the end of the dry signal
# Steps shorter than this are not lost buffers; a clock that runs apart, and an amplifier's phase, move by less at once.
SHORTEST_SECONDS = 0.7e-3
SHORTEST_TAKE_SECONDS = 1.5  # that leaves something on both sides
MOMENTARY = 3  # segments
EDGE_SECONDS = 0.15  # of a take, too short to be told from chance
# Mean square of the correlation on the course of the latency over the highest elsewhere: 1.4 at least for 33 takes of a
# captured amplifier with their own dry files, 4.5 for those of virtual devices; 1.26 at most with another dry file.
MORE_RELATED = 1.3
SLOWLY = 0.2  # of what the latency changes at once, changed between the steps: the slope of a clock
AROUND, FINE = 8, 16  # samples of the low rate on either side of a peak, and points between two of them
# 1.15 at least for two features together where samples were lost; mostly below 1 with the dry file of another playing.
ALIKE = 0.5
BUFFER = 32  # what is lost are buffers, of so many samples or a multiple, so one beside it is taken for it
# For the exact number of samples: of a correlation around its peak, how far it may be off, how much of either side is
# looked at, and up to which frequency.
SHAPE_SECONDS, BEYOND_SECONDS, SIDE_SECONDS, FULL_HERTZ = 1.4e-3, 0.2e-3, 3.0, 12_000


def follow(predicted, wet, rate):
    """The course of the latency through a take.

    Parameters
    ----------
    predicted, wet : np.ndarray, shape (n_low,)
        From `rough_model`.
    rate : float
        Of both, in Hz.

    Returns
    -------
    starts, path : np.ndarray, shape (n_segments,), int
        Where each segment begins, and how much later the wet signal is than predicted there, in samples.
    heights : np.ndarray, shape (n_segments, n_lags)
        Of the correlation, lag 0 in the middle, in standard deviations of noise.
    """
    length, hop, reach = (round(seconds * rate) for seconds in (SEGMENT_SECONDS, HOP_SECONDS, REACH_SECONDS))
    count = (len(wet) - length) // hop + 1
    if count < 2:
        return np.zeros(0, int), np.zeros(0, int), np.zeros((0, 2 * reach + 1))
    starts = np.linspace(0, len(wet) - length, count).astype(int)  # the last one ends with the take
    size = fft.next_fast_len(length + 2 * reach, real=True)
    hertz = fft.rfftfreq(size, 1 / rate)
    in_band = (hertz >= LOW_HERTZ) & (hertz <= min(HIGH_HERTZ, 0.45 * rate))
    pieces = np.lib.stride_tricks.sliding_window_view(wet, length)[starts] * _windows(length, count)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(predicted, reach), length + 2 * reach)[starts]
    cross = np.conj(fft.rfft(around, size)) * fft.rfft(pieces, size)
    magnitude = np.abs(cross)
    # what is far below the rest of the spectrum is the noise of converters, and gets no vote
    cross *= in_band / (magnitude + 1e-3 * magnitude.mean(axis=1, keepdims=True) + 1e-30)
    heights = np.roll(fft.irfft(cross, size), 2 * reach, axis=1)[:, : 2 * reach + 1]
    # in standard deviations of noise: each independent line of the spectrum adds a vector of length 1
    lines = np.sum(in_band) * length / size
    heights *= size / np.sum(in_band) * np.sqrt(2 * lines)
    beyond = np.arange(-reach, reach + 1) - starts[:, None]  # how much of a segment would answer what was never played
    heights[np.maximum(beyond, -beyond - len(wet) + length) > MOST_BEYOND * length] = 0
    return starts, _most_likely(OVERLAP_SHARE * np.square(np.maximum(heights, 0)) / 2) - reach, heights


@functools.lru_cache(maxsize=4)
def _windows(length, count):
    """Tapers, shape (count, length): none towards the ends of a take, where no neighbour hears what it leaves out."""
    windows = np.tile(signal.windows.tukey(length, 0.5).astype(np.float32), (count, 1))
    windows[0, : length // 2] = windows[-1, length // 2 :] = 1
    return windows


def _most_likely(certainty):
    """The lag of each segment, shape (n_segments,): Viterbi's algorithm; a neighbouring lag is almost free."""
    n, lags = certainty.shape
    best, came_from = certainty[0].copy(), np.zeros((n, lags), np.int32)
    own = np.arange(lags, dtype=np.int32)
    for i in range(1, n):
        top = int(np.argmax(best))
        score, origin = best.copy(), own.copy()
        for step in (-1, 1):
            beside = np.roll(best, step) - 1
            beside[0 if step == 1 else -1] = -np.inf
            origin = np.where(beside > score, own - step, origin)
            score = np.maximum(score, beside)
        origin = np.where(best[top] - CHANGE > score, top, origin)
        best = np.maximum(score, best[top] - CHANGE) + certainty[i]
        came_from[i] = origin
    path = np.zeros(n, int)
    path[-1] = int(np.argmax(best))
    for i in range(n - 1, 0, -1):
        path[i - 1] = came_from[i, path[i]]
    return path


def find_steps(features, wet, rate):
    """Moments at which the latency changes at once.

    Parameters
    ----------
    features : list of np.ndarray, shape (n_low,)
        From `rough_model`.
    wet : np.ndarray, shape (n_low,)
    rate : float
        Of both, in Hz.

    Returns
    -------
    list of (int, float, float)
        The moment in samples, and how late the wet signal is before and after it, in samples.
    predicted : np.ndarray, shape (n_low,)
        What the rough model predicts.
    """
    if len(wet) < SHORTEST_TAKE_SECONDS * rate:
        return [], np.zeros_like(wet)
    predicted, of_all = predict(features, wet, rate)
    found = _steps(predicted, wet, rate)
    if found:  # once more, with a model of the whole take: now that latencies are known, all of it can be fitted
        late = np.zeros(len(wet), int)
        for moment, old, new in found:
            late[moment:] += round(new - old)
        predicted, of_all = predict(features, wet, rate, late)
        found = _steps(predicted, wet, rate)
    return [(moment, old + of_all, new + of_all) for moment, old, new in found], predicted


def lost_samples(dry, wet, late, found, step, sample_rate):
    """Steps of the latency, exactly.

    The correlations of dry and wet on both sides of a step have one shape, that of the device. How far one has to be
    moved to lie on the other is the number of samples.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    late : int
        Samples by which the wet signal was taken to be later when it was brought to the low rate.
    found : list of (int, float, float)
        From `find_steps`.
    step : int
        Samples of these signals in one of the low rate.
    sample_rate : int
        In Hz.

    Returns
    -------
    list of (float, int)
        The moment in the wet signal, in seconds, and by how many samples it is later from then on; negative: earlier,
        samples were lost. None at all where the shapes on both sides mostly differ.
    """
    shape, beyond, longest = (round(seconds * sample_rate) for seconds in (SHAPE_SECONDS, BEYOND_SECONDS, SIDE_SECONDS))
    bent = np.tanh(DRIVE / (float(np.std(dry)) or 1.0) * dry)
    moments = [step * moment + max(0, late) for moment, _, _ in found]
    exact = []
    for i, (at, (_, old, new)) in enumerate(zip(moments, found, strict=True)):
        before = slice(max([at - longest, 0, *moments[:i][-1:]]), at)
        after = slice(at, min([at + longest, len(wet), *moments[i + 1 :][:1]]))
        old, new = late + round(step * old), late + round(step * new)
        match = sum(
            np.correlate(
                _shape(part, wet, after, new, shape + beyond, sample_rate),
                _shape(part, wet, before, old, shape, sample_rate),
                "valid",
            )
            for part in (dry, bent)
        )
        samples = new - old + int(np.argmax(match)) - beyond
        nearest = BUFFER * round(samples / BUFFER)
        samples = nearest if abs(nearest - samples) <= 1 else samples
        if abs(samples) >= SHORTEST_SECONDS * sample_rate:
            exact.append([round(at / sample_rate, 3), samples, match.max() >= 2 * ALIKE])
    is_one_device = sum(alike for *_, alike in exact) > len(exact) / 2  # otherwise all of it may be chance
    return [[at, samples] for at, samples, alike in exact if alike and is_one_device]


def _shape(dry, wet, place, late, reach, sample_rate):
    """The correlation with phase transform of one passage, around a latency, its energy 1."""
    partner = np.arange(place.start, place.stop) - late
    size = fft.next_fast_len(len(partner) + reach, real=True)
    spectrum = np.conj(fft.rfft(dry[np.clip(partner, 0, len(dry) - 1)], size)) * fft.rfft(wet[place], size)
    magnitude = np.abs(spectrum)
    hertz = fft.rfftfreq(size, 1 / sample_rate)
    spectrum *= ((hertz > LOW_HERTZ) & (hertz < FULL_HERTZ)) / (magnitude + 1e-3 * magnitude.mean() + 1e-30)
    found = fft.irfft(spectrum, size)[np.arange(-reach, reach + 1)]
    return found / (np.linalg.norm(found) or 1.0)


def _steps(predicted, wet, rate):
    """Moment in samples, latency before it and after it, for each step."""
    starts, path, heights = follow(predicted, wet, rate)
    shortest = SHORTEST_SECONDS * rate
    if not _is_related(heights, path, shortest):
        return []
    runs = np.split(np.arange(len(path)), np.flatnonzero(np.abs(np.diff(path)) >= shortest) + 1)
    # what lasts for a moment is on the way from one latency to another
    runs = [run for run in runs if len(run) > MOMENTARY or run[0] == 0 or run[-1] == len(path) - 1]
    pairs = [pair for pair in pairwise(runs) if abs(path[pair[1][0]] - path[pair[0][-1]]) >= shortest]
    at_once = sum(path[new[0]] - path[old[-1]] for old, new in pairs)
    slowly = path[-1] - path[0] - at_once if pairs else 0
    if abs(slowly) > max(shortest, SLOWLY * abs(at_once)):
        return []  # two clocks
    found = [
        (
            _moment(predicted, wet, path[[old[-1], new[0]]], starts[[old[-1], new[0]]], rate),
            _precise(heights, path, old),
            _precise(heights, path, new),
        )
        for old, new in pairs
    ]
    return [each for each in found if EDGE_SECONDS * rate < each[0] < len(wet) - EDGE_SECONDS * rate]


def _is_related(heights, path, guard):
    """Whether the course of the latency stands out: what fits best anywhere else, segment by segment, fits worse."""
    lags = np.arange(heights.shape[1]) - heights.shape[1] // 2
    is_path = np.abs(lags - path[:, None]) < guard
    on, off = (np.max(heights, axis=1, initial=0, where=where) for where in (is_path, ~is_path))
    return len(path) > 0 and np.mean(np.square(on)) > MORE_RELATED * np.mean(np.square(off))


def _precise(heights, path, run):
    """The latency of some segments, in parts of a sample."""
    usual, middle = int(np.median(path[run])), heights.shape[1] // 2
    near = np.pad(heights[run].sum(axis=0), AROUND)[middle + usual : middle + usual + 2 * AROUND + 1]
    return usual - AROUND + int(np.argmax(signal.resample_poly(near, FINE, 1))) / FINE


def _moment(predicted, wet, latencies, starts, rate):
    """Where the one latency begins to fit better than the other, in samples."""
    hop, length = round(HOP_SECONDS * rate), round(SEGMENT_SECONDS * rate)
    near = np.arange(max(0, starts[0] - hop), min(len(wet), starts[1] + length + hop))
    old, new = (np.square(wet[near] - predicted[np.clip(near - late, 0, len(wet) - 1)]) for late in latencies)
    return int(near[np.argmin(np.cumsum(old - new))])
