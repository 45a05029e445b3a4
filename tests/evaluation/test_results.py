import json

import numpy as np
import pandas as pd
import pytest
import yaml

from ultragain import audio
from ultragain.errors import UltraGainError
from ultragain.evaluation.results import load_results
from ultragain.experiment import load_experiment
from ultragain.recording.load import Recordings, load_recordings
from ultragain.training import runs


@pytest.fixture
def experiment(project):
    return load_experiment("experiments/test.yaml")


def write_run(run, root, samples, esr):
    """A run's folder as a sweep leaves it, with a given ESR on every riff."""
    folder = run.folder(root)
    folder.mkdir(parents=True)
    (folder / runs.MODEL).write_bytes(b"weights")
    for riff in run.parameters["test_riffs"]:
        audio.write_flac(folder / "audio" / f"{riff}.flac", np.zeros(4410), run.parameters["sample_rate"])
    scores = pd.DataFrame({"riff": run.parameters["test_riffs"]}).assign(
        start=0.0, seconds=0.1, esr=esr, mse=0.01, mae=0.05, esr_one_late=2 * esr
    )
    scores.to_csv(folder / runs.METRICS, index=False)
    pd.DataFrame({"epoch": [1, 2], "esr": [0.5, 0.4], "val_esr": [0.5, 0.4]}).to_csv(folder / runs.HISTORY, index=False)
    (folder / runs.RECORD).write_text(
        json.dumps(
            {
                "id": run.id,
                "key": run.key,
                "parameters": run.parameters,
                "sha256": runs.checksums(folder, run.parameters["test_riffs"]),
                "recordings": {"samples": samples},
                "windows": {"training": 400, "validation": 100, "asked_training": 400},
                "epochs_trained": 2,
                "best_epoch": 2,
                "computed_with": "the engine (AVX-512)",
                "seconds": {"training": 1.0, "scoring": 2.0},
            }
        )
    )
    return folder


@pytest.fixture
def written(experiment, project):
    """Folders of the runs of gain Low; those of gain High are not trained yet."""
    recordings = load_recordings(experiment, project, "Low")
    grid = [
        runs.describe_run(experiment, combination, recordings.identity)
        for combination in experiment.combinations()
        if combination["gain"] == "Low"
    ]
    return [write_run(run, project, recordings.samples, 0.1 * number) for number, run in enumerate(grid, start=1)]


def test_results_cover_the_finished_runs_and_count_the_missing_ones(experiment, project, written):
    results = load_results(experiment, project)
    assert results.source == "tanh of the dry signal, profile tiny, 4 of 8 models"
    assert list(results.models["esr"]) == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert set(results.models["gain"]) == {"Low"}
    assert len(results.scores) == 4 * len(experiment.test_riffs)
    assert set(results.models["val_esr"]) == {0.4}


def test_a_damaged_run_is_left_out_and_named(experiment, project, written):
    (written[0] / runs.MODEL).write_bytes(b"damaged")
    with pytest.warns(UserWarning, match=f"{written[0].name} is left out: model.keras is corrupt"):
        results = load_results(experiment, project)
    assert len(results.models) == 3
    assert written[0].exists()


def test_runs_of_other_settings_are_not_mixed_in(experiment, project, written):
    with pytest.raises(UltraGainError, match="no finished runs of 'test' at profile longer"):
        load_results(load_experiment("experiments/test.yaml", "longer"), project)


def test_runs_from_other_samples_are_named(experiment, project, written):
    assert load_results(experiment, project).samples_notice() == ""
    record = json.loads((written[0] / runs.RECORD).read_text())
    record["recordings"]["samples"] = "other"
    (written[0] / runs.RECORD).write_text(json.dumps(record))
    notice = load_results(experiment, project).samples_notice()
    assert notice.startswith(f"1 of 4 models ({written[0].name} the first) learned from samples that differ")


def test_audio_is_loaded_when_it_is_asked_for(experiment, project, written, monkeypatch):
    asked = []
    loaded = load_recordings(experiment, project, "Low")
    monkeypatch.setattr("ultragain.recording.load.load_recordings", lambda *about: asked.append(about[-1]) or loaded)
    virtual = experiment.model_copy(update={"device": experiment.device.model_copy(update={"circuit": "sd1"})})
    recordings = Recordings(virtual, project)
    assert len(recordings) == 2 and asked == []
    assert recordings["Low"] is recordings["Low"] is loaded and asked == ["Low"]


def test_riffs_that_look_like_numbers_keep_their_names(project, settings):
    """pandas takes 8 in a table of text for a number, and NA for nothing."""
    settings["test_riffs"] = ["8", "NA"]
    (project / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    for one in (project / "data/recordings/TestAmp/Lead/Test").rglob("*.wav"):
        one.rename(one.with_name(one.name.replace("one", "8").replace("two", "NA")))
    experiment = load_experiment("experiments/test.yaml")
    recordings = load_recordings(experiment, project, "Low")
    run = runs.describe_run(experiment, experiment.combinations()[0], recordings.identity)
    write_run(run, project, recordings.samples, 0.1)
    assert load_results(experiment, project).scores["riff"].tolist() == ["8", "NA"]
