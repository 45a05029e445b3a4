"""A noise gate in the chain: a signal that falls silent at once where the playing goes on."""

import numpy as np

from ultragain.checks.finding import warning
from ultragain.checks.latency import aligned
from ultragain.words import times

FRAME_SECONDS = 0.01
FRAMES, GAP = 3, 2  # that are averaged before and after a fall, and between them
# An amplifier compresses: what comes out falls less than what goes in. Over 219 good takes, and those with sag, a
# compressor or a loudspeaker, the wet level falls by 13 dB more than the dry one at most; behind a gate by 80.
FALL_DB, MORE_THAN_DRY_DB = 30.0, 28.0
GOES_ON_DB = 10.0  # what the dry level falls by where the playing goes on
NOTHING_DB = -90.0  # no amplifier is that quiet
SOFT_DB = -15.0  # below the loudest frame: a gate closes on soft playing
WET_PLAYING_DB, WET_SILENT_DB = -40.0, -45.0  # before and behind a gate
PLAYING_DB = -65.0  # below it the dry signal itself is silent
# Strings that a hand damps fall by 42 dB at most within the gap, and leave more than -55 dB of the loudest frame. Notes
# that are cut off in a computer fall faster, from any level; a gate closes at one level, and that is low.
DRY_FALL_DB, DRY_SILENT_DB = 40.0, -70.0
DRY_SOFT_DB, ONE_LEVEL_DB, SOFT_SHARE = -18.0, 3.0, 0.3
COMES_BACK_DB = -40.0  # a fall that ends the recording is its end
FEWEST_DRY = 2


def closings(dry, wet, late, sample_rate):
    """Moments at which a gate seems to close.

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
        Moments in seconds: `wet`, where its level falls and the dry one does not; `dry`, where the dry level itself
        falls faster than strings can.
    """
    dry, wet = aligned(dry, wet, late)
    frame = round(FRAME_SECONDS * sample_rate)
    count = len(dry) // frame
    if count < 4 * (FRAMES + GAP):
        return {"dry": [], "wet": []}
    (dry_before, dry_after, dry_back), (wet_before, wet_after, wet_back) = (
        _around(part[: count * frame].reshape(count, frame)) for part in (dry, wet)
    )
    dry_fall, wet_fall = dry_before - dry_after, wet_before - wet_after
    is_wet = (
        (wet_fall > FALL_DB)
        & (wet_fall - np.maximum(dry_fall, 0) > MORE_THAN_DRY_DB)
        & ((dry_fall < GOES_ON_DB) | (wet_after < NOTHING_DB))
        & (dry_before < SOFT_DB)
        & (dry_after > PLAYING_DB)
        & (wet_before > WET_PLAYING_DB)
        & (wet_after < WET_SILENT_DB)
        & (wet_back > COMES_BACK_DB)
    )
    is_dry = (dry_fall > DRY_FALL_DB) & (dry_after < DRY_SILENT_DB) & (dry_back > COMES_BACK_DB)
    of_dry = _starts(is_dry)
    soft = of_dry[dry_before[of_dry] < DRY_SOFT_DB]
    is_gate = len(soft) >= max(FEWEST_DRY, SOFT_SHARE * len(of_dry)) and np.std(dry_before[soft]) < ONE_LEVEL_DB
    first = FRAMES + GAP / 2
    return {
        part: [round((start + first) * FRAME_SECONDS + max(0, moved) / sample_rate, 3) for start in starts]
        for part, moved, starts in (("dry", -late, of_dry if is_gate else []), ("wet", late, _starts(is_wet)))
    }


def _around(frames):
    """Levels before and after each moment, and the highest from there on, in dB of the loudest frame."""
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    power /= power.max() or 1.0
    mean = np.convolve(power, np.full(FRAMES, 1 / FRAMES), "valid")
    levels = 10 * np.log10(np.maximum(mean, 1e-14))
    after = levels[FRAMES + GAP :]
    return levels[: len(after)], after, np.maximum.accumulate(after[::-1])[::-1]


def _starts(mask):
    """Where runs of True begin; those that begin within the next are one."""
    places = np.flatnonzero(mask)
    return places[np.diff(places, prepend=-100) > FRAMES + GAP]


def check_gate(take, requirements):
    """A noise gate that was on."""
    if not take.of_pair:
        return
    closed = take.of_pair["closings"]
    if moments := closed["wet"]:
        yield warning(
            take.wet_file,
            f"falls silent {times(len(moments))} where its dry file goes on softly, first at {moments[0]:.2f} s",
            "switch the noise gate off and record it again: a model would have to learn when it closes",
        )
    if moments := closed["dry"]:
        yield warning(
            take.dry_file,
            f"falls silent {times(len(moments))} faster than strings do, first at {moments[0]:.2f} s",
            "switch the noise gate off and record it again: soft notes are missing",
        )
