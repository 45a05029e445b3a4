"""All results of an experiment, read from its runs."""

import json
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ultragain.errors import UltraGainError
from ultragain.experiment import Experiment
from ultragain.grid import DIMENSIONS
from ultragain.recording.load import Recordings
from ultragain.training import runs

WINDOWS = ("training_windows", "validation_windows", "asked_windows")


@dataclass(frozen=True)
class Results:
    """An experiment's finished runs: scores, histories, and the recordings they are about.

    Attributes
    ----------
    experiment : Experiment
    recordings : mapping of str to GainRecordings
        By gain label; loaded when they are asked for.
    scores : pd.DataFrame
        One row a run and riff: run, the dimensions of the grid, riff, start, seconds, esr, mse,
        mae, esr_one_late.
    models : pd.DataFrame
        One row a run, indexed by its id: the dimensions of the grid, epochs_trained, best_epoch,
        training_seconds, scoring_seconds, training_windows, validation_windows and asked_windows,
        val_esr (lowest), computed_with (see `Family.computes_with`), median of each score over the riffs.
    histories : pd.DataFrame
        One row a run and epoch: run, epoch and the training history's columns.
    folders : dict of str to Path
        Where each run is kept.
    expected : int
        Models in the experiment's grid.
    samples : dict of str to str
        By run: hex digest of the samples that it learned from.
    """

    experiment: Experiment
    recordings: dict
    scores: pd.DataFrame
    models: pd.DataFrame
    histories: pd.DataFrame
    folders: dict
    expected: int
    samples: dict = field(default_factory=dict)

    @property
    def source(self):
        """Device, profile and coverage in a phrase: what every claim from these results rests on."""
        return (
            f"{self.experiment.device.description}, profile {self.experiment.profile}, "
            f"{len(self.models)} of {self.expected} models"
        )

    def samples_notice(self):
        """One line if models learned from other samples than those of the recordings here; empty otherwise.

        Loads the recordings of every gain that has models.
        """
        gains = self.models["gain"]
        others = [run for run, samples in self.samples.items() if samples != self.recordings[gains[run]].samples]
        if not others:
            return ""
        return (
            f"{len(others)} of {len(self.models)} models ({others[0]} the first) learned from samples that differ from "
            "the recordings here: virtual recordings of the same take differ by rounding between processors"
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
    recordings = Recordings(experiment, root)
    scores, models, histories, folders, samples = [], [], [], {}, {}
    for combination in experiment.combinations():
        run = runs.describe_run(experiment, combination, recordings.identity(combination["gain"]))
        folder = run.folder(root)
        if not folder.exists():
            continue
        if problem := runs.problem_with(folder):
            warnings.warn(f"{folder.name} is left out: {problem}; `ultragain sweep` trains it again", stacklevel=2)
            continue
        record = json.loads((folder / runs.RECORD).read_text())
        samples[run.id] = record["recordings"]["samples"]
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
                "computed_with": record["computed_with"],
            }
            | dict(
                zip(
                    WINDOWS,
                    (record["windows"][part] for part in ("training", "validation", "asked_training")),
                    strict=True,
                )
            )
            | {f"{part}_seconds": record["seconds"][part] for part in ("training", "scoring")}
            | {"val_esr": history["val_esr"].min()}
            | score[["esr", "mse", "mae", "esr_one_late"]].median().to_dict()
        )
    if not models:
        raise UltraGainError(
            f"no finished runs of {experiment.title!r} at profile {experiment.profile}: run `ultragain sweep` first"
        )
    order = ["run", *DIMENSIONS, "riff", "start", "seconds", "esr", "mse", "mae", "esr_one_late"]
    return Results(
        experiment=experiment,
        recordings=recordings,
        scores=pd.concat(scores, ignore_index=True)[order],
        models=pd.DataFrame(models).set_index("run"),
        histories=pd.concat(histories, ignore_index=True),
        folders=folders,
        expected=len(experiment.combinations()),
        samples=samples,
    )


def load_originals(root):
    """Results of the original experiments on the real devices (see data/reference/README.md).

    Returns
    -------
    pd.DataFrame
        One row a model: experiment, the dimensions of the grid, epochs_trained, train_seconds,
        test_esr_shadowlove and more.
    """
    return pd.read_csv(Path(root) / "data" / "reference" / "original-results.csv")
