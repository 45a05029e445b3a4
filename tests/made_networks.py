"""Networks that no training made, and what they play."""

import numpy as np
from made_project import plucks

from ultragain.engine.wavenet.layout import N_WEIGHTS, to_keras
from ultragain.formats.network import LSTM, WAVENET, About, Network
from ultragain.models.catalog import FAMILIES
from ultragain.models.memory.wavenet import drawn

RATE = 44100
ABOUT = About(
    name="made amplifier, gain High",
    device="made amplifier",
    settings={"gain": "High", "knob": 8},
    esr={"one": 0.01, "two": 0.03},
    trained="2026-01-02T03:04:05+00:00",
    run="made-run",
    loudness=-18.0,
    input_dbu=-0.8,
    output_dbu=None,
)


def lstm(units):
    """An LSTM that is far from linear."""
    rng = np.random.default_rng(units)
    shapes = [(1, 4 * units), (units, 4 * units), (4 * units,), (units, 1), (1,)]
    scales = [3, 1.5 / np.sqrt(units), 0.5, 1 / np.sqrt(units), 0.1]
    weights = [(scale * rng.normal(size=shape)).astype(np.float32) for shape, scale in zip(shapes, scales, strict=True)]
    return Network(LSTM, weights, RATE, ABOUT)


def wavenet():
    """A WaveNet as a training begins with it, and its biases, which players must warm up to."""
    rng = np.random.default_rng(1)
    shapes = [weight.shape for weight in to_keras(np.zeros(N_WEIGHTS))]
    weights = [weight.astype(np.float32) for weight in drawn(shapes, rng)]
    return Network(WAVENET, [weight * 1.5 for weight in weights], RATE, ABOUT)


def dry(seconds=0.5):
    return plucks(seconds, np.random.default_rng(2)).astype(np.float32)


def predicted(network, audio):
    """What this project's own player makes of audio."""
    name = {LSTM: "lstm-stateful", WAVENET: "wavenet"}[network.kind]
    family, parameters = FAMILIES[name], {"threads": 1, "sample_rate": RATE}
    if network.kind == LSTM:
        parameters["units"] = network.units
    return family.play(family.model(network.weights, parameters), parameters)(audio)


def decibels(ours, theirs):
    """Energy of a difference over that of `ours`, in dB."""
    ours, theirs = (np.asarray(each, np.float64) for each in (ours, theirs))
    return 10 * np.log10(np.sum((ours - theirs) ** 2) / np.sum(ours**2))
