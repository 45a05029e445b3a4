"""A family of models with a budget, as settings and results see one; nothing can train it."""

from dataclasses import dataclass, replace
from unittest.mock import patch

import numpy as np
import pandas as pd

from ultragain.models import lstm
from ultragain.recording.load import load_recordings
from ultragain.training import runs
from ultragain.training.train import Trained


@dataclass(frozen=True)
class Counts:
    """How much a model learned from, in seconds."""

    key = "audio"

    training: float
    validation: float


BUDGETED = replace(
    lstm.FAMILY,
    name="budgeted",
    noun="model with a budget",
    dimensions=("gain", "minutes"),
    training=("threads",),
    sizes=("steps_per_minute",),
    learning=1,
    cost=lambda parameters: parameters["minutes"],
    unpredicted=lambda parameters: 0,
)

SETTINGS = {
    "family": "budgeted",
    "grid": {"minutes": [2, 0.5]},
    "training": {"threads": 2, "seed": 25, "validation_share": 0.1},
    "sizes": {"train_seconds": 2, "scored_seconds": 0.1},
    "profiles": {"tiny": {}, "short": {"steps_per_minute": 30}},
}


def save_run(experiment, combination, project, val_esr=0.4):
    """A finished run of `BUDGETED`, every riff of which has an ESR of 0.1; its model is no model. The Run."""
    audio = load_recordings(experiment, project, combination["gain"])
    run = runs.describe_run(experiment, combination, audio.identity)
    history = pd.DataFrame({"esr": [0.5, 0.4], "val_esr": [1.0, val_esr]}, index=pd.Index([1, 2], name="epoch"))
    trained = Trained([], history, best_epoch=2, seconds=60.0, steps=900, step_seconds=0.05)
    riffs = run.parameters["test_riffs"]
    scores = pd.DataFrame({"riff": riffs}).assign(start=0.0, seconds=0.1, esr=0.1, mse=0.01, mae=0.05, esr_one_late=0.2)
    predictions = {riff: np.zeros(4410) for riff in riffs}
    with (
        runs.whole_folder(run.folder(project)) as folder,
        patch.object(runs, "with_weights", lambda model, _, deflate: model),
    ):
        spent = {"training": 60.0, "scoring": 1.0}
        made = (b"", trained, Counts(1.8, 0.2), scores, predictions, spent)
        runs.save_run(folder, run, experiment, audio, *made)
    return run
