import json
import os
import socket
import subprocess
import sys

import pytest
import soundfile

from ultragain.experiment import load_experiment
from ultragain.training import runs


@pytest.fixture
def experiment(project):
    return load_experiment("experiments/test.yaml")


def describe(experiment, recordings="abc", **changes):
    combination = {"gain": "High", "context": 8, "units": 4, "learning_rate": 1e-4} | changes
    return runs.describe_run(experiment, combination, recordings)


def test_the_folder_name_says_what_the_run_is(experiment, project):
    run = describe(experiment)
    assert run.id == f"High-c8-u4-lr0.0001-s25-{run.key[:8]}"
    assert run.folder(project) == project / "data/runs/TestAmp/Lead/tiny" / run.id


def test_the_key_follows_everything_a_run_depends_on(experiment):
    def other_setting(**changes):
        return experiment.model_copy(update={"training": experiment.training.model_copy(update=changes)})

    variants = [
        describe(experiment),
        describe(experiment, gain="Low"),
        describe(experiment, context=16),
        describe(experiment, units=5),
        describe(experiment, learning_rate=1e-3),
        describe(experiment, recordings="abd"),
        describe(other_setting(seed=26)),
        describe(other_setting(batch_size=32)),
        describe(load_experiment("experiments/test.yaml", "longer")),
    ]
    assert len({run.key for run in variants}) == len(variants)
    assert describe(experiment).key == variants[0].key


def test_the_key_follows_the_recipe_number(experiment, monkeypatch):
    before = describe(experiment).key
    monkeypatch.setattr(runs, "RECIPE", runs.RECIPE + 1)
    assert describe(experiment).key != before


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    final = tmp_path / "run"
    with pytest.raises(RuntimeError), runs.whole_folder(final) as partial:
        (partial / "half").touch()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with runs.whole_folder(final) as partial:
        (partial / "all").touch()
        assert not final.exists()
    assert [path.name for path in final.iterdir()] == ["all"]
    assert list(tmp_path.iterdir()) == [final]


def test_a_run_that_another_process_finished_first_stays(tmp_path):
    final = tmp_path / "run"
    with runs.whole_folder(final) as partial:
        (partial / "late").touch()
        final.mkdir()
        (final / "first").touch()
    assert [path.name for path in final.iterdir()] == ["first"]


def test_only_what_dead_processes_left_is_removed(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    own = runs.partial_folder(tmp_path / "run")
    abandoned = own.with_name(own.name.replace(f"~{os.getpid()}~", f"~{ended.pid}~"))
    elsewhere = own.with_name(own.name.replace(f"{socket.gethostname()}~", f"{socket.gethostname()}-{ended.pid}~"))
    for folder in (own, abandoned, elsewhere):
        folder.mkdir()
    runs.remove_abandoned(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([own, elsewhere])


@pytest.fixture
def whole_run(tmp_path):
    folder = tmp_path / "run-12345678"
    (folder / "audio").mkdir(parents=True)
    (folder / runs.MODEL).write_bytes(b"weights")
    (folder / runs.METRICS).write_text("riff,start,seconds,esr,mse,mae,esr_one_late\none,0,1,0.1,0.1,0.1,0.1\n")
    (folder / runs.HISTORY).write_text("epoch,esr,val_esr\n1,0.1,0.1\n")
    soundfile.write(folder / "audio" / "one.flac", [0.0, 0.5], 44100)
    write_record(folder)
    return folder


def write_record(folder, key="1234567890", riffs=("one",)):
    record = {"id": "run", "key": key, "sha256": runs.checksums(folder, ["one"]), "parameters": {"test_riffs": riffs}}
    (folder / runs.RECORD).write_text(json.dumps(record))


def test_a_whole_run_has_no_problem(whole_run):
    assert runs.problem_with(whole_run) == ""


def test_a_run_in_another_runs_folder_is_noticed(whole_run):
    write_record(whole_run, key="abcdef7890")
    assert "run.json is another run's" in runs.problem_with(whole_run)


def test_a_riff_without_scores_is_noticed(whole_run):
    write_record(whole_run, riffs=("one", "two"))
    assert "audio/two.flac is missing" in runs.problem_with(whole_run)


@pytest.mark.parametrize(
    "file, content, problem",
    [
        (runs.MODEL, "other", "model.keras is corrupt"),
        (runs.MODEL, None, "model.keras is missing"),
        (runs.RECORD, "{", "cannot be read"),
        (runs.RECORD, "{}", "cannot be read"),
        (runs.RECORD, None, "run.json is missing"),
        (
            runs.METRICS,
            "riff,start,seconds,esr,mse,mae,esr_one_late\none,0,1,0.2,0.1,0.1,0.1\n",
            "metrics.csv is corrupt",
        ),
        (runs.HISTORY, "", "history.csv is corrupt"),
        ("audio/one.flac", None, "audio/one.flac is missing"),
        ("audio/one.flac", "noise", "audio/one.flac is corrupt"),
    ],
)
def test_a_damaged_run_is_noticed(whole_run, file, content, problem):
    (whole_run / file).unlink() if content is None else (whole_run / file).write_text(content)
    assert problem in runs.problem_with(whole_run)


def test_a_damaged_run_is_set_aside_and_never_overwrites_another(tmp_path):
    for number in (1, 2):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / str(number)).touch()
        kept = runs.set_aside(tmp_path / "run")
        assert kept == tmp_path / "damaged" / f"run-{number}"
        assert (kept / str(number)).exists()
