"""All results of an experiment, read from its runs."""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ultragain.errors import UltraGainError
from ultragain.experiment import Experiment
from ultragain.recording.load import load_recordings
from ultragain.training import runs

GRID = ["gain", "context", "units", "learning_rate"]


@dataclass(frozen=True)
class Results:
    """What an experiment's finished runs say.

    Attributes
    ----------
    experiment : Experiment
    recordings : dict of str to GainRecordings
        By gain label.
    scores : pd.DataFrame
        One row a run and riff: run, gain, context, units, learning_rate, riff, start, seconds, esr,
        mse, mae, esr_one_late.
    models : pd.DataFrame
        One row a run, indexed by its id: gain, context, units, learning_rate, epochs_trained,
        best_epoch, training_seconds, scoring_seconds, val_esr (lowest), median of each score over
        the riffs.
    histories : pd.DataFrame
        One row a run and epoch: run, epoch and the training history's columns.
    folders : dict of str to Path
        Where each run is kept.
    expected : int
        Models in the experiment's grid.
    """

    experiment: Experiment
    recordings: dict
    scores: pd.DataFrame
    models: pd.DataFrame
    histories: pd.DataFrame
    folders: dict
    expected: int

    @property
    def source(self):
        """Device, profile and coverage in a phrase: what every claim from these results rests on."""
        return (
            f"{self.experiment.device.description}, profile {self.experiment.profile}, "
            f"{len(self.models)} of {self.expected} models"
        )


def load_results(experiment, root):
    """Read the finished runs of an experiment at its profile.

    A run that is damaged is left out with a warning that names it.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.

    Returns
    -------
    Results

    Raises
    ------
    UltraGainError
        If no run is finished, or the recordings are missing or bad.
    """
    recordings = {gain: load_recordings(experiment, root, gain) for gain in experiment.gain_labels}
    grid = [run for gain in recordings for run in runs.grid_runs(experiment, gain, recordings[gain].identity)]
    scores, models, histories, folders, elsewhere = [], [], [], {}, []
    for run in grid:
        folder = run.folder(root)
        if not folder.exists():
            continue
        if problem := runs.problem_with(folder):
            warnings.warn(f"{folder.name} is left out: {problem}; `ultragain sweep` trains it again")
            continue
        record = json.loads((folder / runs.RECORD).read_text())
        if record["recordings"]["samples"] != recordings[run.parameters["gain"]].samples:
            elsewhere.append(folder.name)
        combination = {name: run.parameters[name] for name in GRID}
        score = pd.read_csv(folder / runs.METRICS)
        history = pd.read_csv(folder / runs.HISTORY)
        folders[run.id] = folder
        scores.append(score.assign(run=run.id, **combination))
        histories.append(history.assign(run=run.id))
        models.append(
            {
                "run": run.id,
                **combination,
                "epochs_trained": record["epochs_trained"],
                "best_epoch": record["best_epoch"],
            }
            | {f"{part}_seconds": record["seconds"][part] for part in ("training", "scoring")}
            | {"val_esr": history["val_esr"].min()}
            | score[["esr", "mse", "mae", "esr_one_late"]].median().to_dict()
        )
    if not models:
        raise UltraGainError(
            f"no finished runs of {experiment.title!r} at profile {experiment.profile}: run `ultragain sweep` first"
        )
    if elsewhere:
        warnings.warn(
            f"{len(elsewhere)} runs ({elsewhere[0]} the first) learnt from samples that differ from the recordings here: "
            "virtual recordings of one recipe differ by rounding between processors"
        )
    order = ["run", *GRID, "riff", "start", "seconds", "esr", "mse", "mae", "esr_one_late"]
    return Results(
        experiment=experiment,
        recordings=recordings,
        scores=pd.concat(scores, ignore_index=True)[order],
        models=pd.DataFrame(models).set_index("run"),
        histories=pd.concat(histories, ignore_index=True),
        folders=folders,
        expected=len(grid),
    )


def load_published(root):
    """Published figures of the original experiments on the real devices (see data/reference/README.md).

    Returns
    -------
    pd.DataFrame
        One row a model: experiment, gain, context, units, learning_rate, epochs_trained,
        train_seconds, test_esr_shadowlove and more.
    """
    return pd.read_csv(Path(root) / "data" / "reference" / "published-results.csv")
