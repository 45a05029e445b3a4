"""Recurrent models with a window: what they have in common, whatever their recurrent layer.

Keras and TensorFlow take seconds and 500 MiB to load, so whatever needs them imports them when it is
called. A run on the engine needs neither.
"""

from functools import partial

import numpy as np

from ultragain.engine.registers import reason_against
from ultragain.models import windowing
from ultragain.models.family import Family

WINDOWS_PER_CALL = 2**14  # 0.4 s of audio: half a second at most between two looks back at Python


def windowed(name, noun, story, layer_weights, layer, engine=None):
    """A family of windowed models: windows of one channel -> recurrent layer -> Dense(1).

    Parameters
    ----------
    name, noun, story : str
        As in `Family`.
    layer_weights : callable
        units -> trainable weights of the recurrent layer.
    layer : callable
        units -> the stock Keras layer. It returns its last output, shape (batch, units).
    engine : type, optional
        The engine's class for such models, with the interface of `WindowedLSTM`; without one, Keras trains and plays
        them.

    Returns
    -------
    Family
    """
    model = partial(_model, engine, partial(build, layer))
    return Family(
        name=name,
        noun=noun,
        story=story,
        optimizer="Adam",
        loss="ESR",
        weights=lambda parameters: layer_weights(parameters["units"]) + parameters["units"] + 1,
        # the products of every time step; 100 stands for what does not grow with the square of the units
        cost=lambda parameters: parameters["context"] * parameters["units"] * (parameters["units"] + 100),
        build=partial(build, layer),
        source=(stack, build),
        has_engine=engine is not None,
        cut=windowing.cut,
        model=model,
        play=partial(play, model),
        unpredicted=lambda parameters: parameters["context"] - 1,
    )


def build(layer, parameters, rng):
    """A compiled model: windows of one channel -> recurrent layer -> Dense(1), Adam, ESR loss.

    Parameters
    ----------
    layer : callable
        units -> the recurrent Keras layer.
    parameters : dict
        context (samples), units, learning_rate.
    rng : np.random.Generator
        Seeds Keras, and so the initial weights.

    Returns
    -------
    keras.Model
        Input shape (batch, context, 1), output shape (batch, 1).
    """
    import keras

    from ultragain.models.keras_model import esr_loss

    keras.utils.set_random_seed(int(rng.integers(2**31)))
    model = stack(layer(parameters["units"]), parameters["context"])
    model.compile(optimizer=keras.optimizers.Adam(parameters["learning_rate"]), loss=esr_loss)
    return model


def stack(layer, context):
    """The layers of a windowed model: input of shape (batch, context, 1), recurrent layer, one linear unit."""
    import keras

    return keras.Sequential([keras.Input((context, 1), name="dry"), layer, keras.layers.Dense(1, name="wet")])


def _model(engine, build, weights, parameters):
    if engine is not None and not reason_against():
        return engine(weights, parameters["context"])

    from ultragain.models.keras_model import KerasModel

    return KerasModel(lambda: build(parameters, np.random.default_rng()), weights)


def play(model, weights, parameters):
    """A model as an effect: dry audio in, predicted audio out.

    Every sample from the `context`-th on is predicted from its own window, as in training. Windows
    are cut from the audio some at a time, so memory does not grow with its length.

    Parameters
    ----------
    model : callable
        (weights, parameters) -> an object that predicts, as in `Family`.
    weights : list of np.ndarray
        In Keras's order.
    parameters : dict
        context, in samples.

    Returns
    -------
    callable
        np.ndarray of shape (n_samples,) -> np.ndarray of the same shape, float32. The first
        context - 1 samples are zero: no whole window ends on them.
    """
    player, before = model(weights, parameters), parameters["context"] - 1

    def effect(dry):
        dry = np.asarray(dry, np.float32)
        predicted = np.zeros(len(dry), np.float32)
        for start in range(0, len(dry) - before, WINDOWS_PER_CALL):
            part = player.predict(dry[start : start + WINDOWS_PER_CALL + before], hop=1)
            predicted[start + before :][: len(part)] = part
        return predicted

    return effect
