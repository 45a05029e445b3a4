"""Clicks of a few samples, as a wrong word clock or a bad contact makes them."""

import numpy as np

from ultragain.checks.finding import warning
from ultragain.words import times

BLOCK = 1024  # samples, 23 ms: longer than the period of the lowest note
CLICK = 12  # samples on either side that belong to a click
# Over 219 good takes, the highest second difference of a dry signal is 3.1 times the next one around it, and that of
# a wet signal where its dry one is calm, 4 times. A click of 0.1 in a dry signal reaches 5 times in nine of ten places;
# between the steep waves of a preamp at full gain it is lost.
STANDS_OUT = 5.0
CALM = 1.5  # of the dry signal around a click of the wet one: no pick hits a string there
STEP_SECONDS = 0.02  # around lost samples, whose edge is no click
SMALLEST = 0.05  # of full scale, second difference


def impulses(dry, wet, late, sample_rate):
    """Samples that jump out of both signals.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    late : int
        Samples by which the wet signal is later.
    sample_rate : int
        In Hz.

    Returns
    -------
    dict of str to list of float
        Moments in seconds, of `dry` and `wet`.
    """
    if min(len(dry), len(wet)) < 4 * BLOCK:
        return {"dry": [], "wet": []}
    of_dry, (places, heights) = _outliers(dry), _outliers(wet, SMALLEST)
    of_wet = places[(heights >= STANDS_OUT) & (_height_around(of_dry, places - late) < CALM)]
    places, heights = _outliers(dry, SMALLEST)
    found = {"dry": places[heights >= STANDS_OUT], "wet": of_wet}
    return {
        part: [
            round(float(place / sample_rate), 3)
            for place in places
            if _comes_back((dry if part == "dry" else wet)[place - CLICK : place + CLICK + 1])
        ]
        for part, places in found.items()
    }


def _comes_back(around):
    """Whether the wave goes on after the click where it was before it; an edge, where a sound is cut off, does not."""
    bent = np.abs(np.diff(around, 2))
    bends = np.flatnonzero(bent > bent.max() / 3)  # at sample i + 1
    if len(bends) < 3:  # away, and back; a step has two
        return False
    before, after = around[bends[0]], around[bends[-1] + 2]
    return abs(after - before) < 0.5 * np.abs(around[bends[0] : bends[-1] + 3] - (before + after) / 2).max()


def _outliers(samples, smallest=0.0):
    """The highest second difference of each block: where, and how many times as high as the next one around it."""
    size = (len(samples) - 2) // BLOCK * BLOCK
    bent = np.abs(np.diff(samples[: size + 2], 2))
    blocks = bent.reshape(-1, BLOCK)
    places = np.argmax(blocks, axis=1) + np.arange(len(blocks)) * BLOCK
    tops = bent[places]
    bent[np.clip(places[:, None] + np.arange(-CLICK, CLICK + 1), 0, size - 1)] = 0
    rest = blocks.max(axis=1)
    around = np.maximum(rest[1:-1], np.maximum(rest[:-2], rest[2:]))  # not at the ends: a file may begin with a sound
    heights = np.where(tops[1:-1] >= smallest, tops[1:-1] / (around + 1e-6), 0)
    return places[1:-1] + 1, heights


def _height_around(outliers, places):
    """How much the dry signal stands out in the block of each place and the blocks beside it."""
    heights = np.pad(outliers[1], 1)
    around = np.maximum(heights[1:-1], np.maximum(heights[:-2], heights[2:]))
    return around[np.clip(places // BLOCK - 1, 0, len(around) - 1)]


def check_impulses(take, requirements):
    """Clicks in a file."""
    if not take.of_pair:
        return
    for part, file in (("dry", take.dry_file), ("wet", take.wet_file)):
        moments = [
            moment
            for moment in take.of_pair["impulses"][part]
            if all(abs(moment - at) > STEP_SECONDS for at, _ in take.of_pair["steps"])
        ]
        if moments:
            yield warning(
                file,
                f"clicks {times(len(moments))}, first at {moments[0]:.2f} s: a few samples jump out of the wave",
                "set one device as the clock of all others, check plugs and cables, and record it again",
            )
