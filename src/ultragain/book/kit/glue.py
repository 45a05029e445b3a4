"""What every chapter begins with: the experiment that the book is built for, and its results."""

import os
import warnings
from pathlib import Path

from matplotlib_inline.backend_inline import set_matplotlib_formats
from myst_nb import glue

from ultragain.errors import UltraGainError
from ultragain.evaluation.results import find_results, load_originals, load_replicates, load_results
from ultragain.experiment import load_experiment
from ultragain.files import project_root
from ultragain.publishing.store import (
    load_published,
    load_published_replicates,
    published_experiments,
    published_grids,
    published_profile,
)
from ultragain.recording.layout import recordings_folder

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
    """The experiment that the book is built for, as this machine trains it.

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
    experiment = load_for_book(chosen_file(root), os.environ.get("ULTRAGAIN_PROFILE"))
    recordings = os.environ.get("ULTRAGAIN_RECORDINGS")
    return experiment.with_recordings(Path(root) / recordings) if recordings else experiment


def chosen_file(root):
    """The file of that experiment, Path."""
    return Path(root) / (os.environ.get("ULTRAGAIN_EXPERIMENT") or EXPERIMENT)


def has_own_recordings():
    """Whether the book is about a reader's own recordings, in a folder that the environment names."""
    return bool(os.environ.get("ULTRAGAIN_RECORDINGS"))


def is_site():
    """Whether the book is built from what is published alone, whatever this machine has trained."""
    return bool(os.environ.get("ULTRAGAIN_SITE"))


def published_run(path, root):
    """Results of an experiment's published runs.

    Parameters
    ----------
    path : path-like
        The experiment file.
    root : Path
        The project's folder.

    Returns
    -------
    Results or None
        At the published profile; None if nothing of the experiment is published.
    """
    profile = published_profile(root, path)
    return load_published(load_experiment(path, profile), root) if profile else None


def open_book():
    """Results that the book shows: the published ones of its experiment, or else what this machine has trained.

    A damaged run is left out; a line on the page says so.

    Returns
    -------
    Results

    Raises
    ------
    UltraGainError
        If there are no runs, or the published ones are about recordings that this machine has not made.
    """
    _draw_sharply()
    root = project_root()
    published = None if has_own_recordings() else _noting(lambda: published_run(chosen_file(root), root))
    if published and not recordings_folder(published.experiment, root).is_dir():
        raise UltraGainError(
            f"{published.experiment.title}: its recordings are not made yet: "
            f"run `make site EXPERIMENT={chosen_file('')}`"
        )
    return published or _noting(lambda: load_results(chosen_experiment(root), root))


def _draw_sharply():
    set_matplotlib_formats("svg", bbox_inches=None)  # sharp at any size, and exactly as wide as it was drawn


def open_beside(results=None):
    """The windowed models that those with memory are compared with.

    Parameters
    ----------
    results : Results, optional
        What `open_book` returned, if it was called already.

    Returns
    -------
    (Experiment, Results or None)
        The book's; in a book about a reader's own recordings the published ones of the usual experiment, with which
        the published models with memory belong together.

    Raises
    ------
    UltraGainError
        As `open_book`.
    """
    root = project_root()
    if not (has_own_recordings() and (root / EXPERIMENT).is_file()):
        results = results or open_book()
        return results.experiment, results
    _draw_sharply()
    published = _noting(lambda: published_run(root / EXPERIMENT, root))
    return (published.experiment if published else load_for_book(root / EXPERIMENT)), published


def published_memory(device):
    """Results of the published models with memory of a device, a model for each of its gains.

    Parameters
    ----------
    device : Device
        With the gains that are looked at: experiments with others, and models of all gains, are left out.

    Returns
    -------
    list of Results
        Every family's own seed, then its replicates; without those that have no runs.
    """
    return [
        each
        for each in published_with_memory(device)
        if not each.experiment.covers_gains and each.experiment.device.gains == device.gains
    ]


def published_with_memory(device):
    """Results of all published models with memory of a device: at whatever gains, and of the whole knob.

    Parameters
    ----------
    device : Device

    Returns
    -------
    list of Results
        Every family's own seed, then its replicates; without those that have no runs.
    """
    grids = _noting(lambda: published_grids(project_root(), device))
    return [each for each in grids if not each.experiment.is_windowed]


def replicates(results):
    """Runs of the same experiment with other seeds, from where `results` are from, dict of int to Results."""
    load = load_published_replicates if results.is_published else load_replicates
    return load(results.experiment, project_root())


def other_published(results):
    """Results of the published windowed experiments on other devices than that of `results`, list of Results."""
    root, shown = project_root(), results.experiment.device
    others = [each for each in published_experiments(root) if each.is_windowed and each.device != shown]
    return [found for each in others if (found := load_published(each, root))]


def trained_here():
    """Results of what this machine has trained for the book; None if it has not, or it is built without them."""
    root = project_root()
    return None if is_site() else _noting(lambda: find_results(chosen_experiment(root), root))


def _noting(load):
    """What `load()` returns; its warnings are printed."""
    with warnings.catch_warnings(record=True) as notices:
        warnings.simplefilter("always")
        results = load()
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
