"""Neural Amp Modeler's `.nam`: JSON with one flat list of weights.

Source: NeuralAmpModelerCore (NAM/lstm.cpp, NAM/wavenet/model.cpp, NAM/wavenet/a2_fast.cpp, NAM/get_dsp.cpp) and its
docs/nam_file_version.rst. Its players load a wrong number of weights without a word, so it is counted here.
"""

import json
from datetime import datetime

import numpy as np

from ultragain.engine.wavenet.layout import CHANNELS, DILATIONS, HEAD_TAPS, KERNELS, SLOPE
from ultragain.formats.network import LSTM
from ultragain.formats.playing import Layer, play_lstm

# the oldest version whose players know what a file holds: the older, the more of them take it
LSTM_VERSION, WAVENET_VERSION = "0.5.4", "0.7.0"
PREWARMED = 0.5  # s of silence that players play an LSTM before audio
TOLD = "ultragain"  # key of the metadata under which a file tells more than players read


def to_nam(network):
    """A network as the content of a `.nam` file.

    Parameters
    ----------
    network : Network

    Returns
    -------
    str
        JSON.
    """
    is_lstm = network.kind == LSTM
    weights = _lstm_weights(network.weights) if is_lstm else _wavenet_weights(network.weights)
    content = {
        "version": LSTM_VERSION if is_lstm else WAVENET_VERSION,
        "metadata": _metadata(network),
        "architecture": network.kind,
        "config": _lstm_config(network.units) if is_lstm else _wavenet_config(),
        "weights": [float(f"{weight}") for weight in weights.astype(np.float32)],  # the shortest that mean these
        "sample_rate": network.sample_rate,
    }
    return json.dumps(content)


def as_played(network, dry):
    """What Neural Amp Modeler's plug-in and its relatives make of audio, where that is not what the network says.

    They compute the tanh of an LSTM by a rational function; a WaveNet of this shape has none.

    Parameters
    ----------
    network : Network
    dry : np.ndarray, shape (n_samples,)

    Returns
    -------
    np.ndarray, shape (n_samples,), float32, or None
        None for a WaveNet.
    """
    if network.kind != LSTM:
        return None
    kernel, recurrent, bias, dense, constant = network.weights
    silence = np.zeros(round(PREWARMED * network.sample_rate), np.float32)
    heard = np.concatenate([silence, np.asarray(dry, np.float32)])
    layers = [Layer.of_keras(kernel, recurrent, bias)]
    return play_lstm(layers, dense[:, 0], constant[0], heard, approximate=True)[len(silence) :]


def _lstm_config(units):
    return {"input_size": 1, "hidden_size": units, "num_layers": 1}


def _lstm_weights(weights):
    """Gates in rows, i, f, g, o as in Keras's columns; their bias; the first state, zeros; the dense layer."""
    kernel, recurrent, bias, dense, constant = weights
    both = np.hstack([kernel.T, recurrent.T])
    return np.concatenate([both.ravel(), bias, np.zeros(2 * len(recurrent), np.float32), dense[:, 0], constant])


def _wavenet_config():
    """Of the one shape, with all that the core's fast path for it asks for (a2_fast.cpp, is_a2_shape)."""
    layers = len(KERNELS)
    inactive = {"active": False, "shift": True, "groups": 1}
    places = ("conv", "input_mixin", "activation")
    films = [f"{place}_{when}_film" for place in places for when in ("pre", "post")]
    array = {
        "input_size": 1,
        "condition_size": 1,
        "head": {"out_channels": 1, "kernel_size": HEAD_TAPS, "bias": True},
        "channels": CHANNELS,
        "bottleneck": CHANNELS,
        "kernel_sizes": list(KERNELS),
        "dilations": list(DILATIONS),
        "activation": [{"type": "LeakyReLU", "negative_slope": SLOPE}] * layers,
        "gating_mode": ["none"] * layers,
        "secondary_activation": [None] * layers,
        "head1x1": {"active": False, "out_channels": 1, "groups": 1},
        "layer1x1": {"active": True, "groups": 1},
        "groups_input": 1,
        "groups_input_mixin": 1,
        **dict.fromkeys([*films, "layer1x1_post_film", "head1x1_post_film"], inactive),
        "slimmable": None,
    }
    return {"layers": [array], "head": None, "head_scale": 1.0}


def _wavenet_weights(weights):
    """Every convolution as [output][input][tap]; the last layer's 1x1 one, which nothing hears, as zeros."""
    rechannel, *layers, head, constant = weights
    parts = [_channels_first(rechannel)]
    for number in range(len(KERNELS)):
        conv, bias, mixin, *one = layers[5 * number : 5 * number + 5]
        one = one or [np.zeros((1, CHANNELS, CHANNELS)), np.zeros(CHANNELS)]
        parts += [_channels_first(conv), bias, _channels_first(mixin), _channels_first(one[0]), one[1]]
    scale = np.ones(1)
    return np.concatenate([*map(np.ravel, parts), _channels_first(head).ravel(), constant, scale])


def _channels_first(kernel):
    """Keras's (taps, inputs, outputs) as PyTorch's (outputs, inputs, taps)."""
    return np.transpose(kernel, (2, 1, 0))


def _metadata(network):
    about = network.about
    when = datetime.fromisoformat(about.trained)
    parts = ("year", "month", "day", "hour", "minute", "second")
    return {
        "date": {part: getattr(when, part) for part in parts},
        "name": about.name,
        "modeled_by": "UltraGain",
        "gear_type": "preamp",
        "loudness": about.loudness,
        "input_level_dbu": about.input_dbu,
        "output_level_dbu": about.output_dbu,
        "training": {"validation_esr": about.mean_esr},
        TOLD: about.more,
    }
