"""Chapter *Results*: the whole grid as a table, by each setting, by riff, beside the original numbers, and by ear."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display

from ultragain.book.kit import glue
from ultragain.book.kit.axes import dots, gain_legend, log_percent, median_bar
from ultragain.book.kit.facts import experiment_facts, original_facts, score_facts, unlike
from ultragain.book.kit.players import Clip, stack
from ultragain.book.kit.tables import in_percent, sortable, table
from ultragain.book.run_sheets import sheet_address
from ultragain.evaluation.passages import scored_signals
from ultragain.evaluation.statistics import beside_originals, best_median_worst, levels, spread
from ultragain.files import whole_file
from ultragain.grid import GRID, model_name
from ultragain.style import STYLE, panels
from ultragain.words import percent

BLIND = (1, 2, 3, 4)  # places in `predicted_clips` of the signals for the blind test: wet, then the models


def open_chapter():
    """Results of the book, and this chapter's facts for its prose."""
    results = glue.open_book()
    glue.publish(experiment_facts(results) | score_facts(results) | original_facts(results))
    return results


def grid(results):
    """Every model with its scores, for the reader to sort and search: a table."""
    frame = grid_frame(results)
    links = [sheet_address(run) for run in frame.index]
    return sortable(frame, f"All models, ESR in percent; each links to its run sheet. Source: {results.source}", links)


def by_setting(results):
    """ESR of every model, sorted by each setting in turn: a figure."""
    return esr_by_factor(results.models, results.experiment.gain_labels)


def spreads_by_setting(results):
    """Show a table of the spread over the models for each setting."""
    for dimension in GRID:
        caption = f"ESR by {dimension.noun}, over models. Source: {results.source}"
        display(table(spreads(results, dimension.name), caption))


def by_riff(results):
    """ESR of every model on each riff: a figure."""
    return esr_by_riff(results.scores, results.experiment.test_riffs, results.experiment.gain_labels)


def spreads_by_riff(results):
    """Spread over the models on each riff: a table."""
    return table(spreads(results, "riff"), f"ESR by riff, over models. Source: {results.source}")


def originals(results):
    """Original test scores and ours, all scored one sample late: a figure."""
    return originals_figure(beside_originals(results.scores, glue.originals()))


def original_spreads(results):
    """The same as a table."""
    comparison = beside_originals(results.scores, glue.originals())
    caption = f"ESR one sample late; {unlike(results.experiment)}. Sources: BlackBoxNN; ours: {results.source}"
    return table(spread_text(spread(comparison, ["source", "gain"])), caption)


def players(results):
    """Show players for each gain: every riff dry, wet, and by the best, the median and the worst model there."""
    for gain in results.experiment.gain_labels:
        models = best_median_worst(results.models[results.models["gain"] == gain])
        named = "; ".join(f"{rank}: {model_name(results.models.loc[run], ['gain'])}" for rank, run in models.items())
        caption = f"Gain {gain}, by riff. Models, by median ESR: {named}. Source: {results.source}"
        display(stack(predicted_clips(results, gain), caption, results.experiment.sample_rate, blind=BLIND))


def grid_frame(results):
    """Every model with its scores, ready to be sorted.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        One row a run, indexed by its id. ESR in percent: the median over the riffs and each riff; one
        sample late; validation.
    """
    models = results.models
    by_riff = results.scores.pivot(index="run", columns="riff", values="esr").reindex(models.index)
    by_riff = by_riff[[riff for riff in results.experiment.test_riffs if riff in by_riff]]
    settings = {
        each.noun: models[each.name].map(each.text) if each.type is float else models[each.name] for each in GRID
    }
    shown = pd.DataFrame(
        {
            **settings,
            "ESR %": _hundredths(models["esr"]),
            "one late %": _hundredths(models["esr_one_late"]),
            "validation %": _hundredths(models["val_esr"]),
            "MSE": models["mse"].map("{:.2e}".format),
            "MAE": models["mae"].map("{:.4f}".format),
            "epochs": models["epochs_trained"],
            "training s": models["training_seconds"].round(1),
        }
    )
    return pd.concat([shown, by_riff.apply(_hundredths).add_suffix(" %")], axis=1).sort_values("ESR %")


def _hundredths(ratios):
    return (100 * ratios).round(2)


def spreads(results, by, score="esr"):
    """Spread of ESR over the models in each group, in percent, as text.

    Parameters
    ----------
    results : Results
    by : str
        A setting (over the models' medians) or `riff` (over the models' scores on it).
    score : str

    Returns
    -------
    pd.DataFrame
        median, quartiles, best, worst, models.
    """
    frame = results.scores if by == "riff" else results.models
    order = results.experiment.test_riffs if by == "riff" else levels(frame, by, results.experiment.gain_labels)
    found = spread(frame, by, score)
    return spread_text(found.reindex([value for value in order if value in found.index]))


def spread_text(found):
    """A table of `statistics.spread` in percent, as text."""
    return pd.DataFrame(
        {
            "median %": found["median"].map(in_percent),
            "middle half %": [
                f"{in_percent(low)} to {in_percent(high)}"
                for low, high in zip(found["lower"], found["upper"], strict=True)
            ],
            "best %": found["best"].map(in_percent),
            "worst %": found["worst"].map(in_percent),
            "n": found["n"],
        }
    )


def esr_by_factor(models, gain_labels):
    """Median ESR of every model, sorted by each setting in turn.

    Parameters
    ----------
    models : pd.DataFrame
        As in `Results`.
    gain_labels : list of str
        The order of the gains.

    Returns
    -------
    matplotlib.figure.Figure
        A dot a model, a bar at the group's median, the group's count below.
    """
    gains = levels(models, "gain", gain_labels)
    rows = -(-len(GRID) // 2)
    with panels(rows, 2, 0.4 + 2.4 * rows, sharey=True) as (figure, axes):
        for axis in axes.flat[len(GRID) :]:
            axis.set_visible(False)
        for axis, dimension in zip(axes.flat, GRID, strict=False):
            factor, values = dimension.name, levels(models, dimension.name, gain_labels)
            for place, value in enumerate(values):
                group = models[models[factor] == value]
                for gain in gains:
                    dots(axis, place, 100 * group.loc[group["gain"] == gain, "esr"], gains.index(gain))
                median_bar(axis, place, 100 * group["esr"])
            axis.set_xticks(
                range(len(values)),
                [f"{dimension.text(value)}\nn={(models[factor] == value).sum()}" for value in values],
            )
            axis.set_xlim(-0.6, len(values) - 0.4)
            axis.set_xlabel(dimension.label)
            axis.grid(axis="x", visible=False)
        axes[0, 0].set_ylim(bottom=0)
        figure.supylabel("ESR, median over the riffs (%)", fontsize=10)
        gain_legend(figure, gains)
        return figure


def save_overview(results, path):
    """Write the figure of all models by each setting as SVG, for pages that have one theme: on white."""
    with plt.rc_context(STYLE), whole_file(path) as temporary:
        figure = esr_by_factor(results.models, results.experiment.gain_labels)
        figure.savefig(temporary, format="svg", facecolor="white", metadata={"Date": None})


def esr_by_riff(scores, riffs, gain_labels):
    """ESR of every model on each riff.

    Parameters
    ----------
    scores : pd.DataFrame
        As in `Results`.
    riffs, gain_labels : list of str
        The order of riffs and gains.

    Returns
    -------
    matplotlib.figure.Figure
        A dot a model, a bar at the riff's median, the riff's count below its name.
    """
    gains, riffs = levels(scores, "gain", gain_labels), [riff for riff in riffs if riff in set(scores["riff"])]
    with panels(1, 1, 1.1 + 0.55 * len(riffs)) as (figure, axes):
        axis = axes[0, 0]
        for place, riff in enumerate(riffs):
            group = scores[scores["riff"] == riff]
            for gain in gains:
                dots(axis, place, 100 * group.loc[group["gain"] == gain, "esr"], gains.index(gain), horizontal=True)
            median_bar(axis, place, 100 * group["esr"], horizontal=True)
        axis.set_yticks(range(len(riffs)), [f"{riff}\nn={(scores['riff'] == riff).sum()}" for riff in riffs])
        axis.set_ylim(len(riffs) - 0.4, -0.6)
        axis.set_xlim(left=0)
        axis.set_xlabel("ESR (%)")
        axis.grid(axis="y", visible=False)
        gain_legend(figure, gains)
        return figure


def originals_figure(comparison):
    """Original test scores and ours, all scored one sample late.

    Parameters
    ----------
    comparison : pd.DataFrame
        As `ultragain.evaluation.statistics.beside_originals` returns it.

    Returns
    -------
    matplotlib.figure.Figure
        A row a source and gain; a dot a score, a bar at the median. ESR on a logarithmic axis.
    """
    rows = list(comparison.groupby(["source", "gain"], sort=False))
    sources = comparison["source"].unique().tolist()
    with panels(1, 1, 0.8 + 0.3 * len(rows)) as (figure, axes):
        axis = axes[0, 0]
        for place, ((source, _), group) in enumerate(rows):
            dots(axis, place, 100 * group["esr"], sources.index(source), horizontal=True)
            median_bar(axis, place, 100 * group["esr"], horizontal=True)
        axis.set_yticks(range(len(rows)), [f"{source}, {gain}" for (source, gain), _ in rows])
        axis.set_ylim(len(rows) - 0.4, -0.6)
        log_percent(axis, "x", 100 * comparison["esr"])
        axis.set_xlabel("ESR, one sample late (%)")
        axis.grid(axis="y", visible=False)
        return figure


def predicted_clips(results, gain):
    """Each riff's scored passage at one gain: dry, wet, and by the best, the median and the worst model.

    Parameters
    ----------
    results : Results
    gain : str
        Label.

    Returns
    -------
    dict of str to list of Clip
        By riff, with the gain and the passage in a second line; empty if no model of that gain has a score.
    """
    trained = gain in set(results.models.loc[np.isfinite(results.models["esr"]), "gain"])
    return dict(riff_clips(results, gain, riff) for riff in results.experiment.test_riffs if trained)


def riff_clips(results, gain, riff):
    """One entry of `predicted_clips`: its heading, and its clips."""
    chosen = best_median_worst(results.models[results.models["gain"] == gain])
    scores = results.scores[results.scores["riff"] == riff].set_index("run", drop=False)
    places = {rank: scores.loc[run] for rank, run in chosen.items()}
    played = {rank: scored_signals(results, place) for rank, place in places.items()}
    dry, wet, _ = played["best"]
    begin = f" from {places['best']['start']:.2f} s" if places["best"]["start"] else ""
    models = [
        Clip(f"{rank} model", predicted, f"ESR {percent(places[rank]['esr'])}")
        for rank, (_, _, predicted) in played.items()
    ]
    heading = f"{riff}, gain {gain}\n{places['best']['seconds']:.1f} s{begin}"
    return heading, [Clip("dry", dry), Clip("wet", wet), *models]
