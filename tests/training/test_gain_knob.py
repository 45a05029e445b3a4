"""One model for all gains, from its recordings to its published scores."""

import copy
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from finished_run import finish
from made_project import SETTINGS, plucks, write_recordings, write_take

from ultragain.checks.requirements import Requirements
from ultragain.cli.main import main
from ultragain.evaluation.results import load_results
from ultragain.experiment import load_experiment
from ultragain.publishing import store
from ultragain.publishing.verify import verify
from ultragain.recording.load import Recordings, load_recordings
from ultragain.recording.virtual import wanted_takes
from ultragain.sweep.plan import look, plan_sweep, select

OWN = {
    "family": "wavenet-gain",
    "grid": {"minutes": [1]},
    "training": {"threads": 1, "held_out": ["5"], "seed": 25, "validation_share": 0.2},
    "sizes": {"train_seconds": 2, "steps_per_minute": 2, "scored_seconds": 0.1},
    "profiles": {"tiny": {}},
}
GAINS = {"Low": 2, "5": 5, "High": 8}
COMBINATION = {"minutes": 1.0}


@pytest.fixture
def experiment(project):
    """An experiment of one model for three gains, beside the windowed one; at gain 5 there is nothing to train on."""
    settings = copy.deepcopy(SETTINGS | OWN)
    settings["device"]["gains"] = GAINS
    write_recordings(project / settings["device"]["recordings"], {"5": 2}, settings["test_riffs"])
    shutil.rmtree(project / settings["device"]["recordings"] / "Train" / "5")
    (project / "experiments" / "knob.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    return load_experiment(project / "experiments" / "knob.yaml")


def test_recordings_of_all_gains_have_their_positions(project, experiment):
    loaded = load_recordings(experiment, project)
    each = {gain: load_recordings(experiment, project, gain) for gain in GAINS}
    assert [position for *_, position in loaded.train] == [2, 8]
    for (dry, wet, _), gain in zip(loaded.train, ("Low", "High"), strict=True):
        assert np.array_equal(dry, each[gain].train[0][0]) and np.array_equal(wet, each[gain].train[0][1])
    assert list(loaded.riffs) == list(GAINS)
    assert np.array_equal(loaded.riffs["5"]["two"][1], each["5"].riffs["two"][1])
    assert Recordings(experiment, project).identity() == loaded.identity


def test_what_is_recorded_to_train_at_a_gain_that_is_held_out_counts_for_nothing(project, experiment):
    before, folder = load_recordings(experiment, project), project / experiment.device.recordings
    for split in ("Train", "Val"):
        write_take(folder, split, "5", "study", *(0.1 * plucks(1.0, np.random.default_rng(n)) for n in (0, 1)))
    after = load_recordings(experiment, project)
    assert (after.identity, len(after.train), after.validation) == (before.identity, 2, [])


@pytest.mark.parametrize("gain", GAINS)
def test_its_key_follows_the_recordings_of_every_gain_and_their_positions(project, experiment, gain):
    (run,) = look(experiment, project).to_do
    assert run.id == f"wavenet-gain-m1-s25-{run.key[:8]}"
    assert run.parameters["gains"] == GAINS
    dry = plucks(0.5, np.random.default_rng(9))
    write_take(project / experiment.device.recordings, "Test", gain, "one", dry, 0.5 * dry)
    (changed,) = look(experiment, project).to_do
    assert changed.key != run.key
    device = experiment.device.model_copy(update={"gains": GAINS | {gain: 4.5}})
    (moved,) = select(experiment.model_copy(update={"device": device}), identity=lambda gain: run.recordings)
    assert moved.key != run.key


def test_a_plan_asks_for_training_audio_where_models_are_trained(project, experiment):
    assert len(plan_sweep(experiment, project).to_do) == 1
    requirements = Requirements.of_experiment(experiment, project)
    assert (requirements.gains, requirements.trained) == (("Low", "5", "High"), ["Low", "High"])


def test_a_virtual_device_plays_only_the_riffs_where_no_model_is_trained(project, experiment):
    device = experiment.device.model_copy(update={"circuit": "dsl20h", "recordings": None, "controls": {}})
    virtual = experiment.model_copy(update={"device": device, "test_riffs": ["ohwell"]})
    takes = {(each.take.split, each.take.gain) for each in wanted_takes(virtual, project, list(GAINS))}
    assert takes == {
        ("Test", "5"),
        *((split, gain) for split in ("Train", "Test", "Replicate") for gain in ("Low", "High")),
    }


def test_it_is_trained_scored_and_published(project, experiment, one_thread):
    run = finish(experiment, COMBINATION, project)
    plan = look(experiment, project)
    assert ([done.id for done in plan.done], plan.to_do) == ([run.id], [])
    results = load_results(experiment, project)
    assert list(results.scores.columns[:6]) == ["run", "gain", "minutes", "riff", "start", "seconds"]
    assert list(zip(results.scores["gain"], results.scores["riff"], strict=True)) == [
        (gain, riff) for gain in GAINS for riff in ("one", "two")
    ]
    assert "gain" not in results.models
    assert results.models.loc[run.id, "esr"] == results.scores["esr"].median()
    assert results.scores["esr"].between(0, 2).all() and results.scores["esr"].nunique() == 6
    assert results.samples_notice() == ""
    audio = {f"{path.parent.name}/{path.stem}" for path in (results.folders[run.id] / "audio").glob("*/*.flac")}
    assert audio == {f"{gain}/{riff}" for gain in GAINS for riff in ("one", "two")}

    printed = CliRunner().invoke(main, ["results", "experiments/knob.yaml"], catch_exceptions=False).output
    assert "not trained at gain 5" in printed
    assert printed.count("1.0") >= 3  # a row for each gain

    assert store.publish(experiment, project / "experiments" / "knob.yaml", project) == [run.id]
    folder = store.published_folder(project, experiment.device)
    assert not (folder / "riffs").exists() and not list(folder.glob("runs/*/audio"))
    scores, models = (pd.read_csv(folder / f"{name}.csv", dtype=str) for name in ("scores", "models"))
    assert list(scores.columns[:5]) == ["run", "family", "gain", "minutes", "seed"]
    assert list(scores["gain"]) == [gain for gain in GAINS for _ in range(2)]
    assert list(models.columns[:4]) == ["run", "family", "minutes", "seed"]
    checked, problems = verify(experiment, project, workers=1)
    assert (problems, len(checked)) == ([], 1)
    assert checked["deviation"].max() < 1e-6
