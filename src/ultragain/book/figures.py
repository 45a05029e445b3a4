"""Figures of the grid's results: pure functions from tables to a matplotlib Figure. ESR is in percent."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ultragain.evaluation.statistics import levels
from ultragain.style import CYCLE, DRY, MARKERS, WET, panels

FACTOR_LABELS = {
    "gain": "gain",
    "context": "context (samples)",
    "units": "LSTM units",
    "learning_rate": "learning rate",
}


def training_curves(results):
    """Training and validation ESR of every model: gains side by side, contexts and units below each other.

    Parameters
    ----------
    results : Results

    Returns
    -------
    matplotlib.figure.Figure
        A dot marks the epoch whose weights were kept.
    """
    models, gains = results.models, levels(results.models, "gain", results.experiment.gain_labels)
    rows = [(context, units) for context in levels(models, "context") for units in levels(models, "units")]
    rates = levels(models, "learning_rate")
    histories = dict(iter(results.histories.groupby("run")))
    with panels(len(rows), len(gains), 0.9 + 1.15 * len(rows), sharex=True, sharey=True) as (figure, axes):
        for (context, units), line in zip(rows, axes, strict=True):
            for gain, axis in zip(gains, line, strict=True):
                chosen = models.query("gain == @gain and context == @context and units == @units")
                for run, model in chosen.iterrows():
                    number = rates.index(model["learning_rate"])
                    color, history = CYCLE[number % len(CYCLE)], histories[run]
                    axis.plot(history["epoch"], 100 * history["esr"], color=color, linewidth=0.9, linestyle=":")
                    axis.plot(
                        history["epoch"],
                        100 * history["val_esr"],
                        color=color,
                        linewidth=1.2,
                        marker=MARKERS[number % len(MARKERS)],
                        markersize=4,
                        markevery=[model["best_epoch"] - 1],
                    )
                axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
                axis.text(
                    0.97, 0.95, f"{context} | {units}", transform=axis.transAxes, ha="right", va="top", fontsize=8
                )
        _log_percent(axes[0, 0], "y", 100 * results.histories[["esr", "val_esr"]], headroom=1.4)
        for gain, axis in zip(gains, axes[0], strict=True):
            axis.set_title(f"gain {gain}")
        figure.supxlabel("epoch", fontsize=10)
        figure.supylabel("ESR (%)", fontsize=10)
        handles = [
            plt.Line2D(
                [],
                [],
                color=CYCLE[i % len(CYCLE)],
                marker=MARKERS[i % len(MARKERS)],
                markersize=4,
                label=f"rate {rate:g}",
            )
            for i, rate in enumerate(rates)
        ]
        handles += [
            plt.Line2D([], [], color=DRY, linestyle=style, label=label)
            for style, label in (("-", "validation"), (":", "training"))
        ]
        figure.legend(
            handles=handles, loc="outside upper center", ncols=4, columnspacing=1, handlelength=1.4, handletextpad=0.5
        )
        return figure


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
    with panels(2, 2, 5.2, sharey=True) as (figure, axes):
        for axis, (factor, label) in zip(axes.flat, FACTOR_LABELS.items(), strict=True):
            values = levels(models, factor, gain_labels)
            for place, value in enumerate(values):
                group = models[models[factor] == value]
                for gain in gains:
                    _dots(axis, place, 100 * group.loc[group["gain"] == gain, "esr"], gains.index(gain))
                _median_bar(axis, place, 100 * group["esr"])
            axis.set_xticks(
                range(len(values)), [f"{_text(value)}\nn={(models[factor] == value).sum()}" for value in values]
            )
            axis.set_xlim(-0.6, len(values) - 0.4)
            axis.set_xlabel(label)
            axis.grid(axis="x", visible=False)
        axes[0, 0].set_ylim(bottom=0)
        figure.supylabel("ESR, median over the riffs (%)", fontsize=10)
        _gain_legend(figure, gains)
        return figure


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
                _dots(axis, place, 100 * group.loc[group["gain"] == gain, "esr"], gains.index(gain), horizontal=True)
            _median_bar(axis, place, 100 * group["esr"], horizontal=True)
        axis.set_yticks(range(len(riffs)), [f"{riff}\nn={(scores['riff'] == riff).sum()}" for riff in riffs])
        axis.set_ylim(len(riffs) - 0.4, -0.6)
        axis.set_xlim(left=0)
        axis.set_xlabel("ESR (%)")
        axis.grid(axis="y", visible=False)
        _gain_legend(figure, gains)
        return figure


def beside_published(comparison):
    """Published test scores and ours, all scored one sample late.

    Parameters
    ----------
    comparison : pd.DataFrame
        As `ultragain.evaluation.statistics.published_comparison` returns it.

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
            _dots(axis, place, 100 * group["esr"], sources.index(source), horizontal=True)
            _median_bar(axis, place, 100 * group["esr"], horizontal=True)
        axis.set_yticks(range(len(rows)), [f"{source}, {gain}" for (source, gain), _ in rows])
        axis.set_ylim(len(rows) - 0.4, -0.6)
        _log_percent(axis, "x", 100 * comparison["esr"])
        axis.set_xlabel("ESR, one sample late (%)")
        axis.grid(axis="y", visible=False)
        return figure


def _log_percent(axes, name, values, headroom=1.15):
    """Make the x or y axis logarithmic, with enough ticks that are written as plain percentages."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values) & (values > 0)]
    axes.set(**{f"{name}scale": "log"})
    axis = getattr(axes, f"{name}axis")
    if values.size:
        low, high = values.min() / 1.15, values.max() * headroom
        axes.set(**{f"{name}lim": (low, high)})
        # one, two and five in each decade; more where there is hardly a decade
        axis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if high > 5 * low else (1, 1.5, 2, 3, 4, 5, 7)))
    axis.set_major_formatter(FuncFormatter(lambda percent, _: f"{percent:g}"))
    axis.set_minor_formatter(NullFormatter())


def _dots(axis, place, values, number, horizontal=False):
    """One dot a value, spread a little sideways in a fixed pattern so that none hides another."""
    values = np.asarray(values, float)
    aside = place + 0.28 * (((np.arange(len(values)) + 0.5) * 0.618 + 0.2 * number) % 1 - 0.5) * 2
    axis.plot(
        *((values, aside) if horizontal else (aside, values)),
        linestyle="",
        marker=MARKERS[number % len(MARKERS)],
        markersize=4.5,
        color=CYCLE[number % len(CYCLE)],
        alpha=0.75,
        markeredgewidth=0,
    )


def _median_bar(axis, place, values, horizontal=False):
    median = np.nanmedian(np.asarray(values, float)) if len(values) else np.nan
    ends = ([median, median], [place - 0.38, place + 0.38])
    axis.plot(*(ends if horizontal else ends[::-1]), color=WET, linewidth=2)


def _gain_legend(figure, gains):
    handles = [
        plt.Line2D(
            [], [], linestyle="", marker=MARKERS[i % len(MARKERS)], color=CYCLE[i % len(CYCLE)], label=f"gain {gain}"
        )
        for i, gain in enumerate(gains)
    ]
    handles.append(plt.Line2D([], [], color=WET, linewidth=2, label="median"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), columnspacing=1, handletextpad=0.4)


def _text(value):
    return value if isinstance(value, str) else f"{value:g}"
