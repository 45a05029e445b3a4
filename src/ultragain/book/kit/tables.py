"""The book's tables, as HTML that scrolls where the page is narrow."""

import html

import itables
import numpy as np
import pandas as pd
from IPython.display import HTML, display

from ultragain import audio
from ultragain.book.kit.players import scrolling
from ultragain.evaluation.statistics import levels, spread
from ultragain.guitar.library import DESCRIPTIONS
from ultragain.metrics import esr


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


def settings(values):
    """Settings of a rig as a table's rows: keys become words, units move behind the value.

    Parameters
    ----------
    values : dict
        As in `Experiment.real_rig`.

    Returns
    -------
    pd.DataFrame
        One column, `setting`.
    """
    rows = {} if values else {"none": "the experiment file describes no real rig"}
    for key, value in values.items():
        unit = " dB" if key.endswith("_db") else ""
        if isinstance(value, dict):
            text = ", ".join(f"{name} {number:g}" for name, number in value.items())
        elif isinstance(value, bool):
            text = "on" if value else "off"
        else:
            text = f"{value}{unit}"
        rows[key.removesuffix("_db").replace("_", " ").replace("eq", "EQ").replace("fx", "FX")] = text
    return pd.DataFrame({"setting": rows})


def riffs(results):
    """The test riffs: how long they are, and in words what the project wrote.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        length in seconds, and the music where the virtual guitar plays it.
    """
    e, first = results.experiment, results.recordings[results.experiment.gain_labels[0]]
    rows = {}
    for riff in e.test_riffs:
        rows[riff] = {"length": f"{len(first.riffs[riff][0]) / e.sample_rate:.1f} s"}
        if e.is_virtual and e.device.dry == "synthetic":  # a file of that name may be anything
            rows[riff]["music"] = DESCRIPTIONS.get(riff, "")
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("riff")


def operating_points(points):
    """Where triodes rest, as text.

    Parameters
    ----------
    points : pd.DataFrame
        As `measured.operating_points` returns it.

    Returns
    -------
    pd.DataFrame
    """
    return pd.DataFrame(
        {
            "supply V": points["supply"].map("{:.0f}".format),
            "plate V": points["plate"].map("{:.0f}".format),
            "cathode V": points["cathode"].map("{:.2f}".format),
            "grid V": points["grid"].map("{:.2f}".format),
            "plate mA": (1000 * points["amps"]).map("{:.2f}".format),
        }
    )


def recorded_levels(results):
    """Levels of the test riffs, dry and at each gain.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        A row a riff; levels as text, peak / RMS in dBFS.
    """
    gains = results.experiment.gain_labels
    rows = {}
    for riff in results.experiment.test_riffs:
        takes = {gain: results.recordings[gain].riffs[riff] for gain in gains}
        rows[riff] = {"dry": _level(takes[gains[0]][0])} | {
            f"wet, {gain}": _level(wet) for gain, (_, wet) in takes.items()
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("riff")


def dry_signals(compared):
    """What `guitar.compare_with_real` found, a column a signal.

    Parameters
    ----------
    compared : pd.DataFrame

    Returns
    -------
    pd.DataFrame
        Text; the measure's unit in the row's name.
    """
    names = {
        "seconds": "length, s",
        "peak_dbfs": "peak, dBFS",
        "rms_dbfs": "RMS, dBFS",
        "crest_db": "crest factor, dB",
        "tilt_db_per_octave": "tilt, dB/octave",
        "presence_db": "2.5 to 5 kHz, dB",
        "floor_dbfs": "floor, dBFS",
        "onsets_per_second": "onsets, 1/s",
        "attack_db": "attack, dB",
        "decay_db_per_second": "decay, dB/s",
    }
    return compared.rename(columns=names).T.map("{:.1f}".format)


def noise_floor(results):
    """The ESR that noise alone makes, from riffs that were recorded twice.

    Two recordings of one playing differ by the noise of both. Half of the ESR between them is the
    part of one, which no model can predict: the lowest ESR that a perfect model could reach.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        A row a gain, a column a riff, ESR in percent as text; no rows where nothing was recorded twice.
    """
    rows = {
        gain: {riff: f"{50 * esr(recorded.riffs[riff][1], wet):.1g}" for riff, (_, wet) in recorded.replicates.items()}
        for gain, recorded in results.recordings.items()
        if recorded.replicates
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("gain")


def _level(samples):
    return f"{audio.peak_dbfs(samples):.1f} / {audio.rms_dbfs(samples):.1f}"


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
