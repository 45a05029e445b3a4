"""How many training steps a budget in minutes is.

A schedule that ends by the clock ends elsewhere every time. So a step is timed once on a machine, and the number of
steps that follows is kept: every run, and every repetition of it, takes as many.
"""

import json
import statistics
import time
from pathlib import Path

from filelock import FileLock

from ultragain.engine.constants import SOURCE
from ultragain.engine.registers import processor_name
from ultragain.errors import UltraGainError
from ultragain.files import project_root, write_json

KEPT = "step-seconds.json"  # in data/runs: times of all models that were timed on this machine
PLAN = "steps.json"  # beside the state of a training: its own number of steps
LOCK = ".step-seconds.lock"
TIMED_SECONDS, LEAST_TIMED = 3.0, 5  # s and steps that are timed at least; the median is not moved by a few slow ones
VALIDATION_SHARE = 0.05  # of the budget, for the validations


def planned_steps(family, parameters, trial, state=None):
    """How many training steps a run's budget is.

    Parameters
    ----------
    family : ultragain.models.family.Family
    parameters : dict
        A run's: minutes, threads, steps_per_minute (None where a step is to be timed).
    trial : callable
        Without arguments; returns a callable that takes one training step, on a model of its own.
    state : path-like, optional
        Folder of the training's state, which keeps its number of steps. Times are kept in data/runs of the project that
        it is in.

    Returns
    -------
    (int, float or None)
        Steps, at least 1; and seconds of one, None with steps_per_minute.

    Raises
    ------
    UltraGainError
        If the disk knows no file locks.
    """
    minutes, per_minute = parameters["minutes"], parameters.get("steps_per_minute")
    if per_minute:
        return max(1, round(minutes * per_minute)), None
    what = _description(family, parameters)
    if state is None:
        seconds = measured(trial())
        return _steps(minutes, seconds), seconds
    plan = Path(state) / PLAN
    own = _read(plan)
    if own.get("of") != what:  # a training that went on with another engine would be another training
        seconds = _kept_seconds(_folder(state), what, trial)
        own = {"of": what, "steps": _steps(minutes, seconds), "step_seconds": seconds}
        write_json(plan, own)
    return own["steps"], own["step_seconds"]


def measured(step):
    """Seconds of one training step: the median of some, after the first one, which may compile.

    Parameters
    ----------
    step : callable
        Takes one, without arguments.
    """
    step()
    seconds = []
    while len(seconds) < LEAST_TIMED or sum(seconds) < TIMED_SECONDS:
        started = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _kept_seconds(folder, what, trial):
    """Seconds of a step as kept in a folder; whoever asks first measures, and others wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, preserve_lock_file=True):
            kept = _read(folder / KEPT)
            if what not in kept:
                kept[what] = measured(trial())
                write_json(folder / KEPT, kept)
            return kept[what]
    except OSError as error:
        if error.filename is not None:  # a file could not be opened
            raise
        raise UltraGainError(
            f"{folder}: this disk does not support file locks ({error.strerror}), and without them models could be "
            "timed beside each other: keep the project on another one"
        ) from error


def _steps(minutes, seconds):
    return max(1, round(60 * minutes * (1 - VALIDATION_SHARE) / seconds))


def _description(family, parameters):
    """Everything that decides how long a step takes, as one line."""
    return (
        f"{family.name}, {family.weights(parameters):,} weights, learning {family.learning}, "
        f"{parameters['threads']} threads, {processor_name()}, engine {SOURCE}"
    )


def _folder(state):
    """data/runs of the project that a state is in; the folder that it is in where that is no project."""
    try:
        return project_root(state) / "data" / "runs"
    except UltraGainError:
        return Path(state).parent


def _read(path):
    """A JSON object from a file; an empty one if there is none, or it is damaged."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
