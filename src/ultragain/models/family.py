"""What a family of models is: one record that runs, sweeps, scoring and chapters use."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ultragain.engine.registers import host_registers, reason_against
from ultragain.errors import UltraGainError


@dataclass(frozen=True)
class Family:
    """A kind of model that a grid can train.

    `parameters` below is a run's dict: the value of every dimension of the grid, and every other
    setting of the training (see `ultragain.training.runs.parameters_of`).

    Attributes
    ----------
    name : str
        In experiment files and runs.
    noun : str
        For prose.
    story : str
        Markdown for the chapter that defines the model: how it works, and how many weights it has.
    optimizer, loss : str
        What it learns by, for prose and for a run's record.
    dimensions : tuple of str
        Names of the grid's dimensions that an experiment varies.
    training, sizes : tuple of str
        Keys of an experiment's sections `training` and `sizes` that this family needs besides those that all need.
    learning : int or None
        Raised whenever what it learns from the same settings and data changes; None where `training.runs.RECIPE`
        says that.
    weights : callable
        parameters -> number of trainable weights.
    cost : callable
        parameters -> relative time of one epoch: its matrix products.
    build : callable
        (parameters, rng) -> compiled keras.Model with weights drawn from the np.random.Generator. Its layers are
        Keras's own, so that its file loads without this package.
    engine : callable or None
        (weights, parameters) -> an object of the engine that learns and predicts: with the interface of
        `ultragain.engine.lstm.windowed.WindowedLSTM` in windowed families, with that of
        `ultragain.models.memory.learner.Model` in those with memory. None where Keras trains and plays. Weights are a
        list of np.ndarray in the order of `keras.Model.get_weights`, here and everywhere.
    in_keras : callable or None
        (build, weights) -> the same of Keras, for where there is no engine; build, without arguments, gives a compiled
        keras.Model. None where only the engine trains and plays.
    learns : callable
        (model, parameters, training, validation, seed) -> its `ultragain.models.learner.Learner`; model is the
        engine's or Keras's. With a budget, parameters have `steps`, the training steps to take.
    source : tuple of callable
        The functions that build it, for the chapter to show their code.
    cut : callable
        (train, validation, parameters, rng) -> training and validation data, and how much that is: a dataclass with
        `key`, its name in a run's record, and `notice`, one line if the recordings are too short for what was asked.
        Recordings are lists of (dry, wet), with the gain knob's position behind them where a model covers all gains.
        Data has `arrays`, a list of all that it is.
    play : callable
        (model, parameters) -> a function from dry audio, np.ndarray of shape (n_samples,), to
        predicted audio of the same shape, float32. It takes `progress`, which wraps its iteration over
        parts of a second or so, e.g. tqdm. Where a model covers all gains, parameters have one of them, `gain`.
    unpredicted : callable
        parameters -> samples at the beginning of the audio that have no prediction and no score.
    network : str or None
        As what kind of network other programs' files hold it (see `ultragain.formats.network`), a model of the whole
        knob at a fixed position; None where no format here does.
    """

    name: str
    noun: str
    story: str
    optimizer: str
    loss: str
    dimensions: tuple[str, ...]
    training: tuple[str, ...]
    sizes: tuple[str, ...]
    learning: int | None
    weights: Callable
    cost: Callable
    build: Callable
    engine: Callable | None
    in_keras: Callable | None
    learns: Callable
    source: tuple[Callable, ...]
    cut: Callable
    play: Callable
    unpredicted: Callable
    network: str | None = None

    def model(self, weights, parameters):
        """An object that learns and predicts: the engine's, or Keras's with the same interface.

        Raises
        ------
        UltraGainError
            If only the engine could do it, and it cannot be used here.
        """
        if self.uses_engine:
            return self.engine(weights, parameters)
        if refusal := self.refusal:
            raise UltraGainError(refusal)
        return self.in_keras(lambda: self.build(parameters, np.random.default_rng(0)), weights)

    def learner(self, weights, parameters, training, validation, seed):
        """A `Learner` of data that `cut` made, from weights to begin with; the seed decides its order."""
        return self.learns(self.model(weights, parameters), parameters, training, validation, seed)

    @property
    def covers_gains(self):
        """Whether one model is for all gains of the device: no dimension of the grid."""
        return "gain" not in self.dimensions

    @property
    def has_budget(self):
        """Whether it trains for so many minutes, not for so many epochs."""
        return "minutes" in self.dimensions

    @property
    def uses_engine(self):
        """Whether the engine trains and plays it on this machine."""
        return self.engine is not None and not reason_against()

    @property
    def refusal(self):
        """Why this machine can neither train nor play it, one line; empty if it can."""
        if self.uses_engine or self.in_keras:
            return ""
        return f"family {self.name}: {reason_against()}, and only the engine trains and plays it"

    @property
    def computes_with(self):
        """What trains and plays it on this machine, for prose, a run's record and its identity."""
        if self.uses_engine:
            return f"the engine ({host_registers().name})"
        if self.in_keras is None:
            return f"nothing, since only the engine could ({reason_against()})"
        return "Keras on TensorFlow" + (f" ({reason_against()})" if self.engine else "")
