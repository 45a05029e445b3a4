"""Results that no training made: every score is chosen by the test."""

import numpy as np
import pandas as pd

from ultragain import audio
from ultragain.evaluation.results import Results
from ultragain.experiment import load_experiment
from ultragain.recording.excerpts import excerpt
from ultragain.recording.load import Recordings


def make_results(root, esr, keep=None):
    """Results of the test project's whole grid, one file of predicted audio for each riff.

    Parameters
    ----------
    root : Path
        The test project.
    esr : callable
        (gain, context, units, learning_rate, riff) -> ESR.
    keep : callable, optional
        (gain, context, units, learning_rate) -> whether that run is there; all are by default.
    """
    experiment = load_experiment(root / "experiments" / "test.yaml")
    rate = experiment.sample_rate
    recordings, combinations = Recordings(experiment, root), experiment.combinations()
    scores, models, histories, folders = [], [], [], {}
    for number, settings in enumerate(combinations):
        run, combination = f"run{number}", settings.values()
        if keep is not None and not keep(*combination):
            continue
        folders[run] = root / "runs" / run
        rows = []
        for riff, (dry, wet) in recordings[settings["gain"]].riffs.items():
            part = excerpt(dry, experiment.sizes.scored_seconds, rate)
            value = esr(*combination, riff)
            # wet scaled by 1 - sqrt(ESR) has exactly that ESR
            audio.write_flac(folders[run] / "audio" / f"{riff}.flac", wet[part] * (1 - np.sqrt(value)), rate)
            place = {"start": part.start / rate, "seconds": (part.stop - part.start) / rate}
            rows.append(
                {
                    "run": run,
                    **settings,
                    "riff": riff,
                    **place,
                    "esr": value,
                    "mse": 0.1,
                    "mae": 0.2,
                    "esr_one_late": 2 * value,
                }
            )
        scores += rows
        medians = pd.DataFrame(rows)[["esr", "mse", "mae", "esr_one_late"]].median().to_dict()
        models.append(
            {
                "run": run,
                **settings,
                "epochs_trained": 2,
                "best_epoch": 2,
                "computed_with": "the engine (AVX-512)",
                "training_seconds": 60.0,
                "scoring_seconds": 1.0,
                "training_windows": 400,
                "validation_windows": 100,
                "asked_windows": 400,
                "val_esr": 0.5,
                **medians,
            }
        )
        histories += [{"run": run, "epoch": epoch, "esr": 0.9 / epoch, "val_esr": 0.8 / epoch} for epoch in (1, 2)]
    return Results(
        experiment,
        recordings,
        pd.DataFrame(scores),
        pd.DataFrame(models).set_index("run"),
        pd.DataFrame(histories),
        folders,
        expected=len(combinations),
    )
