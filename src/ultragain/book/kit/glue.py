"""What every chapter begins with: the experiment that the book is built for, and its results."""

import os
import warnings
from pathlib import Path

from myst_nb import glue

from ultragain.evaluation.results import load_published, load_results
from ultragain.experiment import load_experiment
from ultragain.files import project_root

EXPERIMENT = "experiments/dsl20h_ultragain.yaml"


def chosen_experiment(root):
    """The experiment that the book is built for.

    The environment names it: ULTRAGAIN_EXPERIMENT (a file, from the project's folder),
    ULTRAGAIN_PROFILE and ULTRAGAIN_RECORDINGS (a folder of your own). What is not set, or empty,
    has its usual value.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    Experiment
    """
    path = os.environ.get("ULTRAGAIN_EXPERIMENT") or EXPERIMENT
    experiment = load_experiment(Path(root) / path, os.environ.get("ULTRAGAIN_PROFILE") or None)
    recordings = os.environ.get("ULTRAGAIN_RECORDINGS")
    return experiment.with_recordings(Path(root) / recordings) if recordings else experiment


def open_book():
    """Results of the experiment that the book is built for.

    A damaged run is left out; a line on the page says so.

    Returns
    -------
    Results
    """
    root = project_root()
    with warnings.catch_warnings(record=True) as notices:
        warnings.simplefilter("always")
        results = load_results(chosen_experiment(root), root)
    for notice in notices:
        if issubclass(notice.category, UserWarning):
            print(f"note: {notice.message}")
    return results


def publish(facts):
    """Make facts available to a chapter's prose, as {glue:text}`name`.

    Parameters
    ----------
    facts : dict of str to str
    """
    for name, text in facts.items():
        glue(name, text, display=False)


def published_results():
    """Published figures of the original experiments on the real devices, as `load_published` returns them."""
    return load_published(project_root())
