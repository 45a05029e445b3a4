"""Runs: what a trained model depends on, and the folder that keeps everything it produced."""

import contextlib
import importlib.metadata
import json
import os
import platform
import shutil
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psutil

from ultragain import audio
from ultragain.engine.constants import SOURCE
from ultragain.engine.registers import processor_name
from ultragain.files import digest, file_digest, write_json
from ultragain.grid import DIMENSIONS, is_windowed
from ultragain.models.catalog import FAMILIES
from ultragain.models.keras_file import with_weights

RECIPE = 3  # raised whenever training changes what it learns from the same settings and data
RECORD, MODEL, HISTORY, METRICS, NOTEBOOK = "run.json", "model.keras", "history.csv", "metrics.csv", "training.ipynb"
UNTRAINED = "untrained.keras"
_PARTIAL = ".partial-"


@dataclass(frozen=True)
class Run:
    """One model of the grid, addressed by everything that decides what it learns and how it is scored.

    Attributes
    ----------
    device, version, profile : str
        Folders below data/runs.
    parameters : dict
        Value of every dimension of the grid, and every other setting of the training and the scoring.
    recordings : str
        Identity of the recordings (see `GainRecordings`).
    recipe : int
        `RECIPE`.
    """

    device: str
    version: str
    profile: str
    parameters: dict
    recordings: str
    recipe: int

    @property
    def key(self):
        """Hex digest of all that the run depends on."""
        return digest({"parameters": self.parameters, "recordings": self.recordings, "recipe": self.recipe})

    @property
    def id(self):
        """The run's folder name: readable, and unique through its key."""
        family = [] if is_windowed(self.family) else [self.family.name]  # the first family's runs have none
        varied = [DIMENSIONS[name] for name in self.family.dimensions]
        tags = [each.tag.format(each.text(self.parameters[each.name])) for each in varied]
        return "-".join([*family, *tags, f"s{self.parameters['seed']}", self.key[:8]])

    @property
    def family(self):
        """What kind of model it trains: a `Family`."""
        return FAMILIES[self.parameters["family"]]

    def folder(self, root):
        """Where the run is, or will be, kept below the project's folder."""
        return profile_folder(root, self.device, self.version, self.profile) / self.id

    @property
    def cost(self):
        """Relative time of one of its epochs."""
        return self.family.cost(self.parameters)

    def unfinished(self, root):
        """Where the state of its training is kept until the run is whole."""
        return profile_folder(root, self.device, self.version, self.profile) / "unfinished" / self.id

    def untrained(self, root):
        """Where its model is kept as it is before training."""
        return self.unfinished(root) / UNTRAINED


def profile_folder(root, device, version, profile):
    """Folder of all runs of one device, version and profile."""
    return Path(root) / "data" / "runs" / device / version / profile


def seed_of(name):
    """The seed in a run's folder name, or None where the name is not a run's."""
    tag = name.split("-")[-2:][0]
    return int(tag[1:]) if tag[:1] == "s" and tag[1:].isdecimal() else None


def parameters_of(experiment, combination):
    """Every setting that decides what one model of an experiment learns and how it is scored.

    Parameters
    ----------
    experiment : Experiment
    combination : dict
        Value of every dimension of the grid, by name.

    Returns
    -------
    dict
        JSON-able.
    """
    family, decides = FAMILIES[experiment.family], {}
    if is_windowed(family):  # the longest sets every context's window count
        decides["longest_context"] = max(combination["context"], *experiment.grid.contexts)
    if family.learning is not None:
        decides["learning"] = family.learning
    return {
        "family": family.name,
        **combination,
        **experiment.training.model_dump(exclude_none=True),
        **decides,
        **{name: getattr(experiment.sizes, name) for name in family.sizes},
        "test_riffs": experiment.test_riffs,
        "scored_seconds": experiment.sizes.scored_seconds,
        "sample_rate": experiment.sample_rate,
    }


def describe_run(experiment, combination, recordings):
    """The run that an experiment makes of one combination.

    Parameters
    ----------
    experiment : Experiment
    combination : dict
        Value of every dimension of the grid, by name.
    recordings : str
        Identity of the recordings at that gain.

    Returns
    -------
    Run
    """
    device, parameters = experiment.device, parameters_of(experiment, combination)
    return Run(device.name, device.version, experiment.profile, parameters, recordings, RECIPE)


@contextlib.contextmanager
def whole_folder(final):
    """Fill a folder that appears at `final` whole or not at all.

    Yields a hidden folder beside it, named after this process; it is renamed at the end, or
    removed on any error.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_folder(final)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        try:
            os.replace(partial, final)
        except OSError:
            if not final.exists():
                raise
            # another process finished the same run first
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def partial_folder(final):
    """Where a run is put together before it is whole."""
    return final.with_name(f"{_PARTIAL}{socket.gethostname()}~{os.getpid()}~{final.name}")


def is_partial(folder):
    """Whether a folder is one in which a run is put together."""
    return folder.name.startswith(_PARTIAL)


def failed_notebook(final):
    """Where the notebook of a run that failed is kept."""
    return final.parent / "failed" / final.name / NOTEBOOK


def remove_abandoned(folder):
    """Remove what killed processes of this machine left behind in a folder of runs."""
    for partial in folder.glob(f"{_PARTIAL}*"):
        host, _, rest = partial.name.removeprefix(_PARTIAL).partition("~")
        pid = rest.partition("~")[0]
        if host == socket.gethostname() and pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(partial, ignore_errors=True)


def save_run(folder, run, experiment, recordings, untrained, trained, counts, scores, predictions, seconds):
    """Write everything a run produced into `folder`, which must exist.

    Parameters
    ----------
    folder : Path
    run : Run
    experiment : Experiment
    recordings : GainRecordings
        What the model was trained and scored on.
    untrained : bytes
        Content of the `.keras` file of the model before training.
    trained : Trained
    counts : object
        How much it learned from: a dataclass whose `key` names it in the record, e.g. WindowCounts.
    scores : pd.DataFrame
        One row a riff.
    predictions : dict of str to np.ndarray
        Predicted audio of each riff, shape (n_samples,).
    seconds : dict of str to float
        Wall time of the training and of the scoring.
    """
    trained.history.to_csv(folder / HISTORY)
    scores.to_csv(folder / METRICS, index=False)
    write_predictions(folder, predictions, run.parameters["sample_rate"])
    # windowed models stay as they were published: their files' digests say whether weights repeat
    model = with_weights(untrained, trained.weights, deflate=run.family.has_budget)
    (folder / MODEL).write_bytes(model)
    budget = {} if trained.steps is None else {"steps": trained.steps, "step_seconds": trained.step_seconds}
    write_json(
        folder / RECORD,
        {
            "id": run.id,
            "key": run.key,
            "device": run.device,
            "version": run.version,
            "profile": run.profile,
            "device_description": experiment.device.description,
            "is_virtual": experiment.is_virtual,
            "parameters": run.parameters,
            "recipe": run.recipe,
            "recordings": {"identity": run.recordings, "samples": recordings.samples},
            counts.key: asdict(counts),
            **budget,
            "epochs_trained": len(trained.history),
            "best_epoch": trained.best_epoch,
            "seconds": seconds,
            "computed_with": run.family.computes_with,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": versions(),
            "sha256": checksums(folder, run.parameters["test_riffs"]),
        },
    )


def write_predictions(folder, predictions, sample_rate):
    """Write predicted audio into a run's folder, by riff: np.ndarray of shape (n_samples,) at `sample_rate` Hz."""
    for riff, predicted in predictions.items():
        # a diverged model predicts NaN; its scores show it, its audio is silence
        audible = np.nan_to_num(predicted, posinf=0, neginf=0)
        audio.write_flac(folder / "audio" / f"{riff}.flac", audible, sample_rate)


def result_files(riffs):
    """Every file that results are read from, by its path in a run's folder."""
    return [MODEL, HISTORY, METRICS, *(f"audio/{riff}.flac" for riff in riffs)]


def checksums(folder, riffs):
    """Hex SHA-256 of every file that results are read from, by its path in a run's folder."""
    return {name: file_digest(folder / name) for name in result_files(riffs)}


def versions():
    """Versions of what decides a run's numbers, and the processor it ran on."""
    packages = ("ultragain", "tensorflow", "keras", "numpy", "scipy", "numba", "llvmlite")
    return {
        "python": platform.python_version(),
        "processor": processor_name(),
        "engine": SOURCE,
        **{package: importlib.metadata.version(package) for package in packages},
    }


def problem_with(folder, files=None):
    """What is wrong with a run's folder, as a phrase; empty if the run is whole.

    Parameters
    ----------
    folder : Path
    files : sequence of str, optional
        Those that it must have, by their path in it; all that results are read from if not given.
    """
    try:
        record = json.loads((folder / RECORD).read_text())
        if not folder.name.endswith(record["key"][:8]):
            return f"{RECORD} is another run's ({record['id']}): the experiment file may have changed during the sweep"
        for name in files or result_files(record["parameters"]["test_riffs"]):
            if file_digest(folder / name) != record["sha256"][name]:
                return f"{name} is corrupt (its checksum is not the one in {RECORD})"
    except FileNotFoundError as error:
        return f"{Path(error.filename).relative_to(folder)} is missing"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"cannot be read ({error})"
    return ""


def set_aside(folder):
    """Move a damaged run's folder out of the way, into `damaged/`, and return where it is now."""
    place = folder.parent / "damaged"
    place.mkdir(exist_ok=True)
    number = 1
    while (target := place / f"{folder.name}-{number}").exists():
        number += 1
    os.replace(folder, target)
    return target
