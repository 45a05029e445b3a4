"""The WaveNet with a gain knob: one model for all positions of the knob, in two families.

In one of them the knob turns every layer up and down (FiLM); the other, to compare with, hears it as one more input. At
a fixed knob both are ordinary WaveNets, whose weights `at_position` gives.
"""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np

from ultragain.engine.wavenet.conditioning import HIDDEN, Film, Shift
from ultragain.engine.wavenet.layout import CHANNELS, N_WEIGHTS, from_keras, to_keras
from ultragain.models.memory import wavenet
from ultragain.models.memory.audio import cut
from ultragain.models.memory.family import memory_family, play

FULL = 10  # the knob's last position; the first is 0

STORY = """\
One model for the whole gain knob, where the others are trained at one position each. It is the WaveNet with its 23
layers, and of a second input, the knob's position, it makes for every channel of every layer {what}

It is trained at some positions of the knob, and tested at others, too, which it has never heard. While the knob stands
still, these numbers do not change, and can be multiplied into the network's own weights: then it is an ordinary
WaveNet, as quick to play and to train.
"""
OF_FILM = """a factor and a
number to add, before the rectifier bends the sum. That is FiLM {cite:p}`perez2018`: a layer of 16 units hears the knob,
and all factors and numbers are weighted sums of what it says."""
OF_CONCATENATION = """a
number to add, before the rectifier bends the sum: so much times the knob's position. That is what comes of the plainest
way to tell a network of a knob, as one more input beside the dry audio."""


def film():
    """The layers with FiLM: inputs of shapes (batch, samples, 1) and (batch, 1), the knob; output as of the first."""
    import keras
    from keras import layers

    knob = keras.Input((1,), name="knob")
    hidden = layers.Dense(HIDDEN, "tanh")(knob)

    def condition(z):
        factor = layers.Dense(CHANNELS, kernel_initializer="zeros", bias_initializer="ones")(hidden)
        shift = layers.Dense(CHANNELS, kernel_initializer="zeros")(hidden)
        scaled = layers.Multiply()([z, layers.Reshape((1, CHANNELS))(factor)])
        return layers.Add()([scaled, layers.Reshape((1, CHANNELS))(shift)])

    return wavenet.network([knob], condition)


def concatenation():
    """The layers with the knob as one more input of each: inputs and output as those of `film`."""
    import keras
    from keras import layers

    knob = keras.Input((1,), name="knob")

    def condition(z):
        shift = layers.Dense(CHANNELS, use_bias=False, kernel_initializer="zeros")(knob)
        return layers.Add()([z, layers.Reshape((1, CHANNELS))(shift)])

    return wavenet.network([knob], condition)


def knob_at(position):
    """The knob as models hear it, from -1 to 1, at a position from 0 to 10."""
    return 2 * position / FULL - 1


def at_position(family, weights, position):
    """Weights of an ordinary WaveNet that plays as a model with a knob does at a fixed position, but for rounding.

    Parameters
    ----------
    family : str
        Name of the family that the model is of.
    weights : list of np.ndarray
        Its weights, in Keras's order.
    position : float
        Of the knob, from 0 to 10.

    Returns
    -------
    list of np.ndarray, float32
        In Keras's order of family wavenet.
    """
    conditioning = CONDITIONINGS[family]
    theta = np.zeros(N_WEIGHTS + conditioning.size, np.float32)
    network, own = conditioning.split(weights)
    from_keras(network, theta[:N_WEIGHTS])
    conditioning.from_keras(own, theta[N_WEIGHTS:])
    return to_keras(conditioning.fold(theta, knob_at(position)))


def _build(conditioning, network, parameters, rng):
    """A model that is the same WaveNet at every knob: the knob's factors are one, and what it adds is zero."""
    model = network()
    ordinary, own = conditioning.split(model.get_weights())
    first = [rng.uniform(-1, 1, shape) for shape in conditioning.first]
    shapes = [weight.shape for weight in ordinary]
    model.set_weights(conditioning.join(wavenet.drawn(shapes, rng), first + own[len(first) :]))
    return model


def _fold(conditioning, weights, dry, wet):
    network, own = conditioning.split(weights)
    return conditioning.join(wavenet.fold(network, dry, wet), own)


def _cut(recipe, train, validation, parameters, rng):
    """As `ultragain.models.memory.audio.cut`, of recordings (dry, wet, position of the knob)."""
    train, validation = (
        [(dry, wet, knob_at(position)) for dry, wet, position in takes] for takes in (train, validation)
    )
    return cut(recipe, train, validation, parameters, rng)


def _play(model, parameters):
    """As `ultragain.models.memory.family.play`, at one of the device's gains."""
    knob = knob_at(parameters["gains"][parameters["gain"]])
    return play(SimpleNamespace(play=partial(model.play, knobs=[knob])), parameters)


def _family(name, noun, conditioning, network, what):
    recipe = replace(wavenet.RECIPE, fold=partial(_fold, conditioning))
    family = memory_family(
        name=name,
        noun=noun,
        story=STORY.replace("{what}", what),
        optimizer=wavenet.FAMILY.optimizer,
        dimensions=("minutes",),
        weights=lambda parameters: N_WEIGHTS + conditioning.size,
        build=partial(_build, conditioning, network),
        source=(wavenet.network, network),
        engine=lambda weights, parameters: wavenet.WaveNetModel(weights, parameters["threads"], conditioning),
        recipe=recipe,
        learning=1,
        network=wavenet.FAMILY.network,
    )
    return replace(family, training=(*family.training, "held_out"), cut=partial(_cut, recipe), play=_play)


CONDITIONINGS = {"wavenet-gain": Film(), "wavenet-gain-concatenated": Shift()}
FAMILIES = (
    _family("wavenet-gain", "WaveNet with a gain knob", CONDITIONINGS["wavenet-gain"], film, OF_FILM),
    _family(
        "wavenet-gain-concatenated",
        "WaveNet with a gain knob as an input",
        CONDITIONINGS["wavenet-gain-concatenated"],
        concatenation,
        OF_CONCATENATION,
    ),
)
