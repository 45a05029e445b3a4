"""How fast a wet recording plays, compared with its dry one: stretched audio, and sample rates that were mixed up."""

import numpy as np

from ultragain.checks import relation
from ultragain.checks.latency import CONFIDENT, latency

# What happens most: 48 kHz taken for 44.1 and the other way round, twice and half the rate.
USUAL = 48 / 44.1, 44.1 / 48, 2.0, 0.5
SLOWEST = 2.2
MOST_SECONDS = 10.0  # of a take that are compared
FRAME, ONSETS_HERTZ, BANDS = 256, 200, 12  # of the onsets: samples, how often they are looked at, bands
RISE = 4  # frames over which a level rises
REACH_SECONDS = 3.0
COARSE, FINE = 1e-3, 2e-4  # steps of the ratio: what blurs onsets over a take, and what blurs waves over 1.5 s
AROUND = 20  # fine steps on either side of a coarse one
CANDIDATES, APART = 3, 0.01
# Confidence of a latency at the right ratio, the mean of several takes; strangers stay below 1.6 at any ratio, but for
# one alone that is no more than likely.
SAME_WAVES = 2.0
# A stretch that keeps the pitch leaves no waves to compare. Then onsets must do, of several takes, at a ratio that is
# no simple one: other music with a steady beat agrees with half of them by chance.
SAME_ONSETS, MORE_THAN_OTHERS, FEWEST_TAKES, MOST_STRETCH = 0.45, 1.4, 2, 1.3


def speed(pairs, sample_rate):
    """How long wet recordings take for what is played in their dry ones.

    Onsets are compared first, at every ratio. Then the dry files are played at the best ratios, and their waves are
    compared with the wet ones.

    Parameters
    ----------
    pairs : list of (np.ndarray, np.ndarray)
        Dry and wet of a few takes of one device.
    sample_rate : int
        In Hz.

    Returns
    -------
    float or None
        1.002 where the wet files are 0.2 % slower; None where no ratio fits.
    """
    rate = sample_rate / max(1, sample_rate // relation.RATE)
    most = round(MOST_SECONDS * rate)
    lengths = [len(wet) / len(dry) for dry, wet in pairs if abs(len(wet) / len(dry) - 1) > COARSE]
    pairs = [[relation.lowered(part, sample_rate)[0][:most] for part in pair] for pair in pairs]
    if best := _by_waves(pairs, rate, [*USUAL, *lengths]):
        return best
    ratios = np.exp(np.arange(-np.log(SLOWEST), np.log(SLOWEST), COARSE))
    onsets = [[_onsets(part, rate) for part in pair] for pair in pairs]
    heights = np.mean([[_alike(*pair, ratio) for ratio in ratios] for pair in onsets], axis=0)
    left = heights.copy()
    for _ in range(CANDIDATES):
        candidate = ratios[np.argmax(left)]
        if best := _by_waves(pairs, rate, candidate * (1 + FINE * np.arange(-AROUND, AROUND + 1))):
            return best
        left[np.abs(np.log(ratios / candidate)) < APART] = 0
    first = ratios[np.argmax(heights)]
    others = heights[np.abs(np.log(ratios / first)) > APART].max()
    is_clear = heights.max() > max(SAME_ONSETS, MORE_THAN_OTHERS * others) and len(pairs) >= FEWEST_TAKES
    return float(first) if is_clear and 2 * COARSE < abs(np.log(first)) < np.log(MOST_STRETCH) else None


def _onsets(samples, rate):
    """How much louder it becomes, over all bands, shape (n_moments,)."""
    starts = np.arange(0, len(samples) - FRAME, rate / ONSETS_HERTZ).astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[starts] * np.hanning(FRAME).astype(np.float32)
    edges = np.unique(np.geomspace(2, FRAME // 2, BANDS + 1).round().astype(int))
    powers = np.add.reduceat(np.abs(np.fft.rfft(frames, axis=1)) ** 2, edges[:-1], axis=1)
    levels = np.log(powers + 1e-5 * powers.max() + 1e-12)
    rises = np.maximum(levels[RISE:] - levels[:-RISE], 0).sum(axis=1)
    return rises - rises.mean()


def _alike(dry, wet, ratio):
    """Highest correlation coefficient of two rows of onsets, the first one played at a ratio."""
    dry = _played(dry, ratio)
    n = min(len(dry), len(wet))
    size = 1 << (2 * n).bit_length()
    cross = np.fft.irfft(np.conj(np.fft.rfft(dry[:n], size)) * np.fft.rfft(wet[:n], size), size)
    reach = min(n, round(REACH_SECONDS * ONSETS_HERTZ))
    energy = np.sum(dry[:n] ** 2) * np.sum(wet[:n] ** 2)
    return max(cross[:reach].max(), cross[-reach:].max()) / np.sqrt(max(energy, 1e-30))


def _by_waves(pairs, rate, ratios):
    """The ratio at which a latency is found with most confidence; None if that is not enough."""
    found = [
        np.mean([latency(_played(dry, ratio), wet, round(rate)).confidence for dry, wet in pairs]) for ratio in ratios
    ]
    least = SAME_WAVES if len(pairs) >= FEWEST_TAKES else CONFIDENT
    return _refined(*pairs[0], rate, ratios[int(np.argmax(found))]) if max(found) > least else None


def _refined(dry, wet, rate, ratio):
    """A ratio, put right by how the latency changes between the two halves of a take."""
    dry = _played(dry, ratio)
    half = min(len(dry), len(wet)) // 2
    first, last = (latency(dry[part], wet[part], round(rate)) for part in (slice(half), slice(half, 2 * half)))
    are_known = first.is_certain and last.is_certain
    return float(ratio * (1 + (last.samples - first.samples) / half)) if are_known else float(ratio)


def _played(samples, ratio):
    """Samples played so much longer."""
    return np.interp(np.arange(int(len(samples) * ratio)) / ratio, np.arange(len(samples)), samples)
