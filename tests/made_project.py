"""A small project: its recordings, made here, and its settings."""

from pathlib import Path

import numpy as np

from ultragain import audio
from ultragain.recording.layout import Take

REPOSITORY = Path(__file__).parents[1]
SAMPLE_RATE = 44100


def plucks(seconds, rng):
    """Decaying tones of random pitch and level, shape (n_samples,): enough music for a model to fit."""
    seconds_each = 0.25
    t = np.arange(round(seconds_each * SAMPLE_RATE)) / SAMPLE_RATE
    notes = [
        rng.uniform(0.1, 0.5) * np.sin(2 * np.pi * rng.uniform(82, 660) * t) * np.exp(-6 * t)
        for _ in range(round(seconds / seconds_each))
    ]
    return np.concatenate(notes)


def write_take(folder, split, gain, name, dry, wet, sample_rate=SAMPLE_RATE):
    take = Take(folder, split, gain, name)
    audio.write_wav(take.dry, dry, sample_rate)
    audio.write_wav(take.wet, wet, sample_rate)
    return take


def write_recordings(folder, drives, riffs, train_seconds=2.0, riff_seconds=0.5):
    """A recordings folder of a memoryless device, tanh(drive * dry), one drive for each gain label."""
    for gain, drive in drives.items():
        for split, names, seconds in (("Train", ["study"], train_seconds), ("Test", riffs, riff_seconds)):
            for number, name in enumerate(names):
                dry = plucks(seconds, np.random.default_rng([number, len(split)]))
                write_take(folder, split, gain, name, dry, 0.8 * np.tanh(drive * dry))
    return folder


SETTINGS = {
    "title": "test",
    "device": {
        "name": "TestAmp",
        "version": "Lead",
        "description": "tanh of the dry signal",
        "recordings": "data/recordings/TestAmp/Lead",
        "gains": {"Low": 2, "High": 8},
    },
    "sample_rate": SAMPLE_RATE,
    "grid": {"contexts": [8, 16], "units": [4], "learning_rates": [0.01, 0.001]},
    "training": {
        "batch_size": 64,
        "patience": 15,
        "shuffle": True,
        "seed": 25,
        "validation_share": 0.2,
    },
    "test_riffs": ["one", "two"],
    "sizes": {"train_seconds": 2, "training_windows": 400, "epochs": 2, "scored_seconds": 0.1},
    "default_profile": "tiny",
    "profiles": {"tiny": {}, "longer": {"epochs": 3}},
}
