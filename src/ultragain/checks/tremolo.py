"""A tremolo in the wet signal: its level swings at one rate, whatever is played."""

import numpy as np
from scipy import fft, signal

from ultragain.checks.finding import warning
from ultragain.checks.measurements import by_gain

FRAME_SECONDS = 0.02
LOUD_RANGE_DB = 30.0  # below the loudest moment that is predicted: what is softer tells nothing
MOST_DB = 20.0  # of a difference: a note that is muffled is no swing
SLOWEST_HERTZ, FASTEST_HERTZ = 2.0, 12.0  # of an amplifier's tremolo and of pedals
BAND_HERTZ = 1.5, 15.0  # of what a swing is compared with
SHORTEST_SECONDS = 4.0  # of a take: in a shorter one the pace of the playing is as clear as a tremolo
SHORTEST_LOUD_SECONDS = 2.0
FOLLOWED = 8  # frames before and after
# Share of the swings that lie at one rate: 0.44 at most in 75 takes of the virtual devices and of a captured
# amplifier, 0.72 in takes of 5 s; with half the level taken away 4 times a second, 0.56 at least and 0.88 in the
# median.
OF_ONE, OF_MANY, SAME_HERTZ, MANY = 0.8, 0.3, 0.15, 4


def swing(predicted, wet, rate):
    """How much the wet level swings around the predicted one at one rate.

    What follows the predicted level is taken away first: an amplifier that compresses answers a beat with a beat.

    Parameters
    ----------
    predicted, wet : np.ndarray, shape (n_low,)
        From `rough_model`.
    rate : float
        Of both, in Hz.

    Returns
    -------
    float, float, or None
        Share of all swings between 1.5 and 15 Hz, in energy of the level in dB, and the rate in Hz; None for takes
        too short to tell.
    """
    size = round(FRAME_SECONDS * rate)
    count = min(len(predicted), len(wet)) // size
    if count * size < SHORTEST_SECONDS * rate:
        return None
    of_predicted, of_wet = (_levels(part[: count * size].reshape(count, size)) for part in (predicted, wet))
    is_loud = of_predicted > of_predicted.max() - LOUD_RANGE_DB
    if is_loud.sum() * FRAME_SECONDS < SHORTEST_LOUD_SECONDS:
        return None
    off = of_wet - of_predicted
    off = np.where(is_loud, np.clip(off - np.median(off[is_loud]), -MOST_DB, MOST_DB), 0)
    known = np.where(is_loud, of_predicted - of_predicted[is_loud].mean(), 0)
    band = signal.butter(2, BAND_HERTZ, "bandpass", fs=1 / FRAME_SECONDS, output="sos")
    off, known = signal.sosfiltfilt(band, [off, known])
    off -= _follows(known, off)
    lines = fft.next_fast_len(4 * count, real=True)
    power = np.abs(fft.rfft(off * np.hanning(count), lines)) ** 2
    hertz = fft.rfftfreq(lines, FRAME_SECONDS)
    top = int(np.argmax(np.where((hertz > SLOWEST_HERTZ) & (hertz < FASTEST_HERTZ), power, 0)))
    lobe = 3 * lines // count  # of the window, on either side
    return float(power[max(0, top - lobe) : top + lobe + 1].sum() / (power.sum() + 1e-30)), float(hertz[top])


def _follows(level, off):
    """What of the difference follows from the level that is predicted, or from a beat that both share."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(level, FOLLOWED), 2 * FOLLOWED + 1)
    return around @ np.linalg.lstsq(around, off, rcond=None)[0]


def _levels(frames):
    return 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-8)


def check_tremolo(takes, requirements, measurements):
    """Wet levels that swing at one rate while the dry ones do not."""
    for group in by_gain(takes).values():
        measured = [take for take in group if take.of_pair and take.of_pair["swing"]]
        common = _common_rate(measured)
        for take in measured:
            share, hertz = take.of_pair["swing"]
            if share > OF_ONE or common and share > OF_MANY and abs(hertz - common) < SAME_HERTZ:
                yield warning(
                    take.wet_file,
                    f"its level swings {hertz:.1f} times a second, and what is played does not: a tremolo is on",
                    "switch the tremolo off and record it again: no model here can know where it stands",
                )


def _common_rate(takes):
    """The rate in Hz at which most takes of different playing swing, None without one."""
    swings = np.array(list({take.of_dry["content"]: take.of_pair["swing"] for take in takes}.values()))
    if len(swings) < MANY:
        return None
    rates = swings[swings[:, 0] > OF_MANY, 1]
    votes = np.sum(np.abs(rates[:, None] - rates) < SAME_HERTZ, axis=1)
    return float(rates[np.argmax(votes)]) if len(votes) and votes.max() > max(MANY - 1, len(swings) / 2) else None
