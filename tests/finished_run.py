"""A project with finished runs, trained by the real thing in a second or two."""

import numpy as np

from ultragain.evaluation.scoring import score_riffs
from ultragain.models.untrained import save_model
from ultragain.recording.load import load_recordings
from ultragain.training import runs
from ultragain.training.train import train_model


def finish(experiment, combination, project):
    """Train, score and save one run of an experiment; the Run."""
    audio = load_recordings(experiment, project, combination.get("gain"))
    run = runs.describe_run(experiment, combination, audio.identity)
    rng = np.random.default_rng(experiment.training.seed)
    windows, validation, counts = run.family.cut(audio.train, audio.validation, run.parameters, rng)
    model = run.family.build(run.parameters, rng)
    save_model(model, project / "untrained.keras")
    trained = train_model(run.family, run.parameters, model.get_weights(), windows, validation, rng)
    scores, predictions = score_riffs(run.family, trained.weights, audio.riffs, run.parameters)
    seconds = {"training": 1.0, "scoring": 1.0}
    untrained = (project / "untrained.keras").read_bytes()
    with runs.whole_folder(run.folder(project)) as folder:
        runs.save_run(folder, run, experiment, audio, untrained, trained, counts, scores, predictions, seconds)
    return run
