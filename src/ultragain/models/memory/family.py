"""Models with memory: what their families have in common, whatever their layers."""

from functools import partial

import numpy as np

from ultragain.models.family import Family
from ultragain.models.memory.audio import cut
from ultragain.models.memory.learner import MemoryLearner

RUN_IN = 0.25  # s of silence before what is played: a model's state after it is that of a device at rest


def memory_family(name, noun, story, optimizer, dimensions, weights, build, source, engine, recipe, learning, network):
    """A family of models with memory.

    Parameters
    ----------
    name, noun, story, optimizer, dimensions, weights, build, source, learning
        As in `Family`. Models that `build` makes take (batch, n_samples, 1) to (batch, n_samples, 1).
    engine : callable
        (weights, parameters) -> a `ultragain.models.memory.learner.Model`.
    recipe : Recipe
    network : str
        As in `Family`.

    Returns
    -------
    Family
    """
    return Family(
        name=name,
        noun=noun,
        story=story,
        optimizer=optimizer,
        loss="ESR",
        dimensions=dimensions,
        training=("threads",),
        sizes=("steps_per_minute",),
        learning=learning,
        weights=weights,
        cost=lambda parameters: parameters["minutes"],
        build=build,
        engine=engine,
        in_keras=None,
        learns=partial(MemoryLearner, recipe),
        source=source,
        cut=partial(cut, recipe),
        play=play,
        unpredicted=lambda parameters: 0,
        network=network,
    )


def play(model, parameters):
    """A model as an effect: dry audio in, predicted audio out.

    Parameters
    ----------
    model : Model
    parameters : dict
        sample_rate, in Hz.

    Returns
    -------
    callable
        np.ndarray of shape (n_samples,) -> np.ndarray of the same shape, float32. Its option `progress` wraps the
        iteration over parts of the audio, e.g. tqdm.
    """
    silence = np.zeros(round(RUN_IN * parameters["sample_rate"]), np.float32)

    def effect(dry, progress=iter):
        (predicted,) = model.play([np.concatenate([silence, np.asarray(dry, np.float32)])], progress=progress)
        return predicted[len(silence) :]

    return effect
