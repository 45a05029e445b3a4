"""`ultragain export`, as a person types it."""

import copy
import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from finished_run import finish
from made_project import REPOSITORY, SETTINGS

from ultragain import metrics
from ultragain.circuits.catalog import CIRCUITS
from ultragain.cli.main import main
from ultragain.experiment import load_experiment
from ultragain.export.prepare import _levels
from ultragain.models.keras_file import weights_of
from ultragain.models.memory import stateful
from ultragain.recording.load import load_riffs
from ultragain.training import runs

pytestmark = pytest.mark.usefixtures("one_thread")

MEMORY = {
    "grid": {"units": [4], "minutes": [0.5, 1]},
    "training": {"threads": 1, "seed": 25, "validation_share": 0.2},
    "sizes": {"train_seconds": 2, "steps_per_minute": 4, "scored_seconds": "whole"},
    "profiles": {"tiny": {}},
}


@pytest.fixture
def add(project):
    """A function that puts an experiment of another family beside the windowed one; the Experiment."""

    def add(family, **changes):
        settings = copy.deepcopy(SETTINGS | MEMORY | {"family": family} | changes)
        path = project / "experiments" / f"{family}.yaml"
        path.write_text(yaml.safe_dump(settings, sort_keys=False))
        return load_experiment(path)

    return add


@pytest.fixture
def trained(add, project):
    """A stateful LSTM at gain High."""
    return finish(add("lstm-stateful"), {"gain": "High", "units": 4, "minutes": 0.5}, project)


def export(*arguments):
    """Exit status, and what was printed."""
    outcome = CliRunner().invoke(main, ["export", *map(str, arguments)])
    return outcome.exit_code, outcome.stderr if outcome.exit_code else outcome.stdout


def test_a_run_by_its_id_by_its_folder_and_as_the_best(project, trained):
    status, said = export(trained.id)
    assert status == 0 and said.startswith(f"{trained.id}.nam: tanh of the dry signal, gain High, LSTM, mean ESR ")
    content = (project / f"{trained.id}.nam").read_text()
    (project / "out").mkdir()
    assert export(trained.folder(project), "--out", "out")[0] == 0
    chosen = ("--best", "gain=High", "--experiment", "experiments/test.yaml", "--profile", "tiny")
    assert export(*chosen, "--out", project / "best.nam")[0] == 0
    assert content == (project / "out" / f"{trained.id}.nam").read_text() == (project / "best.nam").read_text()


def test_the_best_has_the_lowest_esr(project, add, trained):
    other = finish(
        load_experiment("experiments/lstm-stateful.yaml"), {"gain": "High", "units": 4, "minutes": 1.0}, project
    )
    esr = {run.id: pd.read_csv(run.folder(project) / runs.METRICS)["esr"].mean() for run in (trained, other)}
    said = export("--best", "gain=High", "--experiment", "experiments/test.yaml", "--profile", "tiny")[1]
    assert said.startswith(min(esr, key=esr.get))
    status, said = export("--best", "gain=Mid", "--experiment", "experiments/test.yaml", "--profile", "tiny")
    assert status == 1 and "--best gain=Mid: no finished run of TestAmp/Lead at profile tiny is like that" in said


def test_the_esr_that_players_will_have_is_said(trained):
    said = export(trained.id)[1].splitlines()
    assert len(said) == 2 and "compute tanh by an approximation; mean ESR there: " in said[1]


def test_loudness_is_that_of_the_wet_riffs(project, trained):
    export(trained.id)
    told = json.loads((project / f"{trained.id}.nam").read_text())["metadata"]
    riffs = load_riffs(load_experiment("experiments/test.yaml"), project, "High")
    power = np.mean([np.mean(wet**2) for _, wet in riffs.values()])
    assert told["loudness"] == pytest.approx(10 * math.log10(power), abs=1e-3)
    assert told["input_level_dbu"] is told["output_level_dbu"] is None  # nobody knows a real device's
    assert set(told["ultragain"]["esr"]) == {"one", "two"}
    assert told["ultragain"]["settings"]["knob"] == 8


def test_a_virtual_device_has_known_levels():
    sine = load_experiment(REPOSITORY / "experiments" / "dsl20h_wavenet.yaml")
    volts = {"input_dbu": 1.0, "output_dbu": CIRCUITS["dsl20h"].full_scale_volts}
    for name, level in _levels(sine).items():  # 0 dBu is 0.7746 V RMS; a sine's is its peak by the root of 2
        assert 0.77459667 * 10 ** (level / 20) * 2**0.5 == pytest.approx(volts[name])


def test_a_windowed_model_is_scored_as_players_play_it_and_refused(project):
    run = finish(
        load_experiment("experiments/test.yaml"),
        {"gain": "High", "context": 8, "units": 4, "learning_rate": 0.01},
        project,
    )
    weights = weights_of((run.folder(project) / runs.MODEL).read_bytes())
    model = stateful.stack(4)
    model.set_weights(weights)
    riffs, errors = load_riffs(load_experiment("experiments/test.yaml"), project, "High"), []
    for dry, wet in riffs.values():
        heard = np.concatenate([np.zeros(11_025), dry])[None, :, None]
        errors.append(metrics.esr(wet, model.predict(heard, verbose=0)[0, 11_025:, 0]))
    status, said = export(run.id)
    assert status == 1 and not list(project.glob("*.nam"))
    found = float(said.partition("mean ESR is ")[2].partition(" %")[0])
    assert found == pytest.approx(100 * np.mean(errors), rel=0.06)  # two digits are said
    assert "was trained on windows of 8 samples" in said and "--anyway" in said
    assert export(run.id, "--anyway")[0] == 0 and (project / f"{run.id}.nam").is_file()


def test_a_model_of_the_whole_knob_is_written_at_a_position(project, add):
    own = {"grid": {"minutes": [0.5]}, "training": MEMORY["training"] | {"held_out": ["Low"]}}
    run = finish(add("wavenet-gain", **own), {"minutes": 0.5}, project)
    status, said = export(run.id)
    assert status == 1 and "say where that stands, from 0 to 10, for example --knob 6.5" in said
    assert export(run.id, "--knob", "11")[0] == 1
    said = export(run.id, "--knob", "8")[1]
    assert "gain High, WaveNet, mean ESR" in said and (project / f"{run.id}-knob8.nam").is_file()
    assert "gain 6.5, WaveNet, mean ESR not measured" in export(run.id, "--knob", "6.5")[1]
    assert export(run.id, "--knob", "6.5", "--format", "onnx")[0] == 0


def test_what_makes_no_sense_is_one_line_and_writes_nothing(project, trained):
    before = sorted(project.rglob("*"))
    for arguments, message in [
        ((), "name a RUN, or say --best"),
        ((trained.id, "--best", "gain=High"), "name a RUN, or say --best"),
        (("--best", "gain"), "write it as NAME=VALUE"),
        ((trained.id, "--knob", "3"), "is a model of one gain, High: leave out --knob"),
        ((trained.id[:-1],), f"did you mean {trained.id}?"),
        (("nothing",), "no finished run has this id"),
    ]:
        status, said = export(*arguments)
        assert status and message in said, said
    assert sorted(project.rglob("*")) == before


def test_a_file_that_is_there_stays(project, trained):
    (project / f"{trained.id}.nam").write_text("mine")
    status, said = export(trained.id)
    assert status == 1 and "is there already" in said
    assert (project / f"{trained.id}.nam").read_text() == "mine"
    assert export(trained.id, "--overwrite")[0] == 0


def test_a_format_that_cannot_hold_it_is_refused(project, add):
    run = finish(add("wavenet", grid={"minutes": [0.5]}), {"gain": "High", "minutes": 0.5}, project)
    status, said = export(run.id, "--format", "rtneural")
    assert status == 1 and "do not play a WaveNet" in said


def test_a_damaged_run_is_refused(project, trained):
    (trained.folder(project) / runs.METRICS).write_text("riff,esr\n")
    status, said = export(trained.id)
    assert status == 1 and "metrics.csv is corrupt" in said


def test_a_run_of_no_experiment_that_is_there(project, trained):
    shutil.rmtree(project / "experiments")
    (project / "experiments").mkdir()
    assert export(trained.id)[0] == 0
