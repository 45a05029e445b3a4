"""Training one model."""

import contextlib
import hashlib
import importlib.metadata
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ultragain.engine.constants import SOURCE
from ultragain.files import digest
from ultragain.training.budget import planned_steps
from ultragain.training.checkpoint import Checkpoint, Course, interrupts_wait
from ultragain.training.runs import RECIPE


@dataclass(frozen=True)
class Trained:
    """A trained model and how it got there.

    Attributes
    ----------
    weights : list of np.ndarray
        In Keras's order, of the epoch whose `val_esr` was lowest.
    history : pd.DataFrame
        One row an epoch, from 1: what the family's learner tells of it. esr and val_esr, each one ratio over all that
        was heard, are of every family.
    best_epoch : int
        Number of that epoch, from 1.
    seconds : float
        What all epochs took, those of earlier processes too.
    steps : int or None
        Training steps that a budget in minutes was made of; None for a family without one.
    step_seconds : float or None
        What one of them was measured to take; None without a budget, or where the experiment says how many it has.
    """

    weights: list
    history: pd.DataFrame
    best_epoch: int
    seconds: float
    steps: int | None = None
    step_seconds: float | None = None


def train_model(family, parameters, weights, training, validation, rng, callbacks=(), state=None):
    """Train one model, and keep the weights of the epoch with the lowest `val_esr`.

    Stops early as Keras's `EarlyStopping(monitor="val_esr", restore_best_weights=True)` does.

    Parameters
    ----------
    family : ultragain.models.family.Family
    parameters : dict
        A run's: what the family makes a model of, and what it learns by.
    weights : list of np.ndarray
        Those to begin with, in Keras's order.
    training, validation : object
        Data as the family cuts it.
    rng : np.random.Generator
        Seeds the order in which data is heard.
    callbacks : sequence of ultragain.training.live.Callback
        To watch the training. They are also told of the epochs that an earlier process trained.
    state : path-like, optional
        Folder that keeps the state of the training after every epoch (see `Checkpoint`). If it holds
        one of this very training, the training goes on from there and ends with the same weights, bit
        for bit, as one that was never interrupted.

    Returns
    -------
    Trained

    Raises
    ------
    TrainingStopped
        With `state` only: on Ctrl-C, or if a file `stop` appears beside the folder, after an epoch.
    """
    seed = int(rng.integers(2**63))
    steps, step_seconds = None, None
    if family.has_budget:

        def trial():
            learner = family.learner(weights, parameters | {"steps": 1}, training, validation, seed)
            return lambda: learner.take_step(0)

        steps, step_seconds = planned_steps(family, parameters, trial, state)
        parameters = parameters | {"steps": steps}
    learner = family.learner(weights, parameters, training, validation, seed)
    course = Course()
    if state is not None:
        identity = _identity(family, parameters, [*weights, *training.arrays, *validation.arrays], seed)
        checkpoint = Checkpoint(state, identity, learner.epochs)
        course = checkpoint.load()
        checkpoint.write_progress(course)
    if course.variables:
        learner.state = course.variables

    def tell(event, *arguments):
        for callback in callbacks:
            getattr(callback, event)(*arguments)

    tell("set_params", {"epochs": learner.epochs, "steps": learner.steps})
    tell("on_train_begin")
    for epoch, row in enumerate(course.history):
        tell("on_epoch_begin", epoch)
        tell("on_epoch_end", epoch, row)
    with interrupts_wait() if state is not None else contextlib.nullcontext() as interrupted:
        while not course.is_over(learner.epochs, learner.patience):
            epoch, started = course.epoch, time.perf_counter()
            tell("on_epoch_begin", epoch)
            course.history.append(learner.epoch(epoch, lambda taken: tell("on_train_batch_end", taken - 1)))
            if course.best_epoch == course.epoch:
                course.best_weights = learner.weights
            course.seconds.append(time.perf_counter() - started)
            if state is not None:
                course.variables = learner.state
                checkpoint.save(course)
            tell("on_epoch_end", epoch, course.history[-1])
            if state is not None:
                checkpoint.stop_if_asked(course, interrupted.is_set())
    tell("on_train_end")
    table = pd.DataFrame(course.history, index=pd.RangeIndex(1, course.epoch + 1, name="epoch"))
    return Trained(course.best_weights, table, course.best_epoch, sum(course.seconds), steps, step_seconds)


def _identity(family, parameters, arrays, seed):
    """Digest of everything that decides how a training goes on: `arrays` are all weights and data."""
    data = hashlib.sha256()
    for array in arrays:
        data.update(f"{array.shape}{array.dtype}".encode())
        data.update(np.ascontiguousarray(array))
    packages = ("numba", "llvmlite") if family.uses_engine else ("keras", "tensorflow")
    return digest(
        {
            "recipe": RECIPE,
            "computes with": family.computes_with,
            "versions": [importlib.metadata.version(package) for package in packages],
            "engine": SOURCE if family.uses_engine else "",
            "data": data.hexdigest(),
            "family": family.name,
            "parameters": parameters,
            "seed": seed,
        }
    )
