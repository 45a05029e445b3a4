"""RTNeural's JSON of layers, with what AIDA-X adds to it.

Source: RTNeural (python/model_utils.py, RTNeural/model_loader.h) and AIDA-X (src/aidadsp-plugin.cpp). Weights are
Keras's, as they are. AIDA-X plays `input_batch` when it loads a file, and compares with `output_batch`.
"""

import json

import numpy as np

from ultragain.formats.playing import Layer, play_lstm

AIDA_X_UNITS = (8, 12, 16, 20, 24, 32, 40, 64, 80)  # that it is compiled for (src/model_variant.hpp)
AIDA_X_RATE = 48_000  # Hz; it does not resample
BATCH = 2048  # samples of the test
TONE = 220.0  # Hz, of the test


def to_rtneural(network):
    """An LSTM as the content of a `.json` file.

    Parameters
    ----------
    network : Network

    Returns
    -------
    str
        JSON.
    """
    kernel, recurrent, bias, dense, constant = network.weights
    about, units = network.about, network.units
    tone = 0.5 * np.sin(2 * np.pi * TONE * np.arange(BATCH) / network.sample_rate).astype(np.float32)
    content = {
        "in_shape": [None, None, 1],
        "in_skip": 0,
        "in_gain": 0.0,
        "out_gain": 0.0,
        "layers": [
            _layer("lstm", "tanh", units, [kernel, recurrent, bias]),
            _layer("dense", "", 1, [dense, constant]),
        ],
        "input_batch": tone.tolist(),
        "output_batch": play_lstm([Layer.of_keras(kernel, recurrent, bias)], dense[:, 0], constant[0], tone).tolist(),
        "metadata": {
            "name": about.name,
            "samplerate": f"{network.sample_rate}",
            "source": about.device,
            "author": "UltraGain",
            "esr": about.mean_esr,
            "date": about.trained,
            "loudness": about.loudness,
            "input_level_dbu": about.input_dbu,
            "output_level_dbu": about.output_dbu,
            **about.more,
        },
    }
    return json.dumps(content)


def _layer(kind, activation, outputs, weights):
    return {
        "type": kind,
        "activation": activation,
        "shape": [None, None, outputs],
        "weights": [weight.tolist() for weight in weights],
    }


def limits(network):
    """What a player of these files cannot do with a network, list of str, one line each."""
    found = []
    if network.units not in AIDA_X_UNITS:
        found.append(
            f"AIDA-X does not load it: it is compiled for {', '.join(map(str, AIDA_X_UNITS))} units, and this LSTM has "
            f"{network.units}; other programs on RTNeural may"
        )
    if network.sample_rate != AIDA_X_RATE:
        found.append(
            f"AIDA-X plays it at whatever rate its host has, and it is right at {network.sample_rate} Hz only: set the "
            "host to that"
        )
    return found
