"""Statistics of the scores of a whole grid: spread, and pairs of models that differ in one setting.

Everything here takes the tables of `ultragain.evaluation.results.Results` and returns plain
numbers. ESR is a ratio throughout; medians are over models or riffs, as each function states.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ultragain.grid import FACTORS

ORIGINAL_RIFF = "shadowlove"  # the one riff that the original experiments report
ORIGINALS = {  # what people call the original experiments on real devices, in the order to show them
    "DSL20HPreamp/UltraGain": "real DSL20H",
    "SD-1/DS340": "real SD-1",
    "SD-1/ContextExperiments": "real SD-1, other contexts",
}


def original_of(device):
    """The original experiment that a device's settings follow, a key of `ORIGINALS`; None if there is none.

    Parameters
    ----------
    device : Device
        Its `version` is the second part of the original's name.
    """
    return next((name for name in ORIGINALS if name.partition("/")[2] == device.version), None)


def levels(frame, factor, gain_labels=()):
    """Values of a setting that occur in a table, in the order to show them.

    Parameters
    ----------
    frame : pd.DataFrame
        With a column `factor`.
    factor : str
        Name of a dimension of the grid.
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
        One row a model with the columns of the grid's dimensions and `score`.
    factor : str
        Name of a dimension of the grid.
    first, second : object
        Two of its values.
    score : str

    Returns
    -------
    Pairs
    """
    wide = models.pivot(index=[name for name in FACTORS if name != factor], columns=factor, values=score)
    wide = wide.reindex(columns=[first, second]).replace([np.inf, -np.inf], np.nan).dropna()
    a, b = wide[first], wide[second]
    return Pairs(first, second, len(wide), int((b < a).sum()), float((b / a).median()))


def best_median_worst(models, score="esr"):
    """Index labels of the models with the lowest, the middle and the highest finite score.

    Returns
    -------
    dict of str to object
        Under best, median (of an even number the better of the two in the middle) and worst; empty if no
        score is finite.
    """
    ranked = models[score][np.isfinite(models[score])].sort_values(kind="stable").index
    if not len(ranked):
        return {}
    return {"best": ranked[0], "median": ranked[(len(ranked) - 1) // 2], "worst": ranked[-1]}


def beside_originals(scores, originals):
    """Test scores of the original experiments and ours, gain by gain, both scored one sample late.

    Parameters
    ----------
    scores : pd.DataFrame
        One row a run and riff: gain, riff, esr_one_late.
    originals : pd.DataFrame
        experiment, gain, test_esr_shadowlove.

    Returns
    -------
    pd.DataFrame
        One row a model (ours: a model and riff) with the columns source, gain, esr. The sources
        are the original experiments, then ours on the riff that fills the slot of the original
        one, if there is such a riff, and on all riffs.
    """
    ours = scores[["gain", "riff", "esr_one_late"]].rename(columns={"esr_one_late": "esr"})
    theirs = originals.rename(columns={"test_esr_shadowlove": "esr"})
    parts = [
        *(theirs[theirs["experiment"] == experiment].assign(source=source) for experiment, source in ORIGINALS.items()),
        ours[ours["riff"] == ORIGINAL_RIFF].assign(source=f"ours, riff {ORIGINAL_RIFF}"),
        ours.assign(source="ours, all riffs"),
    ]
    return pd.concat([part[["source", "gain", "esr"]] for part in parts if len(part)], ignore_index=True)
