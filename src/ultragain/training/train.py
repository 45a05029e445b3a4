"""Training one model."""

import contextlib
import hashlib
import math
import time
import warnings
from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from ultragain.files import digest
from ultragain.models.backend import ESR_EPSILON, outputs_of, uses_one_thread
from ultragain.training.checkpoint import Checkpoint, Course, interrupts_wait
from ultragain.training.runs import RECIPE

STEPS_PER_CALL = 25  # training steps that TensorFlow takes between two looks back at Python


@dataclass(frozen=True)
class Trained:
    """A trained model and how it got there.

    Attributes
    ----------
    model : keras.Model
        With the weights of the epoch whose `val_esr` was lowest.
    history : pd.DataFrame
        One row an epoch, from 1: loss, esr, mse, mae and the same of the validation windows with
        `val_` before the name. `loss` and `val_loss` are means of per-batch ESR, which is what
        published histories hold; `esr` and `val_esr` are one ratio over all windows.
    best_epoch : int
        Number of that epoch, from 1.
    seconds : float
        What all epochs took, those of earlier processes too.
    """

    model: keras.Model
    history: pd.DataFrame
    best_epoch: int
    seconds: float


def train_model(family, parameters, windows, validation, rng, callbacks=(), state=None):
    """Train one model on windows, with early stopping on `val_esr`.

    Does what Keras's `fit` would do with `EarlyStopping(monitor="val_esr", restore_best_weights=True)`;
    but the data stay where the computing is done, many steps are one call of TensorFlow, and validation
    takes larger batches, which changes no score.

    Parameters
    ----------
    family : ultragain.models.family.Family
    parameters : dict
        A run's: what the family builds a model from, and batch_size, patience, shuffle and epochs
        (the most to train).
    windows, validation : Windows
    rng : np.random.Generator
        Seeds the weights and the shuffling.
    callbacks : sequence of keras.callbacks.Callback
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
    if not uses_one_thread():
        warnings.warn("TensorFlow uses several threads here: weights may not repeat to the bit", stacklevel=2)
    epochs, batch_size = parameters["epochs"], parameters["batch_size"]
    model = family.build(parameters, rng)
    model.optimizer.build(model.trainable_variables)
    seed = int(rng.integers(2**63))
    course = Course()
    if state is not None:
        identity = _identity(family, parameters, windows, validation, seed)
        checkpoint = Checkpoint(state, identity, epochs)
        course = checkpoint.load()
        checkpoint.write_progress(course)
    if course.variables:
        for variable, value in zip(_variables(model), course.variables, strict=True):
            variable.assign(value)
    learn = _learner(model, windows)
    validation_x = tf.constant(validation.x)
    play = outputs_of(model, tf.TensorSpec.from_tensor(validation_x), lambda x, first, last: x[first:last])
    steps = math.ceil(len(windows) / batch_size)
    watchers = keras.callbacks.CallbackList(list(callbacks), model=model, epochs=epochs, steps=steps, verbose=0)

    watchers.on_train_begin()
    for epoch, row in enumerate(course.history):
        watchers.on_epoch_begin(epoch)
        watchers.on_epoch_end(epoch, row)
    with interrupts_wait() if state is not None else contextlib.nullcontext() as interrupted:
        while not course.is_over(epochs, parameters["patience"]):
            epoch, started = course.epoch, time.perf_counter()
            watchers.on_epoch_begin(epoch)
            order = shuffled(len(windows), seed, epoch) if parameters["shuffle"] else np.arange(len(windows))
            predicted, taken = [], 0
            for batches in _calls(order, batch_size):
                watchers.on_train_batch_begin(taken)
                predicted.append(learn(tf.constant(batches, tf.int32)).numpy().ravel())
                taken += len(batches)
                watchers.on_train_batch_end(taken - 1)
            row = scores(windows.y[order, 0], np.concatenate(predicted), batch_size)
            validated = scores(validation.y[:, 0], play(validation_x, len(validation)).numpy(), batch_size)
            course.history.append(row | {f"val_{name}": value for name, value in validated.items()})
            if course.best_epoch == course.epoch:
                course.best_weights = model.get_weights()
            course.seconds.append(time.perf_counter() - started)
            if state is not None:
                course.variables = [variable.numpy() for variable in _variables(model)]
                checkpoint.save(course)
            watchers.on_epoch_end(epoch, course.history[-1])
            if state is not None:
                checkpoint.stop_if_asked(course, interrupted.is_set())
    model.set_weights(course.best_weights)
    watchers.on_train_end()
    table = pd.DataFrame(course.history, index=pd.RangeIndex(1, course.epoch + 1, name="epoch"))
    return Trained(model, table, course.best_epoch, sum(course.seconds))


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


def _learner(model, windows):
    """A compiled function that takes training steps: window numbers (steps, batch) -> outputs of the same shape."""
    x, y = tf.constant(windows.x), tf.constant(windows.y)
    weights = model.trainable_variables

    def one_step(chosen):
        with tf.GradientTape() as tape:
            predicted = model(tf.gather(x, chosen), training=True)
            loss = model.loss(tf.gather(y, chosen), predicted)
        model.optimizer.apply(tape.gradient(loss, weights), weights)
        return predicted[:, 0]

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
    def learn(batches):
        return tf.map_fn(one_step, batches, fn_output_signature=tf.float32, parallel_iterations=1)

    return learn


def _calls(order, batch):
    """Cut an epoch's window numbers into (steps, batch) arrays, one a call; a last, smaller batch comes alone."""
    whole = len(order) - len(order) % batch
    batches = order[:whole].reshape(-1, batch)
    for start in range(0, len(batches), STEPS_PER_CALL):
        yield batches[start : start + STEPS_PER_CALL]
    if whole < len(order):
        yield order[None, whole:]


def _variables(model):
    return [*model.variables, *model.optimizer.variables]


def _identity(family, parameters, windows, validation, seed):
    """Digest of everything that decides how a training goes on."""
    data = hashlib.sha256()
    for array in (windows.x, windows.y, validation.x, validation.y):
        data.update(f"{array.shape}{array.dtype}".encode())
        data.update(np.ascontiguousarray(array))
    return digest(
        {
            "recipe": RECIPE,
            "versions": [keras.__version__, tf.__version__],
            "data": data.hexdigest(),
            "family": family.name,
            "parameters": parameters,
            "seed": seed,
        }
    )
