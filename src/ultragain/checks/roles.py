"""Whether the files of Dry and Wet are exchanged.

A device that distorts makes its output more alike in level than its input, and its output follows from its input
better than the other way round. One that does not distort is recognised by its other takes.
"""

from collections import defaultdict

import numpy as np

from ultragain.checks import relation
from ultragain.checks.finding import failure
from ultragain.checks.measurements import by_gain, decibels
from ultragain.checks.music import is_same_performance
from ultragain.recording.layout import REPLICATE

FRAME_SECONDS = 0.05
LOUD_RANGE_DB = 40.0  # below a file's loudest frame, noise may matter
# In dB, how much less a wet file's peak stands out than its dry file's; as a ratio, how much less its level changes;
# and as shares of energy, how much better it follows from its dry file than the other way round. Over 57 takes of the
# virtual devices and 33 of a captured amplifier a wet file in its place has never more than -2.6 dB, 1.05 and -0.02;
# all three at once point the other way for no filter, compressor, gate or fuzz.
PEAKS_DB, EVENNESS, FOLLOWS = 2.0, 1.1, 0.03
SAME_RMS = 0.05  # of one performance, cut a little differently
USUAL_RMS = 0.12  # of a dry file; the features of `relation` are made for it
# How far the spectra of wet and dry must be apart before takes are recognised by the difference, and how many times
# as far a take's difference must be from the others' as theirs are from one another.
COLOURED_DB, OUTSTANDING = 0.7, 3.0


def measure(x, y, rate):
    """What tells dry from wet.

    Parameters
    ----------
    x, y : np.ndarray, shape (n_samples,)
        Of Dry and of Wet, aligned, as `relation.lowered` returns them.
    rate : float
        In Hz.

    Returns
    -------
    dict
        peaks, in dB, and evenness: how much less that of Dry stands out and changes, 0 and 1 where it is the same;
        follows: how much better what is in Dry follows from what is in Wet than the other way round, 0 where the
        two others do not ask for it; colour: spectrum of Wet over that of Dry, in dB for each band.
    """
    size = round(FRAME_SECONDS * rate)
    count = len(x) // size
    rms = [np.std(part[: count * size].reshape(count, size), axis=1) + 1e-6 for part in (x, y)]
    loud = np.all([each > each.max(initial=0) * 10 ** (-LOUD_RANGE_DB / 20) for each in rms], axis=0)
    found = {"peaks": 0.0, "evenness": 1.0, "follows": 0.0, "colour": None}
    if loud.sum() < 10:
        return found
    spread = [float(np.std(np.log(each[loud]))) + 1e-6 for each in rms]
    found["peaks"] = decibels(_crest(y) / _crest(x))
    found["evenness"] = spread[1] / spread[0]
    found["colour"] = _colour(x, y, rate)
    if found["peaks"] > PEAKS_DB / 2 and found["evenness"] > 1:
        found["follows"] = _explained(y, x, rate) - _explained(x, y, rate)
    return found


def _crest(samples):
    return float(np.abs(samples).max() / np.sqrt(np.mean(np.square(samples), dtype=np.float64)))


def _colour(x, y, rate):
    powers = [relation.spectrum(part, rate) for part in (x, y)]
    colour = 10 * np.log10((powers[1] + 1e-12) / (powers[0] + 1e-12))
    return np.round(colour - colour.mean(), 1).tolist()


def _explained(x, y, rate):
    """Share of the energy of `y` that a small model of a distorting device makes out of `x`."""
    known, wanted = relation.rows(x * (USUAL_RMS / np.std(x)), y, rate)
    products = np.einsum("ni,nj->ij", known, known)
    products += 1e-5 * np.trace(products) / len(products) * np.eye(len(products))
    weights = np.linalg.solve(products, np.einsum("ni,n->i", known, wanted))
    left = wanted - np.einsum("ni,i->n", known, weights)
    return float(1 - np.sum(left**2) / max(np.sum(wanted**2), 1e-30))


def check_roles(takes, requirements, measurements):
    """Takes whose dry file is in Wet, and whose wet file is in Dry."""
    for take, doubt in exchanged(takes, measurements).items():
        yield failure(
            take.wet_file,
            f"is the dry file: Dry and Wet are exchanged{doubt}",
            "exchange the two files: Dry is what was played into the amplifier, Wet what came out",
        )


def exchanged(takes, measurements):
    """Takes whose files are exchanged.

    Parameters
    ----------
    takes : list of MeasuredTake
    measurements : Measurements

    Returns
    -------
    dict of MeasuredTake to str
        And what else may be the case, as a clause; empty where nothing else may.
    """
    certain = dict.fromkeys(_exchanged_between_gains(takes, measurements), "")
    for group in by_gain([take for take in takes if take.of_pair]).values():
        for take in _exchanged_by_sound(group):
            certain.setdefault(take, "")
        for take, others in _exchanged_by_colour([take for take in group if take not in certain]):
            certain[take] = f", or else those of the {others} others of its gain"
    return certain


def _exchanged_between_gains(takes, measurements):
    """Takes whose wet file is the playing that other gains have in Dry, or in Wet, too."""
    by_name = defaultdict(list)
    for take in takes:
        if take.of_pair:
            by_name[take.split, take.name].append(take)
    for group in by_name.values():
        for take in group:
            for other in group:
                if other is take or is_same_performance(take, "dry", other, "dry", measurements):
                    continue
                wets = [part for part in ("dry", "wet") if _is_as_loud(take.of_wet, getattr(other, f"of_{part}"))]
                if any(is_same_performance(take, "wet", other, part, measurements) for part in wets):
                    yield take
                    break


def _is_as_loud(one, other):
    """Whether two files may hold one performance: comparing their samples takes much longer."""
    return abs(one["rms"] - other["rms"]) < SAME_RMS * one["rms"]


def _exchanged_by_sound(group):
    """All takes of a gain, or those of them that show it by themselves."""
    cues = np.array([[take.of_pair["roles"][cue] for cue in ("peaks", "evenness", "follows")] for take in group])
    shows = np.all(cues > (PEAKS_DB, EVENNESS, FOLLOWS), axis=1)
    if len(group) >= 3 and np.all(np.median(cues, axis=0) > (PEAKS_DB, EVENNESS, FOLLOWS)):
        shows = cues[:, 0] > -PEAKS_DB  # all that do not show the contrary
    return [take for take, own in zip(group, shows, strict=True) if own]


def _exchanged_by_colour(group):
    """Takes whose spectra differ the other way round than those of the others; and how many others."""
    group = [take for take in group if take.of_pair["roles"]["colour"] and take.split != REPLICATE]
    if len(group) < 3:
        return
    colours = np.array([take.of_pair["roles"]["colour"] for take in group])
    usual = np.array([np.median(np.delete(colours, i, axis=0), axis=0) for i in range(len(group))])
    unlike, alike = (np.std(colours + sign * usual, axis=1) for sign in (-1, 1))
    is_other = (alike < unlike / 2) & (unlike > OUTSTANDING * np.median(unlike)) & (usual.std(axis=1) > COLOURED_DB)
    yield from ((take, len(group) - 1) for take, other in zip(group, is_other, strict=True) if other)
