import json
import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile

from ultragain.errors import UltraGainError
from ultragain.evaluation.results import load_results
from ultragain.experiment import load_experiment
from ultragain.publishing import store
from ultragain.publishing.listening import BITS, riff_files
from ultragain.training import runs


def test_a_run_is_published_once_with_all_its_replicates(project, done, path):
    finished, experiment = done
    assert sorted(store.publish(experiment, path, project)) == sorted(run.id for run in finished)
    assert store.publish(experiment, path, project) == []
    assert store.published_profile(project, path) == "tiny"
    assert [each.title for each in store.published_experiments(project)] == [experiment.title]


def test_published_results_are_the_local_ones(project, done, path):
    finished, experiment = done
    store.publish(experiment, path, project)
    local = load_results(experiment, project)
    shutil.rmtree(project / "data" / "runs")
    published = store.load_published(experiment, project)
    pd.testing.assert_frame_equal(published.scores, local.scores)
    pd.testing.assert_frame_equal(published.models, local.models)
    assert published.source == f"published run, {local.source}"
    replicates = store.load_published_replicates(experiment, project)
    assert list(replicates) == [26] and list(replicates[26].models.index) == [finished[1].id]


def test_tables_say_what_the_runs_say(project, done, path):
    finished, experiment = done
    store.publish(experiment, path, project)
    folder = store.published_folder(project, experiment.device)
    scores, models = pd.read_csv(folder / "scores.csv"), pd.read_csv(folder / "models.csv", index_col="run")
    assert sorted(models.index) == sorted(run.id for run in finished)
    for run in finished:
        kept = pd.read_csv(run.folder(project) / runs.METRICS).set_index("riff")
        rows = scores[scores["run"] == run.id].set_index("riff")
        np.testing.assert_array_equal(rows["esr"], kept["esr"])
        np.testing.assert_array_equal(rows["esr_as_originally_scored"], kept["esr_one_late"])
        assert set(rows["seed"]) == {run.parameters["seed"]}
        assert models.loc[run.id, "epoch_seconds"] == 1.0 / 2  # a second for two epochs, says the fixture
        assert models.loc[run.id, "recordings_identity"] == run.recordings


def test_riffs_and_predictions_sound_as_they_were(project, done, path):
    finished, experiment = done
    store.publish(experiment, path, project)
    folder = store.published_folder(project, experiment.device)
    results = load_results(experiment, project)
    half_a_step = 2.0**-BITS
    for riff in experiment.test_riffs:
        for gain, (dry, wet) in ((gain, results.recordings[gain].riffs[riff]) for gain in experiment.gain_labels):
            files = riff_files(folder, riff, experiment.gain_labels)
            for file, samples in ((files[None], dry), (files[gain], wet)):
                assert np.abs(soundfile.read(file)[0] - samples).max() <= half_a_step
        for run in (finished[0], finished[2]):
            name = f"audio/{riff}.flac"
            played = [soundfile.read(place / name)[0] for place in (folder / "runs" / run.id, run.folder(project))]
            assert np.abs(played[0] - played[1]).max() <= half_a_step
    # a replicate is not among the models that are compared
    assert not (folder / "runs" / finished[1].id / "audio").exists()


def test_what_cannot_be_published_is_refused(project, done, path, tmp_path):
    finished, experiment = done
    elsewhere = shutil.copy(path, tmp_path / "mine.yaml")
    with pytest.raises(UltraGainError, match="only experiments in"):
        store.publish(experiment, elsewhere, project)
    store.publish(experiment, path, project)
    with pytest.raises(UltraGainError, match="holds runs of test.yaml at profile tiny"):
        store.publish(load_experiment(path, "longer"), path, project)
    shutil.rmtree(finished[0].folder(project))
    with pytest.raises(UltraGainError, match="published restore"):
        store.publish(experiment, path, project)


def test_an_index_cannot_lead_out_of_the_project(project, done, path):
    _, experiment = done
    store.publish(experiment, path, project)
    index = store.published_folder(project, experiment.device) / store.INDEX
    index.write_text(index.read_text().replace("test.yaml", "../../secret/test.yaml"))
    assert [each.title for each in store.published_experiments(project)] == [experiment.title]


def test_an_index_of_one_experiment_is_read_as_older_versions_wrote_it(tmp_path):
    entry = {"experiment": "amp.yaml", "profile": "full"}
    for content in (entry, {"experiments": [entry]}):
        (tmp_path / store.INDEX).write_text(json.dumps(content))
        assert store.index_of(tmp_path) == [entry]
    assert store.index_of(tmp_path / "elsewhere") == []
