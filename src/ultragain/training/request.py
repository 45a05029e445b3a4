"""What the training notebook is asked for, by a sweep or by hand: checked before anything is loaded."""

import contextlib
import math
import numbers
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from ultragain.errors import UltraGainError
from ultragain.experiment import Experiment, load_experiment
from ultragain.files import one_form
from ultragain.training.runs import is_partial, whole_folder


@dataclass(frozen=True)
class Request:
    """One run, as it was asked for.

    Attributes
    ----------
    settings : Experiment
    combination : dict
        Value of every dimension of its grid, by name; not only values that the experiment's grid has.
    folder : Path or None
        Where to write; None for the run's place below data/runs.
    """

    settings: Experiment
    combination: dict
    folder: Path | None

    @contextlib.contextmanager
    def place(self, run, root):
        """Write the run's files into a folder; then the training's state is removed.

        Parameters
        ----------
        run : Run
        root : Path
            The project's folder.

        Yields
        ------
        Path
            The run's place below data/runs appears whole or not at all.
        """
        if self.folder is None:
            with whole_folder(run.folder(root)) as target:
                yield target
        else:
            yield self.folder
            if is_partial(self.folder):
                return  # a sweep's: it moves the folder to the run's place first
        shutil.rmtree(run.unfinished(root), ignore_errors=True)


def read_request(root, experiment, profile="", recordings="", seed="", folder="", **combination):
    """Check the parameters of the training notebook.

    papermill makes numbers and switches of what looks like one: a gain 8, a seed 25.0. They are taken where they
    can only mean one thing.

    Parameters
    ----------
    root : Path
        The project's folder.
    experiment : path-like
        The experiment file, from the project's folder.
    profile, recordings, seed, folder
        As the notebook's first cell explains them; empty or None for the usual.
    **combination
        Value of every dimension of the experiment's grid, by name; others are ignored.

    Returns
    -------
    Request
        Its folder, if there is one, exists and can be written.

    Raises
    ------
    UltraGainError
        If a value is none that a run could have; the message names the parameter.
    """
    settings = load_experiment(root / f"{experiment}", f"{profile or ''}" or None)
    if recordings:
        place = root / f"{recordings}"
        if not place.is_dir():
            raise UltraGainError(f"recordings {recordings}: no such recordings folder")
        settings = settings.with_recordings(place)
    if seed not in ("", None):
        settings = settings.with_seed(_whole("seed", seed, least=0))
    read = {str: lambda name, value: _label(value, settings.gain_labels), int: _whole, float: _number}
    combination = {each.name: read[each.type](each.name, combination[each.name]) for each in settings.dimensions}
    return Request(settings, combination, _writable(folder) if folder else None)


def _label(value, labels):
    """The label of a gain that a value stands for."""
    text = one_form(f"{value}")
    alike = [label for label in labels if not isinstance(value, str) and _means(label, value)]
    if text not in labels and len(alike) != 1:
        raise UltraGainError(f"gain {value}: not in the experiment; it has {', '.join(labels)}")
    return text if text in labels else alike[0]


def _means(label, value):
    """Whether a label, read as a number or as YAML, is a value."""
    with contextlib.suppress(ValueError):
        if not isinstance(value, bool) and float(label) == value:
            return True
    with contextlib.suppress(ValueError, yaml.YAMLError):
        return yaml.safe_load(label) is value  # true, false, nothing
    return False


def _number(name, value):
    """A positive number."""
    number = _finite(name, value)
    if number <= 0:
        raise UltraGainError(f"{name} {value}: must be above 0")
    return float(number)


def _whole(name, value, least=1):
    number = _finite(name, value)
    if number != int(number):
        raise UltraGainError(f"{name} {value}: must be a whole number")
    if number < least:
        raise UltraGainError(f"{name} {value}: must be {least} or more")
    return int(number)


def _finite(name, value):
    """A number, int where it is written as one."""
    try:
        if isinstance(value, bool):
            raise ValueError("a switch")
        number = int(value) if isinstance(value, numbers.Integral) else float(value)
        if not math.isfinite(number):
            raise ValueError("no number")
    except (TypeError, ValueError):
        hint = ", with a point: 0.01" if "," in f"{value}" else ""
        raise UltraGainError(f"{name} {value}: must be a number{hint}") from None
    return number


def _writable(folder):
    """A folder that is there, and in which files can be written."""
    path = Path(f"{folder}").absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UltraGainError(f"folder {folder}: cannot be written ({error.strerror})") from error
    return path
