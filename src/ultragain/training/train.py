"""Training one model."""

import contextlib
import hashlib
import importlib.metadata
import math
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ultragain.engine.constants import SOURCE
from ultragain.files import digest
from ultragain.metrics import ESR_EPSILON
from ultragain.training.checkpoint import Checkpoint, Course, interrupts_wait
from ultragain.training.runs import RECIPE

STEPS_PER_CALL = 25  # training steps between two looks back at Python


@dataclass(frozen=True)
class Trained:
    """A trained model and how it got there.

    Attributes
    ----------
    weights : list of np.ndarray
        In Keras's order, of the epoch whose `val_esr` was lowest.
    history : pd.DataFrame
        One row an epoch, from 1: loss, esr, mse, mae and the same of the validation windows with
        `val_` before the name. `loss` and `val_loss` are means of per-batch ESR, which is what
        published histories hold; `esr` and `val_esr` are one ratio over all windows.
    best_epoch : int
        Number of that epoch, from 1.
    seconds : float
        What all epochs took, those of earlier processes too.
    steps : int or None
        Training steps that the budget allowed; None where there is none.
    step_seconds : float or None
        What one was measured to take; None where it was not.
    """

    weights: list
    history: pd.DataFrame
    best_epoch: int
    seconds: float
    steps: int | None = None
    step_seconds: float | None = None


def train_model(family, parameters, weights, windows, validation, rng, callbacks=(), state=None):
    """Train one model on windows, with early stopping on `val_esr`.

    Does what Keras's `fit` would do with `EarlyStopping(monitor="val_esr", restore_best_weights=True)`;
    but many steps are one call, and validation takes larger batches, which changes no score.

    Parameters
    ----------
    family : ultragain.models.family.Family
    parameters : dict
        A run's: what the family makes a model of, and learning_rate, batch_size, patience, shuffle and
        epochs (the most to train).
    weights : list of np.ndarray
        Those to begin with, in Keras's order.
    windows, validation : Windows
    rng : np.random.Generator
        Seeds the shuffling.
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
    epochs, batch_size, context = (parameters[name] for name in ("epochs", "batch_size", "context"))
    seed = int(rng.integers(2**63))
    course = Course()
    if state is not None:
        identity = _identity(family, parameters, weights, windows, validation, seed)
        checkpoint = Checkpoint(state, identity, epochs)
        course = checkpoint.load()
        checkpoint.write_progress(course)
    model = family.model(weights, parameters)
    if course.variables:
        model.state = course.variables
    x, y, validation_audio = windows.x[..., 0], windows.y[:, 0], validation.x.ravel()
    steps = math.ceil(len(windows) / batch_size)

    def tell(event, *arguments):
        for callback in callbacks:
            getattr(callback, event)(*arguments)

    tell("set_params", {"epochs": epochs, "steps": steps})
    tell("on_train_begin")
    for epoch, row in enumerate(course.history):
        tell("on_epoch_begin", epoch)
        tell("on_epoch_end", epoch, row)
    with interrupts_wait() if state is not None else contextlib.nullcontext() as interrupted:
        while not course.is_over(epochs, parameters["patience"]):
            epoch, started = course.epoch, time.perf_counter()
            tell("on_epoch_begin", epoch)
            order = shuffled(len(windows), seed, epoch) if parameters["shuffle"] else np.arange(len(windows))
            predicted, taken = [], 0
            for batches in _calls(order, batch_size):
                predicted.append(model.learn(x, y, batches, parameters["learning_rate"]).ravel())
                taken += len(batches)
                tell("on_train_batch_end", taken - 1)
            row = scores(y[order], np.concatenate(predicted), batch_size)
            validated = scores(validation.y[:, 0], model.predict(validation_audio, hop=context), batch_size)
            course.history.append(row | {f"val_{name}": value for name, value in validated.items()})
            if course.best_epoch == course.epoch:
                course.best_weights = model.weights
            course.seconds.append(time.perf_counter() - started)
            if state is not None:
                course.variables = model.state
                checkpoint.save(course)
            tell("on_epoch_end", epoch, course.history[-1])
            if state is not None:
                checkpoint.stop_if_asked(course, interrupted.is_set())
    tell("on_train_end")
    table = pd.DataFrame(course.history, index=pd.RangeIndex(1, course.epoch + 1, name="epoch"))
    return Trained(course.best_weights, table, course.best_epoch, sum(course.seconds))


def shuffled(count, seed, epoch):
    """Order of the training windows in one epoch, np.ndarray of int: it depends on nothing but the arguments."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def scores(target, predicted, batch):
    """A row of the history: the scores of one epoch.

    Parameters
    ----------
    target, predicted : np.ndarray, shape (n_windows,)
    batch : int
        Windows a batch; the last one may be smaller.

    Returns
    -------
    dict of str to float
        loss is the mean of per-batch ESR, weighted by the batches' windows as Keras does; esr, mse
        and mae are over all windows at once.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # a training may diverge; its history shows it
        difference = target.astype(np.float64) - predicted
        error, energy = difference**2, target.astype(np.float64) ** 2
        starts = np.arange(0, len(target), batch)
        ratios = np.add.reduceat(error, starts) / (np.add.reduceat(energy, starts) + ESR_EPSILON)
        return {
            "loss": float(np.average(ratios, weights=np.diff([*starts, len(target)]))),
            "esr": float(error.sum() / (energy.sum() + ESR_EPSILON)),
            "mse": float(error.mean()),
            "mae": float(np.abs(difference).mean()),
        }


def _calls(order, batch):
    """Cut an epoch's window numbers into (steps, batch) arrays, one a call; a last, smaller batch comes alone."""
    whole = len(order) - len(order) % batch
    batches = order[:whole].reshape(-1, batch)
    for start in range(0, len(batches), STEPS_PER_CALL):
        yield batches[start : start + STEPS_PER_CALL]
    if whole < len(order):
        yield order[None, whole:]


def _identity(family, parameters, weights, windows, validation, seed):
    """Digest of everything that decides how a training goes on."""
    data = hashlib.sha256()
    for array in (*weights, windows.x, windows.y, validation.x, validation.y):
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
