"""How a model with memory learns: so many steps in all, and a score of the validation audio after every twentieth."""

import math
from typing import Protocol

import numpy as np

CHECKS = 20  # validations in a training: few of its minutes, and the best weights are not far from one of them
SURGE = 2.0  # a training error so many times the lowest one so far: the rate is too high
STUCK = 1.2  # so many times the one before suffice where gradients are too long as well
QUIET = 0.1  # of the training audio's mean square: an epoch that heard less does not count
MANY = 0.5  # of all updates had too long a gradient: they are many


class Model(Protocol):
    """What an engine's model with memory does.

    Attributes
    ----------
    batch : int
        Segments of a training step.
    updates : int
        Of the weights, in a training step.
    limit : float
        The longest gradient; longer ones are shortened to it.
    weights, averaged : list of np.ndarray
        In Keras's order, and their running mean; copies.
    state : list of np.ndarray
        All that learning goes on from; copies. Can be set.
    """

    batch: int
    updates: int
    limit: float
    weights: list[np.ndarray]
    averaged: list[np.ndarray]
    state: list[np.ndarray]

    def learn(self, audio, target, starts, rates, **conditions):
        """Take one training step.

        Parameters
        ----------
        audio, target : np.ndarray, shape (n_samples,), float32
            The target's RMS is 1, so its energy needs no dividing by.
        starts : np.ndarray, shape (batch,), int64
            First sample with a loss of each segment; the recipe's `lead` samples before it are there.
        rates : np.ndarray, shape (updates,)
            Learning rates.
        **conditions
            See `ultragain.models.memory.audio.Streams.conditions`; only models with a knob know any.

        Returns
        -------
        errors, norms : np.ndarray, shape (updates,)
            Sums of squared errors, each from before its update; and the gradients' norms before they were shortened.
        """

    def play(self, pieces, averaged=False, progress=iter, **conditions):
        """Outputs for pieces of audio, each from a zero state.

        Parameters
        ----------
        pieces : list of np.ndarray, shape (n_samples,) each, float32
        averaged : bool
            Whether to play with the averaged weights.
        progress : callable
            Wraps the iteration over parts of a second or so.
        **conditions
            As in `learn`, of the pieces.

        Returns
        -------
        list of np.ndarray, float32, of the same shapes
        """


class MemoryLearner:
    """A model with memory while it learns; a `Learner`. An epoch here is a twentieth of all steps.

    Where the training error surges, the rate is halved from there on. Where it is no number, learning goes back to the
    best state so far, too.

    Parameters
    ----------
    recipe : Recipe
    model : Model
    parameters : dict
        steps: training steps in all.
    streams : Streams
    pieces : Pieces
    seed : int
        Of the segments' places and order.
    """

    patience = math.inf

    def __init__(self, recipe, model, parameters, streams, pieces, seed):
        self._recipe, self._model, self._streams, self._pieces, self._seed = recipe, model, streams, pieces, seed
        self._total = parameters["steps"]
        self.epochs = min(CHECKS, self._total)
        self.steps = math.ceil(self._total / self.epochs)
        self._chosen, self._best = model.weights, model.state
        self._factor, self._before, self._lowest, self._lowest_validation = 1.0, math.inf, math.inf, math.inf

    @property
    def state(self):
        """Of the model, now and when it was best, and of the rate; copies. Can be set."""
        numbers = [self._factor, self._before, self._lowest, self._lowest_validation]
        return [np.array(numbers), *self._model.state, *(value.copy() for value in self._best)]

    @state.setter
    def state(self, state):
        numbers, *values = state
        self._factor, self._before, self._lowest, self._lowest_validation = map(float, numbers)
        half = len(values) // 2
        self._model.state, self._best = values[:half], [value.copy() for value in values[half:]]

    @property
    def weights(self):
        """In Keras's order, at the recordings' levels: the better ones of the latest epoch's last and averaged."""
        return self._recipe.fold(self._chosen, *self._streams.levels)

    def epoch(self, number, stepped):
        """Train one epoch, see `Learner.epoch`.

        Its row holds loss, esr and mse of what was trained on, each segment before its step; val_loss, val_esr, val_mse
        and val_mae; the factor of the learning rate; and the share of updates whose gradient was too long. Loss is the
        ESR.
        """
        first, last = (k * self._total // self.epochs for k in (number, number + 1))
        error, energy, samples, long = 0.0, 0.0, 0, 0
        for step in range(first, last):
            starts = self._streams.starts(self._seed, step, self._model.batch)
            errors, norms = self.take_step(step, starts)
            long += int(np.count_nonzero(~(norms <= self._model.limit)))
            if np.isfinite(errors).all():
                error += float(errors.sum())
                energy += self._streams.energy(starts)
                samples += len(starts) * self._streams.samples
            else:
                self._model.state = self._best
                self._factor /= 2
            stepped(step - first + 1)
        clipped = long / ((last - first) * self._model.updates)
        esr = error / energy if energy > 0 else math.inf
        if energy >= QUIET * samples:  # the ESR of what is quiet says little
            self._slow_down(esr, clipped)
        row = {"loss": esr, "esr": esr, "mse": error / max(1, samples) * self._pieces.level**2}
        validated = self.validate()
        row |= {"val_loss": validated["esr"], **{f"val_{name}": value for name, value in validated.items()}}
        return row | {"rate_factor": self._factor, "clipped": clipped}

    def take_step(self, step, starts=None):
        """Take a training step, numbered from 0: errors and norms as of `Model.learn`."""
        if starts is None:
            starts = self._streams.starts(self._seed, step, self._model.batch)
        updates = self._model.updates
        rates = self._factor * self._recipe.rates(step * updates, updates, self._total * updates)
        streams = self._streams
        return self._model.learn(streams.dry, streams.wet, starts, rates, **streams.conditions(starts))

    def validate(self):
        """Scores of the validation audio by the better weights, the last or the averaged ones, which are chosen."""
        pieces = self._pieces
        last, averaged = (
            pieces.scores(self._model.play(pieces.dry, each, **pieces.conditions)) for each in (False, True)
        )
        is_mean = averaged["esr"] < last["esr"]
        validated = averaged if is_mean else last
        self._chosen = self._model.averaged if is_mean else self._model.weights
        if validated["esr"] < self._lowest_validation:
            self._lowest_validation, self._best = validated["esr"], self._model.state
        return validated

    def _slow_down(self, error, clipped):
        """Halve the rate from here on if an epoch's training error is far above those before."""
        if error > SURGE * self._lowest or (error > STUCK * self._before and clipped > MANY):
            self._factor /= 2
        self._before, self._lowest = error, min(self._lowest, error)
