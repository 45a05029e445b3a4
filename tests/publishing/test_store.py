import json
import shutil

import numpy as np
import pandas as pd
import pytest

from ultragain.errors import UltraGainError
from ultragain.evaluation.scoring import score_riffs
from ultragain.experiment import load_experiment
from ultragain.models.untrained import save_model
from ultragain.publishing.store import deviation, publish, published_folder, restore
from ultragain.recording.load import load_recordings
from ultragain.training import runs
from ultragain.training.train import train_model

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def done(project):
    """A project with one finished run; the run, and the experiment."""
    experiment = load_experiment(project / "experiments" / "test.yaml")
    combination = experiment.combinations()[0]
    audio = load_recordings(experiment, project, combination["gain"])
    run = runs.describe_run(experiment, combination, audio.identity)
    rng = np.random.default_rng(0)
    windows, validation, counts = run.family.cut(audio.train, audio.validation, run.parameters, rng)
    model = run.family.build(run.parameters, rng)
    save_model(model, project / "untrained.keras")
    trained = train_model(run.family, run.parameters, model.get_weights(), windows, validation, rng)
    scores, predictions = score_riffs(run.family, trained.weights, audio.riffs, run.parameters)
    seconds = {"training": 1.0, "scoring": 1.0}
    untrained = (project / "untrained.keras").read_bytes()
    with runs.whole_folder(run.folder(project)) as folder:
        runs.save_run(folder, run, experiment, audio, untrained, trained, counts, scores, predictions, seconds)
    return run, experiment


def test_a_published_run_comes_back_whole(project, done):
    run, experiment = done
    assert publish([run], project) == [run]
    assert publish([run], project) == []
    before = {path.name: path.read_bytes() for path in (run.folder(project) / "audio").iterdir()}
    shutil.rmtree(project / "data" / "runs")
    assert restore([run], experiment, project, workers=1) == [run]
    assert runs.problem_with(run.folder(project)) == ""
    assert {path.name: path.read_bytes() for path in (run.folder(project) / "audio").iterdir()} == before


def test_a_damaged_run_is_set_aside_for_the_published_one(project, done):
    run, experiment = done
    publish([run], project)
    (run.folder(project) / runs.METRICS).write_text("damaged")
    restore([run], experiment, project, workers=1)
    assert runs.problem_with(run.folder(project)) == ""
    assert (run.folder(project).parent / "damaged" / f"{run.id}-1" / runs.METRICS).read_text() == "damaged"


def test_what_was_never_published_is_not_restored(project, done):
    run, experiment = done
    assert restore([run], experiment, project, workers=1) == []


def test_a_model_that_scores_differently_is_refused_and_leaves_nothing(project, done):
    run, experiment = done
    publish([run], project)
    metrics = published_folder(project, run.device, run.version) / run.id / runs.METRICS
    scores = pd.read_csv(metrics)
    scores["esr"] *= 1.01
    scores.to_csv(metrics, index=False)
    shutil.rmtree(project / "data" / "runs")
    with pytest.raises(UltraGainError, match="its model scores differently here, by 9.9e-03"):
        restore([run], experiment, project, workers=1)
    assert not run.folder(project).exists()


def test_another_runs_record_is_refused(project, done):
    run, experiment = done
    publish([run], project)
    record = published_folder(project, run.device, run.version) / run.id / runs.RECORD
    record.write_text(json.dumps(json.loads(record.read_text()) | {"key": "0" * 64, "id": "other"}))
    shutil.rmtree(project / "data" / "runs")
    with pytest.raises(UltraGainError, match="is another run's"):
        restore([run], experiment, project, workers=1)


def test_deviation_is_relative_and_by_riff():
    scores = pd.DataFrame(
        {"riff": ["a", "b"], "esr": [0.1, 0.2], "mse": [1.0, 1.0], "mae": [1.0, 1.0], "esr_one_late": [0.3, np.nan]}
    )
    assert deviation(scores, scores) == 0
    assert deviation(scores, scores.assign(esr=[0.1, 0.21])) == pytest.approx(0.05)
    assert np.isnan(deviation(scores, scores.assign(mse=[np.nan, 1.0])))
