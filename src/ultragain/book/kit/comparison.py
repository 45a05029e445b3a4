"""The book's grid beside others: other devices that are published, and the original experiments on real ones."""

import numpy as np

from ultragain.book.kit import glue
from ultragain.book.kit.effects import pair_name
from ultragain.errors import UltraGainError
from ultragain.evaluation.effects.fit import fit_grid
from ultragain.evaluation.effects.order import rank_agreement
from ultragain.evaluation.effects.ratios import ratios
from ultragain.evaluation.statistics import ORIGINAL_RIFF, ORIGINALS, levels, original_of
from ultragain.words import listed, percent


def device_facts(results, others):
    """How far models of each device come.

    Parameters
    ----------
    results : Results
        The book's.
    others : list of Results
        Those of other published experiments.

    Returns
    -------
    dict of str to str
        `devices`: a sentence a device, and the ratio of the medians.
    """
    if not others:
        return {"devices": "Nothing else is published that could stand beside it."}
    told = [_reach(each) for each in (results, *others)]
    median = results.models["esr"].median()
    compared = [
        f"The median over the models of the {results.experiment.device.description} is "
        f"{median / each.models['esr'].median():.1f} times that of the {each.experiment.device.description}."
        for each in others
    ]
    return {"devices": " ".join(told + compared)}


def _reach(results):
    """Best, median and worst ESR of a device's models, and the best at each gain, in a sentence."""
    models = results.models
    best, median, worst = map(percent, models["esr"].quantile([0, 0.5, 1]))
    bests = models.groupby("gain")["esr"].min()
    return (
        f"The {results.source.removeprefix('published run, ')}: best {best}, median {median}, worst {worst}; best by "
        "gain "
        + listed(f"{gain} {percent(bests[gain])}" for gain in levels(models, "gain", results.experiment.gain_labels))
        + "."
    )


def original_grids(results):
    """The original experiments' grids and ours, each as they were scored there, on the one riff that is reported.

    Parameters
    ----------
    results : Results

    Returns
    -------
    dict of str to pd.DataFrame
        By what they are called; one row a model: run, riff, esr and the grid's dimensions.
    """
    originals = glue.originals().assign(riff=ORIGINAL_RIFF).rename(columns={"test_esr_shadowlove": "esr"})
    originals["run"] = originals["experiment"] + originals["model"].astype(str)
    grids = {ORIGINALS[name]: group for name, group in originals.groupby("experiment", sort=False)}
    ours = results.scores[results.scores["riff"] == ORIGINAL_RIFF]
    return grids | ({"ours, the same way": ours.assign(esr=ours["esr_one_late"])} if len(ours) else {})


def original_ratios(results):
    """ESR ratios between settings in each of `original_grids` that can tell, dict of pd.DataFrame."""
    found = {}
    for name, grid in original_grids(results).items():
        try:
            found[name] = ratios(fit_grid(grid))
        except UltraGainError:
            continue  # too few models to tell
    return found


def pattern_facts(results):
    """Whether the author's models of the real device show the pattern that ours do.

    Parameters
    ----------
    results : Results

    Returns
    -------
    dict of str to str
        `pattern`: rank correlation, and the settings whose effect has the same direction.
    """
    name, grids = original_of(results.experiment.device), original_grids(results)
    if name is None or "ours, the same way" not in grids:
        return {"pattern": "There is no original experiment on this device's pattern to compare with."}
    theirs, ours = grids[ORIGINALS[name]], grids["ours, the same way"]
    try:
        ranks = rank_agreement(theirs, ours)
        pairs = [ratios(fit_grid(grid)) for grid in (theirs, ours)]
    except UltraGainError as error:
        return {"pattern": f"The two patterns cannot be compared: {error}."}
    both = pairs[0].merge(pairs[1], on=["dimension", "first", "second"], suffixes=("_theirs", "_ours"))
    told = [
        f"{pair_name(row)}: {row['ratio_theirs']:.2f} there, {row['ratio_ours']:.2f} here" for _, row in both.iterrows()
    ]
    same = int((np.sign(np.log(both["ratio_theirs"])) == np.sign(np.log(both["ratio_ours"]))).sum())
    return {
        "pattern": (
            f"Model by model, the rank correlation with the {len(theirs)} models of the {ORIGINALS[name]} is "
            f"{ranks.rho:.2f} (Spearman, {ranks.n} models); {same} of {len(both)} pairs of values have the same "
            f"direction. ESR ratios, both scored one sample late: {listed(told)}."
        )
    }
