"""How a windowed model learns: batches of windows in a new order every epoch, and one score over the validation's."""

import math

import numpy as np

from ultragain.metrics import ESR_EPSILON

STEPS_PER_CALL = 25  # training steps between two looks back at Python


class WindowedLearner:
    """A windowed model while it learns; a `Learner`.

    Does what Keras's `fit` would do; but many steps are one call, and validation takes larger batches, which changes no
    score.

    Parameters
    ----------
    model : object
        The engine's or Keras's, see `Family.model`.
    parameters : dict
        A run's: context, learning_rate, batch_size, patience, shuffle and epochs (the most to train).
    windows, validation : Windows
    seed : int
        Of the shuffling.
    """

    def __init__(self, model, parameters, windows, validation, seed):
        self.epochs, self.patience = parameters["epochs"], parameters["patience"]
        self.steps = math.ceil(len(windows) / parameters["batch_size"])
        self._model, self._parameters, self._seed = model, parameters, seed
        self._x, self._y = windows.x[..., 0], windows.y[:, 0]
        self._validation_audio, self._validation_y = validation.x.ravel(), validation.y[:, 0]

    @property
    def state(self):
        """The model's and the optimizer's; copies. Can be set."""
        return self._model.state

    @state.setter
    def state(self, state):
        self._model.state = state

    @property
    def weights(self):
        """In Keras's order; copies."""
        return self._model.weights

    def epoch(self, number, stepped):
        """Train one epoch, see `Learner.epoch`; its row is `scores` of training, and of validation after `val_`."""
        context, batch, rate = (self._parameters[name] for name in ("context", "batch_size", "learning_rate"))
        count = len(self._y)
        order = shuffled(count, self._seed, number) if self._parameters["shuffle"] else np.arange(count)
        predicted, taken = [], 0
        for batches in _calls(order, batch):
            predicted.append(self._model.learn(self._x, self._y, batches, rate).ravel())
            taken += len(batches)
            stepped(taken)
        row = scores(self._y[order], np.concatenate(predicted), batch)
        validated = scores(self._validation_y, self._model.predict(self._validation_audio, hop=context), batch)
        return row | {f"val_{name}": value for name, value in validated.items()}


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
