"""Finished runs by their name, or the best of them."""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ultragain.errors import UltraGainError
from ultragain.evaluation.results import PUBLISHED
from ultragain.grid import is_windowed
from ultragain.models.catalog import FAMILIES
from ultragain.training import runs

PLACES = ("data/runs/*/*/*", "data/published/*/*/runs")  # what this machine has trained comes first


@dataclass(frozen=True)
class Finished:
    """A run whose model and scores are there.

    Attributes
    ----------
    folder : Path
    record : dict
        What `ultragain.training.runs.save_run` wrote of it.
    """

    folder: Path
    record: dict

    @property
    def parameters(self):
        """Every setting of the training."""
        return self.record["parameters"]

    @property
    def family(self):
        """Its `ultragain.models.family.Family`."""
        return FAMILIES[self.parameters["family"]]

    def scores(self, gain):
        """Rows of its scores at one gain, a pd.DataFrame."""
        scores = pd.read_csv(self.folder / runs.METRICS, dtype={"riff": str, "gain": str}, keep_default_na=False)
        return scores[scores["gain"] == gain] if "gain" in scores else scores


def find_run(name, root):
    """A finished run.

    Parameters
    ----------
    name : str
        Its folder, or its id in data/runs or data/published.
    root : Path
        The project's folder.

    Returns
    -------
    Finished

    Raises
    ------
    UltraGainError
        If there is none, or it is damaged.
    """
    folder = Path(name)
    if not (folder / runs.RECORD).is_file():
        folders = {each.name: each for each in reversed(_folders(root))}
        if name not in folders:
            near = difflib.get_close_matches(name, folders, 1, 0.5)
            hint = f"; did you mean {near[0]}?" if near else ": `ultragain sweep` trains some, or name a run's folder"
            raise UltraGainError(f"{name}: no finished run has this id in data/runs or data/published{hint}")
        folder = folders[name]
    if problem := runs.problem_with(folder, PUBLISHED):
        raise UltraGainError(f"{folder}: {problem}")
    return Finished(folder, json.loads((folder / runs.RECORD).read_text()))


def best_run(wanted, device, profile, root, suits=lambda finished: True):
    """The run of one device with the lowest mean ESR over its test riffs.

    Parameters
    ----------
    wanted : dict of str to str
        Settings that it must have, e.g. gain High, as they are written on the command line; of windowed models only
        where family says so.
    device : ultragain.experiment.Device
    profile : str
    root : Path
        The project's folder.
    suits : callable
        Finished -> whether it is asked about.

    Returns
    -------
    Finished

    Raises
    ------
    UltraGainError
        If there is none.
    """
    found = []
    for folder in _folders(root):
        record = json.loads((folder / runs.RECORD).read_text())
        finished = Finished(folder, record)
        if (record["device"], record["version"], record["profile"]) != (device.name, device.version, profile):
            continue
        if is_windowed(finished.family) and "family" not in wanted:
            continue
        if all(f"{finished.parameters.get(name)}" == value for name, value in wanted.items()) and suits(finished):
            found.append((finished.scores(wanted.get("gain"))["esr"].mean(), finished))
    if not found:
        told = ", ".join(f"{name}={value}" for name, value in wanted.items())
        raise UltraGainError(
            f"--best {told}: no finished run of {device.name}/{device.version} at profile {profile} is like that"
        )
    _, best = min(found, key=lambda each: each[0])
    return find_run(best.folder, root)


def _folders(root):
    return sorted(path.parent for place in PLACES for path in Path(root).glob(f"{place}/*/{runs.RECORD}"))
