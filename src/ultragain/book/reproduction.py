"""Chapter *Reproduction*: what this machine trained, beside the published run."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ultragain.book.kit import glue
from ultragain.book.kit.axes import gain_legend, log_percent
from ultragain.book.kit.facts import caution, experiment_facts
from ultragain.book.kit.tables import in_percent, table
from ultragain.errors import UltraGainError
from ultragain.evaluation.effects.order import rank_agreement
from ultragain.evaluation.results import SCORES, Results
from ultragain.evaluation.statistics import levels
from ultragain.grid import FACTORS, GRID
from ultragain.style import CYCLE, MARKERS, panels
from ultragain.training.runs import MODEL
from ultragain.words import duration, listed

UNSEEN = "These pages were built without training, so nothing stands beside the published run."


@dataclass(frozen=True)
class Reproduction:
    """What is compared.

    Attributes
    ----------
    shown : Results
        The book's: published, or this machine's own where nothing is published.
    here : Results or None
        This machine's own.
    """

    shown: Results
    here: Results | None

    @property
    def reason(self):
        """Why there is nothing to compare; empty if there is."""
        if not self.shown.is_published:
            return "Nothing is published of this experiment: the whole book is about this machine's own runs."
        return "" if self.here else UNSEEN

    @property
    def both(self):
        """One row a model that is in both: the grid's dimensions, and each score and time with _published and _here."""
        names = list(FACTORS)
        columns = [*names, *SCORES, "epochs_trained", "training_seconds", "run"]
        frames = (each.models.reset_index(names="run")[columns] for each in (self.shown, self.here))
        return pd.merge(*frames, on=names, suffixes=("_published", "_here"))

    @property
    def is_same_training(self):
        """Whether both were trained with the same settings, so that they should be equal."""
        return self.here is not None and set(self.here.models.index) <= set(self.shown.models.index)


def open_chapter():
    """What is compared; this chapter's facts for its prose are published on the way."""
    pair = Reproduction(glue.open_book(), glue.trained_here())
    glue.publish(experiment_facts(pair.shown) | reproduction_facts(pair))
    return pair


def reproduction_facts(pair):
    """What the comparison says, in sentences; the first says so where there is nothing to compare."""
    if pair.reason:
        return {"compared": pair.reason, "order": "", "price": ""}
    here = pair.here
    return {
        "compared": (
            f"This machine trained {len(here.models)} of {here.expected} models: {here.source}. "
            f"{caution(here.experiment)}"
        ),
        "order": order_sentence(pair),
        "price": equal_sentence(pair) if pair.is_same_training else price_sentence(pair),
    }


def order_sentence(pair):
    """Whether both grids rank the models alike."""
    try:
        ranks = rank_agreement(pair.shown.models, pair.here.models)
    except UltraGainError as error:
        return f"The orders of the models cannot be compared: {error}."
    return (
        f"Over {ranks.n} models the rank correlation of the ESR with the published one is {ranks.rho:.2f} (Spearman), "
        f"and {ranks.kept} of {ranks.pairs} pairs of models have the same order."
    )


def price_sentence(pair):
    """What less training costs."""
    ratio = pair.both["esr_here"] / pair.both["esr_published"]
    spent = [each.models["training_seconds"].sum() for each in (pair.shown, pair.here)]
    return (
        f"In the median model the ESR is {ratio.median():.2f} times the published one ({ratio.min():.2f} to "
        f"{ratio.max():.2f}). The published trainings took {duration(spent[0])} of one core, those of this machine "
        f"{duration(spent[1])}."
    )


def equal_sentence(pair):
    """Whether the same training gave the same model."""
    equal = same_weights(pair)
    scores = [f"{score}_{where}" for score in SCORES for where in ("here", "published")]
    off = np.abs(pair.both[scores[::2]].to_numpy() / pair.both[scores[1::2]].to_numpy() - 1).max()
    return (
        f"Settings and recordings are those of the published run: {int(equal.sum())} of {len(equal)} models have the "
        f"same weights to the last bit, and scores differ by {off:.1e} at most, relatively."
    )


def same_weights(pair):
    """Whether each model of both has the same weights file, by run: pd.Series of bool."""
    digests = (
        {run: record["sha256"][MODEL] for run, record in each.records.items()} for each in (pair.shown, pair.here)
    )
    published, here = map(pd.Series, digests)
    return (published == here.reindex(published.index))[published.index.isin(here.index)]


def beside(pair):
    """ESR of every model here, over the published one: a figure; None where there is nothing to compare."""
    if pair.reason:
        return None
    both = pair.both
    gains = levels(both, "gain", pair.shown.experiment.gain_labels)
    with panels(1, 1, 3.6) as (figure, axes):
        axis = axes[0, 0]
        for number, gain in enumerate(gains):
            group = both[both["gain"] == gain]
            axis.plot(
                100 * group["esr_published"],
                100 * group["esr_here"],
                linestyle="",
                marker=MARKERS[number % len(MARKERS)],
                color=CYCLE[number % len(CYCLE)],
                markersize=5,
                markeredgewidth=0,
            )
        every = 100 * both[["esr_published", "esr_here"]]
        for name in "xy":
            log_percent(axis, name, every)
        axis.axline((1, 1), (10, 10), color="#8C8C8C", linewidth=1)
        axis.set_xlabel("published ESR (%)")
        axis.set_ylabel(f"ESR here, profile {pair.here.experiment.profile} (%)")
        gain_legend(figure, gains, median=False)
        return figure


def model_by_model(pair):
    """Every model of both: a table; None where there is nothing to compare."""
    if pair.reason:
        return None
    both = pair.both.sort_values("esr_published")
    equal = same_weights(pair)
    shown = {each.noun: both[each.name].map(each.text) for each in GRID}
    shown |= {
        "published %": both["esr_published"].map(in_percent),
        "here %": both["esr_here"].map(in_percent),
        "epochs, published": both["epochs_trained_published"],
        "epochs, here": both["epochs_trained_here"],
    }
    if pair.is_same_training:
        shown["weights"] = ["equal" if equal[run] else "differ" for run in both["run_published"]]
    frame = pd.DataFrame(shown)
    caption = f"Median ESR over the riffs. Sources: {pair.shown.source}; here: {pair.here.source}"
    return table(frame.set_index(list(frame.columns[: len(GRID)])), caption)


def made_with(pair):
    """Versions, processors and digests of what is published and of what is here: a table."""
    columns = {("published" if pair.shown.is_published else "here"): pair.shown}
    if pair.shown.is_published and pair.here:
        columns["here"] = pair.here
    rows = pd.DataFrame({name: _made_with(results) for name, results in columns.items()})
    return table(rows.fillna("").rename_axis("what"), "What the runs were made with, and of", wrap=True)


def _made_with(results):
    records = list(results.records.values())
    found = {
        "profile": results.experiment.profile,
        "computed with": _all(record["computed_with"] for record in records),
    }
    found |= {name: _all(record["versions"].get(name, "") for record in records) for name in records[0]["versions"]}
    found["recipe"] = _all(record["recipe"] for record in records)
    for gain in levels(results.models, "gain", results.experiment.gain_labels):
        of_gain = [record for record in records if record["parameters"]["gain"] == gain]
        for name in ("identity", "samples"):
            found[f"recordings, gain {gain}, {name}"] = _all(record["recordings"][name][:16] for record in of_gain)
    models = results.models
    found["finished"] = f"{min(r['finished'] for r in records)} to {max(r['finished'] for r in records)}"
    found["epochs"] = f"{models['epochs_trained'].sum():,}"
    found["training, one core"] = duration(models["training_seconds"].sum())
    found["scoring, one core"] = duration(models["scoring_seconds"].sum())
    return found


def _all(values):
    return listed(sorted({f"{value}" for value in values}))
