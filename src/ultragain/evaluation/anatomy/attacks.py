"""Error by the time since a note was struck, and the moments at which notes are."""

import numpy as np

from ultragain.evaluation.anatomy.tables import intervals, table
from ultragain.guitar.likeness import find_onsets

SINCE_ATTACK_SECONDS = (0.0, 0.005, 0.020, 0.050, 0.100, 0.200, 0.500)

#: librosa's onsets are read from spectra of 46 ms. The attack is looked for so near to them.
NEAR_SECONDS = 0.030
#: It is where the power of the piece that begins exceeds that of the piece that ends most.
BEFORE_SECONDS, AFTER_SECONDS = 0.010, 0.002
#: Re the loudest piece: added to both powers, so that a rise out of silence is no larger than one out of this.
FAINT_DB = -40.0


def by_time_since_attack(played, attacks, sample_rate, unpredicted=0):
    """Error by the time since the last attack in the dry signal.

    Parameters
    ----------
    played : list of (np.ndarray, np.ndarray, np.ndarray)
        dry, wet, predicted of each riff, shape (n_samples,).
    attacks : list of np.ndarray of int
        What `find_attacks` finds in each dry signal: the same for all models, so found once.
    sample_rate : int
        In Hz.
    unpredicted : int
        Samples at the beginning of each that are not scored.

    Returns
    -------
    pd.DataFrame
        As `anatomy.tables` says; index "seconds since the attack", bounds `SINCE_ATTACK_SECONDS`. The first
        group, up to 0, is what comes before the first attack of a riff.
    """
    bounds = np.round(np.multiply(SINCE_ATTACK_SECONDS, sample_rate))
    groups = []
    for (dry, _, _), struck in zip(played, attacks, strict=True):
        at = np.arange(len(dry))
        last = np.concatenate([[np.inf], struck])[np.searchsorted(struck, at, side="right")]
        groups.append(np.digitize(at - last, bounds))
    index = intervals(-np.inf, SINCE_ATTACK_SECONDS, np.inf, "seconds since the attack")
    return table(played, unpredicted, groups, index)


def find_attacks(dry, sample_rate):
    """Samples at which a note is struck.

    librosa finds the onsets, to within some 10 ms. Each is then moved to where the level rises most, no
    further than `NEAR_SECONDS`; the level is that of the signal's first difference, in which a pick stands
    out from strings that ring on. Silence is taken to come before the signal: one that begins in the middle
    of a note has an attack at its beginning.

    In the dry test riffs of the virtual guitar, whose strokes are known, this finds 86 % of those more than
    30 ms apart to within 4 ms, where the onsets alone are that near for a third; 87 % of what it finds are strokes.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    np.ndarray of int, shape (n_attacks,)
        Rising, no two the same.
    """
    near, before, after = (round(s * sample_rate) for s in (NEAR_SECONDS, BEFORE_SECONDS, AFTER_SECONDS))
    lead = 2 * near
    padded = np.pad(np.asarray(dry, np.float64), (lead, after))
    energy = np.concatenate([[0.0], np.cumsum(np.square(np.diff(padded, prepend=0.0)))])
    at = lead + np.arange(len(dry))
    ending, beginning = (energy[at] - energy[at - before]) / before, (energy[at + after] - energy[at]) / after
    faint = 10 ** (FAINT_DB / 10) * beginning.max()
    onsets = np.round(find_onsets(padded[:-after], sample_rate) * sample_rate).astype(int) - lead
    attacks = set()
    for onset in onsets[(onsets > -near) & (onsets < len(dry) + near)]:
        part = slice(max(0, onset - near), onset + near)
        attacks.add(part.start + int(np.argmax((beginning[part] + faint) / (ending[part] + faint))))
    return np.array(sorted(attacks), dtype=int)
