"""What the scores of a whole grid say: spread, like-for-like pairs, passages worth a look.

Everything here takes the tables of `ultragain.evaluation.results.Results` and returns plain
numbers. ESR is a ratio throughout; medians are over models or riffs, as each function says.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ultragain.evaluation.results import GRID

ORIGINAL_RIFF = "shadowlove"  # the one riff that the published experiments report
PUBLISHED = {  # what people call the published experiments, in the order to show them
    "DSL20HPreamp/UltraGain": "published DSL20H",
    "SD-1/DS340": "published SD-1",
    "SD-1/ContextExperiments": "published SD-1, other contexts",
}


def levels(frame, factor, gain_labels=()):
    """Values of a setting that occur in a table, in the order to show them.

    Parameters
    ----------
    frame : pd.DataFrame
        With a column `factor`.
    factor : str
        gain, context, units or learning_rate.
    gain_labels : sequence of str
        The experiment's order of the gains; numbers are sorted.

    Returns
    -------
    list
    """
    present = frame[factor].unique().tolist()
    return [gain for gain in gain_labels if gain in present] if factor == "gain" else sorted(present)


def spread(frame, by, score="esr"):
    """Median, quartiles, extremes and count of a score in each group.

    Parameters
    ----------
    frame : pd.DataFrame
        With the columns `by` and `score`; scores that are not finite are left out.
    by : str or list of str
    score : str

    Returns
    -------
    pd.DataFrame
        One row a group, in the order in which the groups first occur: median, lower, upper
        (quartiles), best (lowest), worst, n.
    """
    finite = frame[np.isfinite(frame[score])]
    grouped = finite.groupby(by, sort=False)[score]
    return pd.DataFrame(
        {
            "median": grouped.median(),
            "lower": grouped.quantile(0.25),
            "upper": grouped.quantile(0.75),
            "best": grouped.min(),
            "worst": grouped.max(),
            "n": grouped.size(),
        }
    )


@dataclass(frozen=True)
class Pairs:
    """Models that differ in one setting alone, compared two by two.

    Attributes
    ----------
    first, second : object
        The two values of the setting.
    n : int
        Pairs of which both models are there.
    second_better : int
        Pairs in which the second value has the lower score.
    ratio : float
        Median over the pairs of the second score divided by the first: below 1 the second is
        better; NaN without pairs.
    """

    first: object
    second: object
    n: int
    second_better: int
    ratio: float


def like_for_like(models, factor, first, second, score="esr"):
    """Compare two values of a setting over all models that agree in every other setting.

    Parameters
    ----------
    models : pd.DataFrame
        One row a model with the columns of `GRID` and `score`.
    factor : str
        One of `GRID`.
    first, second : object
        Two of its values.
    score : str

    Returns
    -------
    Pairs
    """
    wide = models.pivot(index=[name for name in GRID if name != factor], columns=factor, values=score)
    wide = wide.reindex(columns=[first, second]).replace([np.inf, -np.inf], np.nan).dropna()
    a, b = wide[first], wide[second]
    return Pairs(first, second, len(wide), int((b < a).sum()), float((b / a).median()))


def extremes(models, score="esr"):
    """Index labels of the models with the lowest and the highest finite score.

    Raises
    ------
    ValueError
        If no score is finite.
    """
    finite = models[score][np.isfinite(models[score])]
    if finite.empty:
        raise ValueError(f"no model has a finite {score}")
    return finite.idxmin(), finite.idxmax()


def published_comparison(scores, published):
    """Published test scores and ours, gain by gain, both scored one sample late.

    Parameters
    ----------
    scores : pd.DataFrame
        One row a run and riff: gain, riff, esr_one_late.
    published : pd.DataFrame
        experiment, gain, test_esr_shadowlove.

    Returns
    -------
    pd.DataFrame
        One row a model (ours: a model and riff) with the columns source, gain, esr. The sources
        are the published experiments, then ours on the riff that fills the slot of the published
        one, if there is such a riff, and on all riffs.
    """
    ours = scores[["gain", "riff", "esr_one_late"]].rename(columns={"esr_one_late": "esr"})
    theirs = published.rename(columns={"test_esr_shadowlove": "esr"})
    parts = [
        *(theirs[theirs["experiment"] == experiment].assign(source=source) for experiment, source in PUBLISHED.items()),
        ours[ours["riff"] == ORIGINAL_RIFF].assign(source=f"ours, riff {ORIGINAL_RIFF}"),
        ours.assign(source="ours, all riffs"),
    ]
    return pd.concat([part[["source", "gain", "esr"]] for part in parts if len(part)], ignore_index=True)


@dataclass(frozen=True)
class Passage:
    """A short piece of a riff.

    Attributes
    ----------
    kind : str
        quiet, attack or sustained.
    riff : str
    part : slice
        Samples from the beginning of the excerpt that was searched.
    """

    kind: str
    riff: str
    part: slice


def find_passages(excerpts, length, skip=0):
    """A quiet, an attack and a sustained passage, picked by the dry signal's level alone.

    Each excerpt is cut into half-overlapping pieces. The quiet one is the softest that still
    sounds (within 50 dB of the loudest), the attack the one before which the level rises most,
    the sustained one that which is at least as loud as half of all pieces and whose level changes
    least over it and its two neighbours.

    Parameters
    ----------
    excerpts : dict of str to np.ndarray
        Dry signal of each riff, shape (n_samples,).
    length : int
        Samples of a passage.
    skip : int
        Samples at the beginning of each excerpt to leave out.

    Returns
    -------
    list of Passage
        In the order quiet, attack, sustained; empty if no excerpt holds four pieces with sound.
    """
    hop = max(1, length // 2)
    pieces = []  # (level in dB, rise in dB, unrest in dB, riff, start)
    for riff, dry in excerpts.items():
        starts = range(skip, len(dry) - length + 1, hop)
        energy = np.array([np.mean(np.square(dry[start : start + length])) for start in starts])
        if len(energy) < 4 or not energy.any():
            continue
        level = 10 * np.log10(np.maximum(energy, 1e-12))
        # two steps back: the neighbour overlaps by half
        rise = level[2:] - level[:-2]
        unrest = np.abs(rise)
        for i in range(2, len(level)):
            later = unrest[i] if i < len(unrest) else np.inf
            pieces.append((level[i], rise[i - 2], max(unrest[i - 2], later), riff, starts[i]))
    if not pieces:
        return []
    level, rise, unrest = (np.array([piece[column] for piece in pieces]) for column in range(3))
    sounding = level > level.max() - 50
    chosen = {
        "quiet": np.where(sounding, level, np.inf).argmin(),
        "attack": np.where(sounding, rise, -np.inf).argmax(),
        "sustained": np.where(level >= np.median(level[sounding]), unrest, np.inf).argmin(),
    }
    return [
        Passage(kind, pieces[index][3], slice(int(pieces[index][4]), int(pieces[index][4]) + length))
        for kind, index in chosen.items()
    ]
