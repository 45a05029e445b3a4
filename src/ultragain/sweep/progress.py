"""How far trainings are: what each writes while it runs, and how long the rest will take."""

import json
import socket
import statistics
from dataclasses import dataclass, fields

import pandas as pd
import psutil

from ultragain.metrics import NOTHING_LEARNED
from ultragain.sweep import lock
from ultragain.training import runs
from ultragain.training.checkpoint import PROGRESS

# what a run takes beside training and scoring (benchmarks/startup.py): a kernel, imports, reading, saving
START_UP_SECONDS = 2.0


@dataclass(frozen=True)
class Progress:
    """What an unfinished training wrote after its last epoch.

    Attributes
    ----------
    epoch, epochs : int
        Epochs trained, and the most there may be.
    val_esr, best_val_esr : float or None
        Of the last epoch and of the best so far, as ratios; None before the first.
    best_epoch : int
        Number of the best, from 1; 0 before the first.
    seconds_per_epoch : float or None
        Median; None before the first.
    updated : str
        ISO time, UTC.
    host : str
        Where it trains.
    pid : int
    """

    epoch: int
    epochs: int
    val_esr: float | None
    best_val_esr: float | None
    best_epoch: int
    seconds_per_epoch: float | None
    updated: str
    host: str
    pid: int


def read_progress(state):
    """Progress of the training whose state is kept in a folder; None if there is nothing readable yet."""
    try:
        content = json.loads((state / PROGRESS).read_text())
        return Progress(**{field.name: content[field.name] for field in fields(Progress)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Standing:
    """Where one run of a sweep stands.

    Attributes
    ----------
    run : Run
    state : str
        done, running, unfinished, failed, damaged or waiting.
    epoch : int
        Epochs trained.
    val_esr, best_val_esr : float or None
        As in `Progress`.
    seconds_per_epoch, scoring_seconds : float or None
        The latter of a run that is done.
    epochs : int or None
        The most there may be; None where only its training knows and has not said so.
    """

    run: runs.Run
    state: str
    epoch: int = 0
    val_esr: float | None = None
    best_val_esr: float | None = None
    seconds_per_epoch: float | None = None
    scoring_seconds: float | None = None
    epochs: int | None = None

    @property
    def work(self):
        """How much its whole training is, relative to others of its sweep."""
        parameters = self.run.parameters
        return parameters.get("minutes") or parameters["epochs"] * self.run.cost

    @property
    def share(self):
        """How much of its training is over, 0 to 1."""
        return 1.0 if self.state == "done" else self.epoch / self.epochs if self.epochs else 0.0

    @property
    def has_learned_nothing(self):
        """Whether it is done, and predicts hardly better than silence would, or no numbers."""
        return self.state == "done" and not self.best_val_esr < NOTHING_LEARNED


def standings(plan, root):
    """Where every run of a plan stands, read from its folders.

    Parameters
    ----------
    plan : Plan
    root : Path
        The project's folder.

    Returns
    -------
    list of Standing
        In the order of the plan: what is to do, then what was done.
    """
    sweeps = {folder: lock.since(folder) for folder in {run.folder(root).parent for run in [*plan.to_do, *plan.done]}}
    table = []
    for run in [*plan.to_do, *plan.done]:
        folder, began = run.folder(root), sweeps[run.folder(root).parent]
        epochs = run.parameters.get("epochs")
        if run in plan.damaged:
            table.append(Standing(run, "damaged", epochs=epochs))
            continue
        if (folder / runs.RECORD).is_file():
            table.append(_finished(run, folder))
            continue
        progress, has_failed = read_progress(run.unfinished(root)), _has_failed(folder, began)
        if progress is None:
            table.append(Standing(run, "failed" if has_failed else "waiting", epochs=epochs))
            continue
        is_running = began is not None and not has_failed and not _is_gone(progress)
        table.append(
            Standing(
                run,
                "running" if is_running else "failed" if has_failed else "unfinished",
                progress.epoch,
                progress.val_esr,
                progress.best_val_esr,
                progress.seconds_per_epoch,
                epochs=progress.epochs,
            )
        )
    return table


def _finished(run, folder):
    record = json.loads((folder / runs.RECORD).read_text())
    history = pd.read_csv(folder / runs.HISTORY)
    epochs = record["epochs_trained"]
    seconds = record["seconds"]
    return Standing(
        run,
        "done",
        epochs,
        history["val_esr"].iloc[-1],
        history["val_esr"].min(),
        seconds["training"] / epochs,
        seconds["scoring"],
        run.parameters.get("epochs", epochs),
    )


def _has_failed(folder, began):
    """Whether a run failed: in the sweep that began then and is still at work, or whenever it was last tried."""
    notebook = runs.failed_notebook(folder)
    return notebook.is_file() and (began is None or notebook.stat().st_mtime >= began)


def _is_gone(progress):
    """Whether the process that wrote this is known to be dead: only its own machine can tell."""
    return progress.host == socket.gethostname() and not psutil.pid_exists(progress.pid)


def seconds_left(table, workers):
    """The most that the rest of a sweep can take, from the epochs measured so far.

    Early stopping usually ends it sooner. Trainings of other sizes are taken to last in proportion
    to their matrix products, as `Run.cost` has them, and those with a budget as long as that allows.

    Parameters
    ----------
    table : list of Standing
    workers : int

    Returns
    -------
    float or None
        None before any epoch is measured, unless there are budgets.
    """
    speeds = [row.seconds_per_epoch / row.run.cost for row in table if row.seconds_per_epoch]
    rest = [row for row in table if row.state in ("running", "waiting", "unfinished")]
    if not speeds and not (rest and all(row.run.family.has_budget for row in rest)):
        return None
    training = statistics.median(speeds or [0.0])
    scoring = statistics.median([row.scoring_seconds / _size(row) for row in table if row.scoring_seconds] or [0.0])
    left = [
        _training_left(row, training) + scoring * _size(row) + (0 if row.state == "running" else START_UP_SECONDS)
        for row in rest
    ]
    return max(sum(left) / max(workers, 1), max(left, default=0.0))


def _size(row):
    """What the time for scoring grows with; models with a budget are of one size, or nearly."""
    return 1.0 if row.run.family.has_budget else row.run.cost


def _training_left(row, speed):
    """Seconds that the rest of a run's training takes at most; `speed` is seconds an epoch at a cost of 1."""
    if row.run.family.has_budget and not row.seconds_per_epoch:
        return 60 * row.run.parameters["minutes"]
    return (row.seconds_per_epoch or speed * row.run.cost) * ((row.epochs or row.run.parameters["epochs"]) - row.epoch)
