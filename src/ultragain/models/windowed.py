"""Recurrent models with a window: what they have in common, whatever their recurrent layer.

Keras and TensorFlow take seconds to load, so whatever needs them imports them when it is called: a
run on the engine needs neither.
"""

from functools import partial

import numpy as np

from ultragain.models import windowing
from ultragain.models.family import Family
from ultragain.models.windowed_learner import WindowedLearner

WINDOWS_PER_CALL = 2**14  # 0.4 s of audio: about a second at most between two looks back at Python


def windowed(name, noun, story, layer_weights, layer, engine=None, network=None):
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
        The engine's class for such models, with the interface of `WindowedLSTM`.
    network : str, optional
        As in `Family`.

    Returns
    -------
    Family
    """
    return Family(
        name=name,
        noun=noun,
        story=story,
        optimizer="Adam",
        loss="ESR",
        dimensions=("gain", "context", "units", "learning_rate"),
        training=("batch_size", "patience", "shuffle"),
        sizes=("training_windows", "epochs"),
        learning=None,
        weights=lambda parameters: layer_weights(parameters["units"]) + parameters["units"] + 1,
        # the products of every time step; 100 stands for what does not grow with the square of the units
        cost=lambda parameters: parameters["context"] * parameters["units"] * (parameters["units"] + 100),
        build=partial(build, layer),
        source=(stack, build),
        engine=engine and (lambda weights, parameters: engine(weights, parameters["context"])),
        in_keras=_in_keras,
        learns=WindowedLearner,
        cut=windowing.cut,
        play=play,
        unpredicted=lambda parameters: parameters["context"] - 1,
        network=network,
    )


def _in_keras(build, weights):
    from ultragain.models.keras_model import KerasModel

    return KerasModel(build, weights)


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


def play(model, parameters):
    """A model as an effect: dry audio in, predicted audio out.

    Every sample from the `context`-th on is predicted from its own window, as in training. Windows
    are cut from the audio some at a time, so memory does not grow with its length.

    Parameters
    ----------
    model : object
        The engine's or Keras's, see `Family.model`.
    parameters : dict
        context, in samples.

    Returns
    -------
    callable
        np.ndarray of shape (n_samples,) -> np.ndarray of the same shape, float32. The first
        context - 1 samples are zero: no whole window ends on them. Its option `progress` wraps the
        iteration over the parts, e.g. tqdm.
    """
    before = parameters["context"] - 1

    def effect(dry, progress=iter):
        dry = np.asarray(dry, np.float32)
        predicted = np.zeros(len(dry), np.float32)
        for start in progress(range(0, len(dry) - before, WINDOWS_PER_CALL)):
            part = model.predict(dry[start : start + WINDOWS_PER_CALL + before], hop=1)
            predicted[start + before :][: len(part)] = part
        return predicted

    return effect
