"""Numbers and computed sentences about models with memory, which several chapters quote.

Every function returns a dict of str to str for `ultragain.book.kit.glue.publish`, with the same names whatever is
published.
"""

import numpy as np

from ultragain.book.kit.facts import NAM_BANDS
from ultragain.book.kit.memory import CELL, NAM, bests, cells, windowed_bests
from ultragain.book.kit.tables import in_two_digits
from ultragain.words import are, listed, two_digits

NOTHING = "Nothing of the models with memory is published for this device yet."


def memory_facts(memory):
    """What is published, how far it comes, and what stands beside it.

    Parameters
    ----------
    memory : Memory

    Returns
    -------
    dict of str to str
    """
    found = cells(memory)
    told = {
        "memory_bests": lambda: _bests(memory),
        "memory_ratios": lambda: _ratios(memory),
        "memory_bands": lambda: _bands(memory),
        "memory_budget": lambda: _budget(found),
        "memory_families": lambda: _families(found),
        "memory_seeds": lambda: _seeds(found),
        "memory_nam": lambda: _nam(memory, found),
    }
    return coverage_facts(memory) | {name: say() if len(found) else "" for name, say in told.items()}


def coverage_facts(memory):
    """What is published: where it comes from, and what of it is missing."""
    return {
        "memory_source": memory.source,
        "memory_note": elsewhere(memory),
        "memory_missing": missing(memory),
    }


def elsewhere(memory):
    """That this part is not about the reader's recordings, in a sentence; empty where it is about the book's device."""
    if not memory.is_elsewhere:
        return ""
    return (
        f"This book is about recordings of your own; this part is not: it shows the published models of the "
        f"{memory.experiment.device.description}."
    )


def missing(memory):
    """How many of the models are there, in a sentence."""
    if not memory.grids:
        return NOTHING
    first = {each.experiment.family: each for each in reversed(memory.grids)}  # of several seeds the own one stays
    short = {name: each for name, each in first.items() if len(each.models) < each.expected}
    if not short:
        return "All models of these experiments are trained."
    told = listed(f"{len(each.models)} of {each.expected} of family {name}" for name, each in short.items())
    return f"Not all models of these experiments are trained yet, only {told}: everything here covers what is there."


def _bests(memory):
    """The best model at each gain, in a sentence."""
    told = []
    for gain, run in bests(memory).items():
        row = memory.models.loc[run]
        told.append(
            f"{gain}: {two_digits(row['mean'])} ({row['model']}, {row['minutes']:g} min; worst riff "
            f"{row['worst_riff']}, {two_digits(row['worst'])})"
        )
    return f"The lowest mean ESR over the riffs at each gain: {listed(told)}."


def _ratios(memory):
    """The best windowed model's ESR over that of the best one with memory, in a sentence."""
    beside = windowed_bests(memory.windowed)
    told = []
    for gain, run in bests(memory).items():
        if gain in beside.index:
            theirs, ours = beside.loc[gain, "mean"], memory.models.loc[run, "mean"]
            told.append(f"{gain}: {two_digits(theirs)} against {two_digits(ours)}, a ratio of {times(theirs / ours)}")
    if not told:
        return "There is no gain yet at which a windowed model and one with memory could be compared."
    return (
        "The best windowed model and the best one with memory, mean ESR over the riffs at each gain: "
        f"{listed(told)}. The windowed ones are the {memory.windowed.source}."
    )


def _bands(memory):
    """How many are below the lines that NAM's trainer draws, in a sentence."""
    counts = [(f"{100 * band:g} %", int((memory.models["mean"] < band).sum())) for band in NAM_BANDS]
    told = listed(f"{count or 'none'} {are(count)} below {band}" for band, count in counts)
    models = len(memory.models)
    return f"By the mean over the riffs, of the {models} {'model' if models == 1 else 'models'} with memory {told}."


def _budget(found):
    """What more minutes do, in a sentence a model."""
    told = []
    for model, group in found.groupby("model", sort=False):
        pairs = []
        for _, line in group.groupby("gain", sort=False):
            line = line.sort_values("minutes")
            if len(line) > 1:
                pairs.append((line.iloc[0], line.iloc[-1]))
        if pairs:
            steps = listed(
                f"at gain {first['gain']} from {two_digits(first['mean'])} with {first['minutes']:g} min to "
                f"{two_digits(last['mean'])} with {last['minutes']:g} min"
                for first, last in pairs
            )
            told.append(f"The ESR of the {model} goes {steps}.")
    return " ".join(told) or "There are no two budgets yet to compare."


def _families(found):
    """Families against each other at the same gain and budget, in sentences."""
    wide = found.pivot_table(index=["gain", "minutes"], columns="model", values="mean", sort=False)
    told = []
    for place, second in enumerate(wide.columns):
        for first in wide.columns[:place]:
            both = wide[[first, second]].dropna()
            if len(both):
                lower = int((both[second] < both[first]).sum())
                told.append(
                    f"At the same gain and with the same budget the {second} has the lower ESR than the {first} in "
                    f"{lower} of {len(both)} cases; its ESR is {times((both[second] / both[first]).median())} times "
                    "that of the other in the median case."
                )
    return " ".join(told) or "There are no two of these models yet with the same gain and budget."


def _seeds(found):
    """How much the seed matters, in a sentence."""
    several = found[found["seeds"] > 1]
    if several.empty:
        return "Every combination was trained with one seed only, so how much is chance is not known."
    spread = several["highest"] / several["lowest"]
    widest = several.loc[spread.idxmax()]
    return (
        f"{len(several)} of {len(found)} combinations were trained with several seeds. The highest ESR of one "
        f"is {times(spread.median())} times its lowest in the median of these, and {times(spread.max())} times at "
        f"most (gain {widest['gain']}, {widest['model']}, {widest['minutes']:g} min, {widest['seeds']} seeds). A "
        "difference that is smaller than this may be chance."
    )


def _nam(memory, found):
    """Neural Amp Modeler's own trainer with the same budget, in a sentence."""
    theirs = memory.peers[memory.peers["model"] == NAM].groupby(["gain", "minutes"])["esr_mean"].mean()
    told = []
    for model, group in found.groupby("model", sort=False):
        ratios = [
            theirs[key] / row["mean"] for _, row in group.iterrows() if (key := (row["gain"], row["minutes"])) in theirs
        ]
        if ratios:
            told.append(
                f"{times(np.median(ratios))} times that of the {model} "
                f"({times(min(ratios))} to {times(max(ratios))} in {len(ratios)} "
                f"{'comparison' if len(ratios) == 1 else 'comparisons'})"
            )
    if not told:
        return f"{NAM}'s own trainer was not measured beside these models on this device yet."
    return (
        f"With the same minutes on the same recordings and cores, the mean ESR that {NAM}'s own trainer reaches is, in "
        f"the median, {listed(told)}. This is about equal time, not about what its trainer reaches if it is left alone "
        "for as long as it likes."
    )


def times(value):
    """A ratio with two digits at least."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def table_of(memory):
    """All combinations as a table of text.

    Parameters
    ----------
    memory : Memory

    Returns
    -------
    pd.DataFrame
        Indexed by gain, model and budget.
    """
    found = cells(memory)
    shown = found[CELL].astype(str)
    shown["minutes"] = [f"{minutes:g} min" for minutes in found["minutes"]]
    shown["ESR %"] = [in_two_digits(value) for value in found["mean"]]
    shown["over seeds %"] = [
        f"{in_two_digits(row['lowest'])} to {in_two_digits(row['highest'])} ({row['seeds']})"
        if row["seeds"] > 1
        else ""
        for _, row in found.iterrows()
    ]
    shown["worst riff %"] = [f"{in_two_digits(row['worst'])} ({row['worst_riff']})" for _, row in found.iterrows()]
    shown["better than windowed"] = [f"× {times(value)}" if np.isfinite(value) else "" for value in found["ratio"]]
    shown["taken, min"] = [f"{value / 60:.1f}" for value in found["seconds"]]
    return shown.set_index(CELL)
