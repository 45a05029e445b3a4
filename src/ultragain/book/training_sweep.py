"""Chapter *Training sweep*: how the grid is trained, what it took, and how the models learned."""

from itertools import product

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import MaxNLocator

from ultragain.book.kit import glue
from ultragain.book.kit.axes import log_percent
from ultragain.book.kit.costs import SIZES, SPEEDS
from ultragain.book.kit.facts import experiment_facts, sweep_facts, window_facts
from ultragain.book.kit.tables import table
from ultragain.evaluation.statistics import levels
from ultragain.files import project_root
from ultragain.grid import GRID
from ultragain.style import CYCLE, DRY, MARKERS, panels
from ultragain.words import listed

PLAYING = "data/reference/scoring-speed.csv"
OTHERS = {"stock": "Keras", "torch": "PyTorch"}
#: Told apart by colour in a panel of the curves: what is neither a size nor the gain.
COLOURED = [each for each in GRID if not each.is_size and each.name != "gain"]


def open_chapter():
    """Results of the book, and this chapter's facts for its prose."""
    results = glue.open_book()
    glue.publish(experiment_facts(results) | window_facts(results) | sweep_facts(results) | engine_facts(results))
    return results


def engine_facts(results):
    """What the models of the book were trained and played with, and how fast that was measured to be."""
    measured = pd.read_csv(project_root() / SPEEDS)
    ours = measured["ours_seconds"].sum()
    ratios = [
        f"{measured[f'{kind}_seconds'].sum() / ours:.1f} times as fast as {name}"
        for kind, name in OTHERS.items()
        if f"{kind}_seconds" in measured
    ]
    machine = measured.iloc[0]
    return {
        "computed_with": listed(sorted(results.models["computed_with"].unique())),
        "measured_speed": (
            f"Over one epoch of all sizes the engine was {listed(ratios)} as they come, measured side by side on one "
            f"machine: {machine['processor']}, {machine['cores']} cores, {machine['computed_with']}."
        ),
    }


def times(results):
    """Epochs and wall time of the models of each size, medians over them: a table."""
    return table(
        training_times(results.models),
        f"Medians over the models of each size; wall time on one core each. Source: {results.source}",
    )


def training_times(models):
    """Epochs and wall time of the models of each size.

    Parameters
    ----------
    models : pd.DataFrame
        As in `Results`.

    Returns
    -------
    pd.DataFrame
        One row a size, medians over its models, as text.
    """
    models = models.assign(epoch_seconds=models["training_seconds"] / models["epochs_trained"])
    grouped = models.groupby(SIZES)
    found = pd.DataFrame(
        {
            "models": grouped.size(),
            "epochs": grouped["epochs_trained"].median().map("{:g}".format),
            "s an epoch": grouped["epoch_seconds"].median().map("{:.1f}".format),
            "training s": grouped["training_seconds"].median().map("{:.1f}".format),
            "scoring s": grouped["scoring_seconds"].median().map("{:.1f}".format),
        }
    )
    return found.reset_index().set_index(SIZES[0])


def speeds():
    """What an epoch of each size takes with the engine and with others, and how fast models play: a table.

    `benchmarks/training.py` and `benchmarks/scoring.py` measured it with `--write`; their docstrings say how.
    """
    measured = pd.read_csv(project_root() / SPEEDS)
    found = pd.DataFrame({"s an epoch": measured["ours_seconds"].map("{:.2f}".format)})
    for kind, name in OTHERS.items():
        if f"{kind}_seconds" in measured:
            found[f"× {name}"] = (measured[f"{kind}_seconds"] / measured["ours_seconds"]).map("{:.1f}".format)
    found["of peak"] = measured["share_of_peak"].map("{:.0%}".format)
    playing = measured[SIZES].merge(pd.read_csv(project_root() / PLAYING), on=SIZES)
    found["plays, s/s"] = playing["ours_speed"].map("{:.1f}".format)
    found[f"× {OTHERS['stock']}, playing"] = (playing["ours_speed"] / playing["stock_speed"]).map("{:.1f}".format)
    return table(
        found.set_index(pd.MultiIndex.from_frame(measured[SIZES])),
        "The engine: machine time of an epoch of the full profile, models side by side on all cores; how many times "
        "the speed of the others that is; its share of the rate of a large matrix product; seconds of audio that all "
        "cores play in a second. Sources: benchmarks/training.py, benchmarks/scoring.py",
        wrap=True,
    )


def curves(results):
    """Training and validation ESR of every model: a column a gain, a row a size.

    A dot marks the epoch whose weights were kept.
    """
    models, gains = results.models, levels(results.models, "gain", results.experiment.gain_labels)
    sizes = list(product(*(levels(models, name) for name in SIZES)))
    kinds = list(product(*(levels(models, each.name) for each in COLOURED)))
    histories = dict(iter(results.histories.groupby("run")))
    height = 0.9 + 1.15 * len(sizes)
    with panels(len(sizes), len(gains), height, sharex=True, sharey=True) as (figure, axes):
        for size, line in zip(sizes, axes, strict=True):
            of_size = models[(models[SIZES] == list(size)).all(axis=1)]
            for gain, axis in zip(gains, line, strict=True):
                for run, model in of_size[of_size["gain"] == gain].iterrows():
                    number = kinds.index(tuple(model[each.name] for each in COLOURED))
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
                corner = " | ".join(map(str, size))
                axis.text(0.97, 0.95, corner, transform=axis.transAxes, ha="right", va="top", fontsize=8)
        log_percent(axes[0, 0], "y", 100 * results.histories[["esr", "val_esr"]], headroom=1.4)
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
                label=", ".join(
                    each.short.format(each.text(value)) for each, value in zip(COLOURED, kind, strict=True)
                ),
            )
            for i, kind in enumerate(kinds)
        ]
        styles = {"validation": "-", "training": ":"}
        handles += [plt.Line2D([], [], color=DRY, linestyle=style, label=label) for label, style in styles.items()]
        figure.legend(
            handles=handles,
            loc="outside upper center",
            ncols=min(4, len(handles)),
            columnspacing=1,
            handlelength=1.4,
            handletextpad=0.5,
        )
        return figure
