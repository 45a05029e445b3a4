"""What a family of models is: one record that runs, sweeps, scoring and chapters use."""

from collections.abc import Callable
from dataclasses import dataclass


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
    weights : callable
        parameters -> number of trainable weights.
    cost : callable
        parameters -> relative time of one epoch: its matrix products.
    build : callable
        (parameters, rng) -> compiled keras.Model with weights drawn from the np.random.Generator.
    source : tuple of callable
        The functions that build it, for the chapter to show their code.
    cut : callable
        (train, validation, parameters, rng) -> training and validation data, and their WindowCounts;
        recordings are lists of (dry, wet).
    play : callable
        (model, parameters) -> a function from dry audio, np.ndarray of shape (n_samples,), to
        predicted audio of the same shape, float32.
    unpredicted : callable
        parameters -> samples at the beginning of the audio that have no prediction and no score.
    save : callable
        (model, path): write a `.keras` file that loads without this package.
    """

    name: str
    noun: str
    story: str
    optimizer: str
    loss: str
    weights: Callable
    cost: Callable
    build: Callable
    source: tuple[Callable, ...]
    cut: Callable
    play: Callable
    unpredicted: Callable
    save: Callable
