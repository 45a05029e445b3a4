"""All results of an experiment, read from its runs."""

import json
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ultragain.errors import UltraGainError
from ultragain.experiment import Experiment
from ultragain.metrics import NOTHING_LEARNED
from ultragain.recording.load import Recordings
from ultragain.training import runs

WINDOWS = ("training_windows", "validation_windows", "asked_windows")
SCORES = ("esr", "mse", "mae", "esr_one_late")
PUBLISHED = (runs.MODEL, runs.HISTORY, runs.METRICS)  # what every published run has, besides its record


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
        training_seconds, scoring_seconds, training_windows, validation_windows and asked_windows (of
        models with a memory instead `audio_` and each of their counts, steps and step_seconds),
        val_esr (lowest), computed_with (see `Family.computes_with`), median of each score over the riffs.
    histories : pd.DataFrame
        One row a run and epoch: run, epoch and the training history's columns.
    folders : dict of str to Path
        Where each run is kept.
    expected : int
        Models in the experiment's grid.
    runs : dict of str to Run
        What each run is.
    records : dict of str to dict
        By run: what it was made of and with, as `ultragain.training.runs.save_run` writes it.
    is_published : bool
        Whether the runs are those in data/published.
    """

    experiment: Experiment
    recordings: dict
    scores: pd.DataFrame
    models: pd.DataFrame
    histories: pd.DataFrame
    folders: dict
    expected: int
    runs: dict = field(default_factory=dict)
    records: dict = field(default_factory=dict)
    is_published: bool = False

    @property
    def source(self):
        """Device, profile and coverage in a phrase: what every claim from these results rests on."""
        return (
            f"{'published run, ' if self.is_published else ''}{self.experiment.device.description}, "
            f"profile {self.experiment.profile}, {len(self.models)} of {self.expected} models"
        )

    def learned_nothing(self):
        """Ids of the runs whose lowest validation ESR is no better than `NOTHING_LEARNED`, or not a number."""
        return [run for run, lowest in self.models["val_esr"].items() if not lowest < NOTHING_LEARNED]

    def samples_notice(self):
        """One line if models learned from other samples than those of the recordings here; empty otherwise.

        Loads the recordings of every gain that has models.
        """
        gains = self.models["gain"]
        samples = {run: record["recordings"]["samples"] for run, record in self.records.items()}
        others = [run for run, digest in samples.items() if digest != self.recordings[gains[run]].samples]
        if not others:
            return ""
        return (
            f"{len(others)} of {len(self.models)} models ({others[0]} the first) learned from samples that differ from "
            "the recordings here: virtual recordings of the same take differ by rounding between processors"
        )


def load_results(experiment, root, published=None):
    """Read the finished runs of an experiment at its profile.

    A run that is damaged is left out with a warning that names it.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    published : Path, optional
        Folder of published runs to read instead of data/runs; they hold no predicted audio, or some.

    Returns
    -------
    Results

    Raises
    ------
    UltraGainError
        If no run is finished, or the recordings are missing or bad.
    """
    results = find_results(experiment, root, published)
    if results is None:
        raise UltraGainError(
            f"no finished runs of {experiment.title!r} at profile {experiment.profile}: run `ultragain sweep` first"
        )
    return results


def find_results(experiment, root, published=None):
    """What `load_results` returns, or None if no run is finished."""
    recordings = Recordings(experiment, root)
    found = _finished(experiment, root, recordings, published)
    if not found:
        return None
    scores, models, histories, records = [], [], [], {}
    for run, folder, combination in found:
        record = records[run.id] = json.loads((folder / runs.RECORD).read_text())
        score = _scores(folder / runs.METRICS)
        history = pd.read_csv(folder / runs.HISTORY)
        scores.append(score.assign(run=run.id, **combination))
        histories.append(history.assign(run=run.id))
        models.append({"run": run.id, **combination} | model_row(record, history, score))
    order = ["run", *(each.name for each in experiment.dimensions), "riff", "start", "seconds", *SCORES]
    return Results(
        experiment=experiment,
        recordings=recordings,
        scores=pd.concat(scores, ignore_index=True)[order],
        models=pd.DataFrame(models).set_index("run"),
        histories=pd.concat(histories, ignore_index=True),
        folders={run.id: folder for run, folder, _ in found},
        expected=len(experiment.combinations()),
        runs={run.id: run for run, _, _ in found},
        records=records,
        is_published=published is not None,
    )


def _scores(path):
    """A run's scores; of its riffs' names pandas would take 8 for a number, and NA for nothing."""
    nothing = {name: [""] for name in SCORES}  # what a score that is NaN is written as
    return pd.read_csv(path, dtype={"riff": str}, keep_default_na=False, na_values=nothing)


def _finished(experiment, root, recordings, published):
    """(run, its folder, its combination) of every run that is there and whole, in the grid's order."""
    found = []
    for combination in experiment.combinations():
        run = runs.describe_run(experiment, combination, recordings.identity(combination["gain"]))
        folder = published / run.id if published else run.folder(root)
        if not folder.exists():
            continue
        if problem := runs.problem_with(folder, PUBLISHED if published else None):
            again = "`ultragain publish` writes it again" if published else "`ultragain sweep` trains it again"
            warnings.warn(f"{folder.name} is left out: {problem}; {again}", stacklevel=3)
            continue
        found.append((run, folder, combination))
    return found


def model_row(record, history, score):
    """What tables of models say of one run, besides its combination.

    Parameters
    ----------
    record : dict
        The run's record.
    history, score : pd.DataFrame
        Its training history, and its scores.

    Returns
    -------
    dict
        The columns of `Results.models`.
    """
    seconds = record["seconds"]
    if windows := record.get("windows"):
        learned_from = dict(
            zip(WINDOWS, (windows[name] for name in ("training", "validation", "asked_training")), strict=True)
        )
    else:
        learned_from = {f"audio_{name}": count for name, count in record["audio"].items()}
        learned_from |= {name: record[name] for name in ("steps", "step_seconds")}
    return {
        "epochs_trained": record["epochs_trained"],
        "best_epoch": record["best_epoch"],
        "computed_with": record["computed_with"],
        **learned_from,
        "training_seconds": seconds["training"],
        "scoring_seconds": seconds["scoring"],
        "val_esr": history["val_esr"].min(),
        **score[list(SCORES)].median().to_dict(),
    }


def seeds_of(experiment, root, published=None):
    """Seeds of the runs that are there, at whatever settings: the experiment's own and those of replicates.

    Parameters
    ----------
    experiment, root, published
        As for `load_results`.

    Returns
    -------
    list of int
        In rising order.
    """
    device = experiment.device
    folder = published or runs.profile_folder(root, device.name, device.version, experiment.profile)
    found = {runs.seed_of(path.parent.name) for path in folder.glob(f"*/{runs.RECORD}")}
    return sorted(found - {None})


def load_replicates(experiment, root, published=None):
    """Results of an experiment's runs with other seeds than its own.

    Parameters
    ----------
    experiment, root, published
        As for `load_results`.

    Returns
    -------
    dict of int to Results
        By seed; without those that have no run of this grid.
    """
    others = [seed for seed in seeds_of(experiment, root, published) if seed != experiment.training.seed]
    found = {seed: find_results(experiment.with_seed(seed), root, published) for seed in others}
    return {seed: results for seed, results in found.items() if results is not None}


def load_originals(root):
    """Results of the original experiments on the real devices (see data/reference/README.md).

    Returns
    -------
    pd.DataFrame
        One row a model: experiment, the dimensions of the grid, epochs_trained, train_seconds,
        test_esr_shadowlove and more.
    """
    return pd.read_csv(Path(root) / "data" / "reference" / "original-results.csv")
