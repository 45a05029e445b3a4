"""How many training steps a budget in minutes is.

A schedule that ends by the clock ends elsewhere every time. So a step is timed once on a machine, and the number of
steps that follows is kept: every run, and every repetition of it, takes as many.
"""

import json
import statistics
import time
import warnings
from pathlib import Path

from ultragain.engine.constants import SOURCE
from ultragain.engine.registers import processor_name
from ultragain.errors import UltraGainError
from ultragain.files import locked, project_root, write_json

KEPT = "step-seconds.json"  # in data/runs: times of all models that were timed on this machine
PLAN = "steps.json"  # beside the state of a training: its own number of steps
LOCK = ".step-seconds.lock"
TIMED_SECONDS, LEAST_TIMED = 3.0, 5  # s and steps that are timed at least; the median is not moved by a few slow ones
IDLE = 0.75  # of a training's cores that are at work on it while it is timed: with less, others were at work, too
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
        seconds = measured(trial(), parameters["threads"])
        return _steps(minutes, seconds), seconds
    plan = Path(state) / PLAN
    own = _read(plan)
    if own.get("of") != what:  # a training that went on with another engine would be another training
        seconds = _kept_seconds(_folder(state), what, lambda: measured(trial(), parameters["threads"]))
        own = {"of": what, "steps": _steps(minutes, seconds), "step_seconds": seconds}
        write_json(plan, own)
    return own["steps"], own["step_seconds"]


def measured(step, threads):
    """Seconds of one training step: the median of some, after the first one, which may compile.

    Warns if the machine was at work on something else meanwhile: budgets would be fewer steps than they could be.

    Parameters
    ----------
    step : callable
        Takes one, without arguments.
    threads : int
        Cores that it is to have.
    """
    step()
    seconds, work = [], time.process_time()
    while len(seconds) < LEAST_TIMED or sum(seconds) < TIMED_SECONDS:
        started = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - started)
    if (cores := (time.process_time() - work) / sum(seconds)) < IDLE * threads:
        warnings.warn(
            f"a training step was timed while other work ran: {cores:.1f} of {threads} cores were at work on it, so "
            f"budgets in minutes become fewer steps; to time it anew, remove data/runs/{KEPT} when the machine is idle",
            stacklevel=2,
        )
    return statistics.median(seconds)


def _kept_seconds(folder, what, measure):
    """Seconds of a step as kept in a folder; whoever asks first measures, and others wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / LOCK, "models could be timed beside each other"):
        kept = _read(folder / KEPT)
        if what not in kept:
            kept[what] = measure()
            write_json(folder / KEPT, kept)
        return kept[what]


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
