"""What a sweep would do, and why."""

import shutil

import pytest
from click.testing import CliRunner
from made_project import REPOSITORY

from ultragain.cli.main import main
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.files import write_json
from ultragain.grid import FACTORS
from ultragain.recording.load import Recordings, load_recordings
from ultragain.sweep.plan import look, plan_sweep, select
from ultragain.training import runs
from ultragain.training.checkpoint import PROGRESS

STATE = {
    "epoch": 1,
    "epochs": 2,
    "val_esr": 0.5,
    "best_val_esr": 0.5,
    "best_epoch": 1,
    "seconds_per_epoch": 3.0,
    "updated": "2026-01-01T00:00:00+00:00",
    "host": "elsewhere",
    "pid": 1,
}


@pytest.fixture
def experiment(project):
    return load_experiment("experiments/test.yaml")


def combinations(chosen):
    return [tuple(run.parameters[name] for name in FACTORS) for run in chosen]


def test_the_whole_grid_is_selected_by_default(experiment):
    assert len(select(experiment)) == 8


def test_a_part_of_the_grid(experiment):
    chosen = select(experiment, {"gain": ["High"], "context": [8, 16], "learning_rate": [0.01]})
    assert combinations(chosen) == [("High", 8, 4, 0.01), ("High", 16, 4, 0.01)]


def test_each_seed_is_a_replicate(experiment):
    chosen = select(experiment, {"context": [8], "learning_rate": [0.01]}, (25, 26))
    assert [run.parameters["seed"] for run in chosen] == [25, 25, 26, 26]
    assert chosen[0].key == select(experiment, {"context": [8], "learning_rate": [0.01]})[0].key


def test_a_family_that_cannot_be_trained_here_is_refused_before_anything(experiment, project, monkeypatch):
    monkeypatch.setattr("ultragain.models.family.reason_against", lambda: "NUMBA_DISABLE_JIT is set")
    stateful = experiment.model_copy(update={"family": "lstm-stateful"})
    with pytest.raises(UltraGainError, match="^family lstm-stateful: NUMBA_DISABLE_JIT is set, and only the engine"):
        plan_sweep(stateful, project)


@pytest.mark.parametrize(
    "only, message",
    [
        ({"gain": ["Loud"]}, "--only gain=Loud: not in the grid; it has Low, High"),
        ({"colour": ["red"]}, "--only colour: unknown"),
    ],
)
def test_what_the_grid_does_not_have_is_refused(experiment, only, message):
    with pytest.raises(UltraGainError, match=message):
        select(experiment, only)


def test_every_reason_to_train_is_told(experiment, project):
    assert set(look(experiment, project).reasons.values()) == {"never trained"}
    first, second, third, fourth, fifth, *_ = look(experiment, project).to_do
    write_json(first.unfinished(project) / PROGRESS, STATE)
    second.folder(project).mkdir(parents=True)
    other = third.folder(project).with_name(third.id[:-8] + "00000000")
    other.mkdir()
    record = {
        "id": other.name,
        "recordings": {"identity": "x"},
        "recipe": third.recipe,
        "parameters": third.parameters | {"epochs": 9},
    }
    write_json(other / runs.RECORD, record)
    write_json(fourth.unfinished(project) / PROGRESS, STATE)
    damaged = fourth.unfinished(project) / "state.npz"
    damaged.write_bytes(b"no state, and no checksum of one either")
    of_another_family = fifth.folder(project).with_name(fifth.id[:-8] + "00000000")
    of_another_family.mkdir()
    write_json(of_another_family / runs.RECORD, record | {"parameters": fifth.parameters | {"family": "another"}})
    reasons = look(experiment, project).reasons
    assert reasons[fifth.id] == "never trained"
    assert reasons[first.id] == "unfinished: 1 of 2 epochs are trained"
    assert reasons[second.id] == "run.json is missing"
    assert reasons[third.id] == f"changed since {other.name}: the recordings, epochs"
    assert (
        reasons[fourth.id] == f"unfinished, but {damaged} is damaged (its checksum is wrong): the training starts over"
    )
    notices = plan_sweep(experiment, project).notices
    assert any(
        f"{second.folder(project)}: run.json is missing; it is moved to damaged/" in notice for notice in notices
    )
    assert f"{fourth.id}: {reasons[fourth.id]}" in notices
    assert second.folder(project).exists()  # only a sweep moves it aside, once no other can be at work on it


def test_dry_run_prints_the_plan_and_changes_nothing(project):
    before = sorted(project.rglob("*"))
    outcome = CliRunner().invoke(
        main, ["sweep", "experiments/test.yaml", "--dry-run", "--only", "gain=High", "--only", "context=8"]
    )
    assert outcome.exit_code == 0, outcome.output
    lines = [line for line in outcome.stdout.splitlines() if line.startswith("to do")]
    assert len(lines) == 2 and all("High-c8-" in line and "never trained" in line for line in lines)
    assert sorted(project.rglob("*")) == before


def test_options_may_stand_before_the_experiment(project):
    outcome = CliRunner().invoke(
        main, "sweep --dry-run --seed 25 --seed 26 --only gain=High --only context=8 experiments/test.yaml".split()
    )
    assert outcome.stdout.count("to do  High-c8-") == 4


@pytest.mark.parametrize("words", [["--only", "context=wide"], ["--only", "experiments/test.yaml"], ["--seed", "x"]])
def test_a_selection_that_makes_no_sense(project, words):
    outcome = CliRunner().invoke(main, ["sweep", "experiments/test.yaml", "--dry-run", *words])
    assert outcome.exit_code != 0
    assert "Traceback" not in outcome.output


def test_recordings_have_the_identity_that_was_foretold(project, experiment):
    assert Recordings(experiment, project).identity("High") == load_recordings(experiment, project, "High").identity


def test_gains_that_are_not_asked_for_need_no_recordings_yet(project, experiment):
    """`record --gain High`, then `sweep --only gain=High`."""
    folder = project / experiment.device.recordings
    for split in ("Train", "Test"):
        shutil.rmtree(folder / split / "Low")
    plan = plan_sweep(experiment, project, {"gain": ["High"]})
    assert {run.parameters["gain"] for run in plan.to_do} == {"High"} and len(plan.to_do) == 4
    with pytest.raises(UltraGainError, match="Train/Low: holds no recordings"):
        plan_sweep(experiment, project)
    shutil.rmtree(folder / "Test" / "High")
    with pytest.raises(UltraGainError, match="Test/High/Dry/d_one.wav: is missing"):
        plan_sweep(experiment, project, {"gain": ["High"]})


def test_only_the_chosen_gains_are_complained_about(project, experiment):
    many = experiment.model_copy(update={"sizes": experiment.sizes.model_copy(update={"training_windows": 10**6})})
    (notice,) = plan_sweep(many, project, {"gain": ["Low"]}).notices
    assert "Train/Low: makes" in notice


def test_a_virtual_device_foretells_its_recordings(tmp_path):
    """Without making them: a plan must not take minutes."""
    experiment = load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml", "smoke")
    plan = look(experiment, tmp_path)
    assert "takes are to be recorded first" in plan.notices[0]
    assert len(plan.to_do) == 36
    assert list(tmp_path.iterdir()) == []
    louder = experiment.model_copy(update={"device": experiment.device.model_copy(update={"input_volts": 0.5})})
    assert {run.key for run in plan.to_do}.isdisjoint(run.key for run in look(louder, tmp_path).to_do)


def test_a_plan_loads_every_recording_once(project, experiment, monkeypatch):
    loaded = []
    monkeypatch.setattr(
        "ultragain.recording.load.load_recordings", lambda *about: loaded.append(about[-1]) or load_recordings(*about)
    )
    plan_sweep(experiment, project)
    assert sorted(loaded) == ["High", "Low"]
