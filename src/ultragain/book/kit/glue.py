"""What every chapter begins with: the experiment that the book is built for, and its results."""

import os
import warnings
from pathlib import Path

from myst_nb import glue

from ultragain.evaluation.results import load_originals, load_results
from ultragain.experiment import load_experiment
from ultragain.files import project_root

EXPERIMENT = "experiments/dsl20h_ultragain.yaml"
PROFILE = "quick"  # minutes, where an experiment's own default may take hours


def load_for_book(path, profile=None):
    """An experiment as the book shows it: at a profile, or if none is named at `PROFILE` where the file has that.

    Parameters
    ----------
    path : path-like
    profile : str, optional

    Returns
    -------
    Experiment
    """
    experiment = load_experiment(path, profile)
    return load_experiment(path, PROFILE) if not profile and PROFILE in experiment.profiles else experiment


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
    experiment = load_for_book(Path(root) / path, os.environ.get("ULTRAGAIN_PROFILE"))
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


def originals():
    """Results of the original experiments on the real devices, as `load_originals` returns them."""
    return load_originals(project_root())
