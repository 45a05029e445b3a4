"""The book's tables, as HTML that scrolls where the page is narrow."""

import html

import itables
import numpy as np
import pandas as pd
from IPython.display import HTML, display

from ultragain.book.kit.players import scrolling
from ultragain.evaluation.statistics import levels, spread


def table(frame, caption, wrap=False):
    """A plain table.

    Parameters
    ----------
    frame : pd.DataFrame
        Text or numbers as they are to be shown; the index is the first column.
    caption : str
    wrap : bool
        Whether long text may take several lines.

    Returns
    -------
    IPython.display.HTML
    """
    names = [f"{name or ''}".replace("_", " ") for name in frame.index.names]
    rows = [" / ".join(map(_text, key if isinstance(key, tuple) else (key,))) for key in frame.index]
    # the index's name in the corner, not in a header row of its own
    shown = frame.set_axis(pd.Index(rows), axis=0).rename_axis(columns=" / ".join(names))
    content = shown.to_html(border=0, classes="ug-table", escape=True)
    content = content.replace("<thead>", f"<caption>{html.escape(caption)}</caption>\n<thead>", 1)
    return scrolling(content, caption, "text" if wrap else "figures")


def sortable(frame, caption):
    """Show a table that the reader can sort and search; works without a network.

    Parameters
    ----------
    frame : pd.DataFrame
    caption : str
    """
    # DataTables loses a caption between the two tables that it makes of one that scrolls
    display(HTML(f'<p class="ug-caption">{html.escape(caption)}</p>'))
    itables.show(
        frame,
        paging=False,
        scrollX=True,
        scrollY="32rem",
        scrollCollapse=True,
        showIndex=False,
        classes="display nowrap compact",
        style="table-layout:auto;width:100%",
        maxBytes=0,
    )


def _text(value):
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def grid(results):
    """Every model with its scores, ready to be sorted.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        ESR in percent: the median over the riffs and each riff; one sample late; validation.
    """
    models = results.models
    by_riff = results.scores.pivot(index="run", columns="riff", values="esr").reindex(models.index)
    by_riff = by_riff[[riff for riff in results.experiment.test_riffs if riff in by_riff]]
    shown = models[["gain", "context", "units"]].assign(
        rate=[f"{rate:g}" for rate in models["learning_rate"]],
        **{
            "ESR %": _percent(models["esr"]),
            "one late %": _percent(models["esr_one_late"]),
            "validation %": _percent(models["val_esr"]),
            "MSE": models["mse"].map("{:.2e}".format),
            "MAE": models["mae"].map("{:.4f}".format),
            "epochs": models["epochs_trained"],
            "training s": models["training_seconds"].round(1),
        },
    )
    return (
        pd.concat([shown, by_riff.apply(_percent).add_suffix(" %")], axis=1).sort_values("ESR %").reset_index(drop=True)
    )


def _percent(ratios):
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
            "median %": found["median"].map(_one_decimal),
            "middle half %": [
                f"{_one_decimal(low)} to {_one_decimal(high)}"
                for low, high in zip(found["lower"], found["upper"], strict=True)
            ],
            "best %": found["best"].map(_one_decimal),
            "worst %": found["worst"].map(_one_decimal),
            "n": found["n"],
        }
    )


def _one_decimal(ratio):
    return f"{100 * ratio:.1f}" if np.isfinite(ratio) else "none"


def training_times(results):
    """Epochs and wall time of the models of each size.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        One row a context and unit count, medians over its models.
    """
    models = results.models.assign(epoch_seconds=results.models["training_seconds"] / results.models["epochs_trained"])
    grouped = models.groupby(["context", "units"])
    found = pd.DataFrame(
        {
            "models": grouped.size(),
            "epochs": grouped["epochs_trained"].median().map("{:g}".format),
            "s an epoch": grouped["epoch_seconds"].median().map("{:.1f}".format),
            "training s": grouped["training_seconds"].median().map("{:.1f}".format),
            "scoring s": grouped["scoring_seconds"].median().map("{:.1f}".format),
        }
    ).reset_index()
    return found.set_index("context")


def late_and_aligned(results):
    """What scoring one sample late does to the median ESR at each gain.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        One row a gain, in percent, as text.
    """
    grouped = results.models.groupby("gain")[["esr", "esr_one_late"]].median()
    grouped = grouped.loc[levels(results.models, "gain", results.experiment.gain_labels)]
    return grouped.rename(columns={"esr": "aligned %", "esr_one_late": "one late %"}).map(_one_decimal)
