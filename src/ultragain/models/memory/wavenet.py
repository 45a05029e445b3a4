"""The WaveNet: dilated convolutions that hear the last 144 ms, in the shape that Neural Amp Modeler calls A2."""

import math

import numpy as np

from ultragain.engine.wavenet.layout import (
    BEFORE,
    CHANNELS,
    DILATIONS,
    HEAD_SCALE,
    HEAD_TAPS,
    KERNELS,
    N_WEIGHTS,
    SLOPE,
)
from ultragain.engine.wavenet.model import WaveNet
from ultragain.models.memory.family import memory_family
from ultragain.models.memory.recipe import Recipe, linear

STORY = """\
A WaveNet {cite:p}`oord2016` has no state. It looks back: every output depends on the last 6,347 samples, 144 ms at
44.1 kHz. 23 layers do that with few weights. In each one a convolution adds up some samples of the layer before it, six
or fifteen of them, that lie 1, 3, 7, 17, 41, 101 or 239 samples apart; a leaky rectifier bends the sum; and what comes
out is added to what the next layer hears. The prediction is one last convolution, over the sum of all layers'
outputs.

Its shape, 8 channels and these distances, is the one that Neural Amp Modeler {cite:p}`nam` trains since its
version 0.13. Plug-ins play it, and every audio sample costs the same few products, side by side in time, which is
what processors are good at.

It learns with SOAP {cite:p}`vyas2024`: as with Adam each weight has its own step, but in the axes in which a layer's
gradients vary, not in those in which its weights happen to be written down.
"""

# Validation ESR after the steps of two minutes on one core, virtual preamp at gain 8, one seed each: 0.271 % as it
# stands; 0.280 % with segments of 1,044 samples, 0.281 % with two in a step, 0.271 % with a LEVEL of 1.
OUTPUTS = 176 * 48 - BEFORE  # samples of a segment with a loss: with those before them whole tiles of any processor
LIMIT = 0.1  # of the gradient's norm: most are longer, so that steps are of like size
DECAY = 0.999  # of the averaged weights' memory, a step; less at first
LEVEL = 0.1  # RMS of the dry audio


def fold(weights, dry, wet):
    """Levels folded into weights, see `Recipe.fold`."""
    rechannel, *layers, head, constant = weights
    # after rechannel come the layers' conv, bias, mixin, one and constant; the last layer has no one
    heard = [part / np.float32(dry) if number % 5 == 2 else part for number, part in enumerate(layers)]
    return [rechannel / np.float32(dry), *heard, head * np.float32(wet), constant * np.float32(wet)]


class WaveNetModel:
    """The engine's WaveNet, with the interface of `ultragain.models.memory.learner.Model`.

    Parameters
    ----------
    weights : list of np.ndarray
        In Keras's order.
    threads : int
        As many segments make a training step: more would share its gradient, and steps would be fewer.
    conditioning : ultragain.engine.wavenet.conditioning.Conditioning, optional
        Of a model with a knob.
    """

    updates, limit = 1, LIMIT

    def __init__(self, weights, threads, conditioning=None):
        self.batch, self._net = threads, WaveNet(weights, OUTPUTS, threads, threads, conditioning)

    @property
    def weights(self):
        """In Keras's order; copies."""
        return self._net.weights

    @property
    def averaged(self):
        """Their running mean; copies."""
        return self._net.averaged

    @property
    def state(self):
        """All that learning goes on from; copies. Can be set."""
        return self._net.state

    @state.setter
    def state(self, state):
        self._net.state = state

    def learn(self, audio, target, starts, rates, knobs=None):
        """Take one training step, see `Model.learn`."""
        net, (rate,) = self._net, rates
        decay, scale = min(DECAY, (1 + net.step) / (10 + net.step)), 2 / (self.batch * OUTPUTS)
        return np.reshape(net.learn(audio, target, starts, scale, rate, LIMIT, decay, knobs), (2, 1))

    def play(self, pieces, averaged=False, progress=iter, knobs=None):
        """Outputs for pieces of audio, see `Model.play`."""
        return self._net.play(pieces, averaged, progress, knobs)


def build(parameters, rng):
    """A keras.Model with first weights: input of shape (batch, n_samples, 1), output of the same shape.

    Parameters
    ----------
    parameters : dict
        Is not needed: there is one size.
    rng : np.random.Generator
        Of the weights, which are drawn as PyTorch draws those of a convolution, evenly within one over the root of the
        numbers that go into a sum; Neural Amp Modeler begins so.
    """
    model = network()
    model.set_weights(drawn([weight.shape for weight in model.get_weights()], rng))
    return model


def drawn(shapes, rng):
    """First weights of the shapes that Keras's have, list of np.ndarray."""
    weights, inputs = [], 1
    for shape in shapes:
        if len(shape) > 1:
            inputs = math.prod(shape[:-1])  # a bias comes behind the weights that it is added to
        weights.append(rng.uniform(-1, 1, shape) / math.sqrt(inputs))
    *layers, head, constant = weights
    return [*layers, head * HEAD_SCALE, constant * HEAD_SCALE]


def network(others=(), condition=lambda z: z):
    """The layers: input of shape (batch, samples, 1), output of the same shape; nothing looks ahead.

    Every layer's input is padded with zeros at its beginning. What a model plays is right from the first sample on if
    `BEFORE` zeros are played before it.

    Parameters
    ----------
    others : sequence of keras.Input
        Inputs besides the audio.
    condition : callable
        What becomes of a layer's sum before its rectifier, by these: of shape (batch, samples, 8), as what it returns.
    """
    import keras
    from keras import layers

    def convolution(channels, taps, dilation=1, **options):
        return layers.Conv1D(channels, taps, dilation_rate=dilation, padding="causal", **options)

    dry = keras.Input((None, 1), name="dry")
    x, heard = convolution(CHANNELS, 1, use_bias=False)(dry), []
    for number, (taps, dilation) in enumerate(zip(KERNELS, DILATIONS, strict=True), 1):
        both = [convolution(CHANNELS, taps, dilation)(x), convolution(CHANNELS, 1, use_bias=False)(dry)]
        heard.append(layers.LeakyReLU(SLOPE)(condition(layers.Add()(both))))
        if number < len(KERNELS):
            x = layers.Add()([x, convolution(CHANNELS, 1)(heard[-1])])
    return keras.Model([dry, *others] if others else dry, convolution(1, HEAD_TAPS)(layers.Add()(heard)))


RECIPE = Recipe(samples=OUTPUTS, lead=BEFORE, piece=10.0, level=LEVEL, rate=4e-3, rise=0.0, fall=linear, fold=fold)

FAMILY = memory_family(
    name="wavenet",
    noun="WaveNet",
    story=STORY,
    optimizer="SOAP",
    dimensions=("gain", "minutes"),
    weights=lambda parameters: N_WEIGHTS,
    build=build,
    source=(network,),
    engine=lambda weights, parameters: WaveNetModel(weights, parameters["threads"]),
    recipe=RECIPE,
    learning=1,
    network="WaveNet",
)
