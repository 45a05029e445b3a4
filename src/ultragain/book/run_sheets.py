"""Run sheets: a page for every model, made from its run, as a Sphinx extension.

They are not chapters: no notebook is executed for them, and Sphinx writes them with the book's other pages.
"""

import html
import shutil
from pathlib import Path

import pandas as pd

from ultragain.book.kit import LISTENING, glue
from ultragain.book.kit.axes import log_percent
from ultragain.book.kit.players import Clip, stack
from ultragain.book.kit.tables import table
from ultragain.evaluation.passages import scored_signals
from ultragain.files import project_root, whole_file
from ultragain.grid import model_name
from ultragain.style import BLUE, DRY, panels
from ultragain.training.runs import HISTORY, METRICS, MODEL, NOTEBOOK, RECORD
from ultragain.words import duration, listed, percent

FOLDER = "runs"  # of the built book
TITLES = {
    MODEL: "weights, as Keras loads them",
    HISTORY: "history",
    METRICS: "scores",
    RECORD: "everything it was made of",
    NOTEBOOK: "the notebook that papermill executed for it",
}
#: Audio of all models of a grid would take four times the space.
UNHEARD = (
    "<p>The published run holds what the best, the median and the worst model at each gain played. The others play the "
    "riffs, or your own file, in the explorer: <code>make lab</code>.</p>"
)


def sheet_address(run):
    """Where a run's sheet is, from a chapter's page."""
    return f"../{FOLDER}/{run}.html"


def sheet(results, run):
    """The body of one run's page.

    Parameters
    ----------
    results : Results
    run : str
        Its id.

    Returns
    -------
    str
        HTML.
    """
    model, record = results.models.loc[run], results.records[run]
    name = html.escape(model_name(model))
    files = {file: what for file, what in TITLES.items() if (results.folders[run] / file).is_file()}
    told = (
        f"From the {html.escape(results.source)}. Median ESR over the riffs {percent(model['esr'])}; "
        f"{model['epochs_trained']} epochs, the best was {model['best_epoch']}; "
        f"{duration(model['training_seconds'])} of training."
    )
    links = "".join(f'<li><a href="{run}/{file}" download>{file}</a>: {what}</li>' for file, what in files.items())
    return "".join(
        [
            f"<h1>{name[0].upper()}{name[1:]}</h1><p>{told} <a href='../notebooks/results.html'>All models</a></p>",
            f'<figure><img src="{run}/curve.svg" alt="Training and validation ESR by epoch">'
            "<figcaption>ESR by epoch; the dot is the epoch whose weights were kept.</figcaption></figure>",
            "<h2>Scores</h2>",
            table(scores_frame(results, run), "ESR in percent, errors in full scale").data,
            *players(results, run),
            "<h2>Settings</h2>",
            table(settings_frame(record), "What the run depends on", wrap=True).data,
            f"<h2>Files</h2><ul>{links}</ul>",
        ]
    )


def players(results, run):
    """A player for each riff whose prediction is there, or what to do where there is none, list of str: HTML."""
    scores = results.scores[results.scores["run"] == run].set_index("riff", drop=False)
    heard = [riff for riff in scores.index if (results.folders[run] / "audio" / f"{riff}.flac").is_file()]
    names = ("dry", "wet", "predicted")
    rows = {
        f"{riff}\nESR {percent(scores.loc[riff, 'esr'])}": [
            Clip(name, part) for name, part in zip(names, scored_signals(results, scores.loc[riff]), strict=True)
        ]
        for riff in heard
    }
    caption = "The riffs that no model was trained on: dry, wet and as this model predicts it."
    shown = stack(rows, caption, results.experiment.sample_rate, blind=(1, 2)).data
    return ["<h2>Listen</h2>", shown if rows else UNHEARD]


def scores_frame(results, run):
    """Scores of a run by riff, as text."""
    scores = results.scores[results.scores["run"] == run].set_index("riff")
    return pd.DataFrame(
        {
            "ESR %": (100 * scores["esr"]).map("{:.2f}".format),
            "one late %": (100 * scores["esr_one_late"]).map("{:.2f}".format),
            "MSE": scores["mse"].map("{:.2e}".format),
            "MAE": scores["mae"].map("{:.4f}".format),
            "seconds": scores["seconds"].map("{:.1f}".format),
        }
    )


def settings_frame(record):
    """Everything a run depends on, and what it was computed with, as text."""
    shown = record["parameters"] | {f"recordings, {name}": digest for name, digest in record["recordings"].items()}
    shown |= {"recipe": record["recipe"], "computed with": record["computed_with"], "finished": record["finished"]}
    shown |= record["versions"]
    rows = {
        name.replace("_", " "): listed(value) if isinstance(value, list) else f"{value}"
        for name, value in shown.items()
    }
    return pd.DataFrame({"value": rows}).rename_axis("setting")


def curve(history, best_epoch):
    """Training and validation ESR of one run by epoch: a figure."""
    with panels(1, 1, 2.6) as (figure, axes):
        axis = axes[0, 0]
        axis.plot(history["epoch"], 100 * history["esr"], color=DRY, linestyle=":", label="training")
        at = [best_epoch - 1]
        axis.plot(history["epoch"], 100 * history["val_esr"], color=BLUE, marker="o", markevery=at, label="validation")
        log_percent(axis, "y", 100 * history[["esr", "val_esr"]])
        axis.set_xlabel("epoch")
        axis.set_ylabel("ESR (%)")
        axis.legend()
        return figure


def write_files(results, run, folder):
    """Put a run's files, and its curve, where the sheet links to them."""
    (folder / run).mkdir(parents=True, exist_ok=True)
    for name in TITLES:
        if (results.folders[run] / name).is_file():  # a published run may be without its notebook
            shutil.copy(results.folders[run] / name, folder / run / name)
    history = results.histories[results.histories["run"] == run]
    with whole_file(folder / run / "curve.svg") as temporary:
        curve(history, results.models.loc[run, "best_epoch"]).savefig(temporary, format="svg")


def _pages(app):
    """The sheets of all models that the book shows, for Sphinx's `html-collect-pages`.

    Those that are there stay: `kit.freshness` removes them when anything changes that they are made from.
    """
    results, folder = glue.open_book(), project_root(app.srcdir) / LISTENING / FOLDER
    for run in results.models.index:
        if (Path(app.outdir) / FOLDER / f"{run}.html").is_file():
            continue
        write_files(results, run, folder)
        context = {"title": model_name(results.models.loc[run]), "body": sheet(results, run)}
        yield f"{FOLDER}/{run}", context, "page.html"


def setup(app):
    """Sphinx's entry point."""
    app.connect("html-collect-pages", _pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
