"""Progress, the time left, and what is shown of them."""

import io
import os
import socket

import pytest
import yaml
from click.testing import CliRunner
from rich.console import Console

from ultragain.cli.main import main
from ultragain.experiment import load_experiment
from ultragain.files import write_json
from ultragain.sweep.display import Display, summary
from ultragain.sweep.lock import only_sweep
from ultragain.sweep.plan import look
from ultragain.sweep.progress import START_UP_SECONDS, Standing, read_progress, seconds_left, standings
from ultragain.training import runs
from ultragain.training.checkpoint import PROGRESS

STATE = {
    "epoch": 1,
    "epochs": 2,
    "val_esr": 0.5,
    "best_val_esr": 0.4,
    "best_epoch": 1,
    "seconds_per_epoch": 3.0,
    "updated": "2026-01-01T00:00:00+00:00",
    "host": socket.gethostname(),
    "pid": os.getpid(),
}


@pytest.fixture
def plan(project):
    return look(load_experiment("experiments/test.yaml"), project)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"epoch": 1}', "null"])
def test_progress_that_cannot_be_read_is_none(tmp_path, content):
    assert read_progress(tmp_path) is None
    (tmp_path / PROGRESS).write_text(content)
    assert read_progress(tmp_path) is None


def test_a_training_runs_while_its_process_lives_and_the_sweep_holds_the_folder(plan, project):
    first, second, third = plan.to_do[:3]
    write_json(first.unfinished(project) / PROGRESS, STATE)
    write_json(second.unfinished(project) / PROGRESS, STATE | {"pid": 2**22 + 1})  # beyond what Linux gives out
    write_json(third.unfinished(project) / PROGRESS, STATE | {"host": "a-node-of-the-cluster"})

    def states():
        return [row.state for row in standings(plan, project)[:4]]

    assert states() == ["unfinished", "unfinished", "unfinished", "waiting"]
    with only_sweep(first.folder(project).parent):
        assert states() == ["running", "unfinished", "running", "waiting"]


def test_time_left_by_hand(plan):
    """Two epochs at most each: one is left of the first, two of the second, which costs in proportion; then scores."""
    first, second, third = plan.to_do[:3]
    done = Standing(third, "done", 2, 0.1, 0.1, 3.0, 7.0)
    table = [Standing(first, "running", 1, 0.5, 0.4, 3.0), Standing(second, "waiting"), done]
    speed = (3.0 / first.cost + 3.0 / third.cost) / 2
    left = [3.0 + 7.0 * first.cost / third.cost, (2 * speed + 7.0 / third.cost) * second.cost + START_UP_SECONDS]
    assert seconds_left(table, workers=1) == pytest.approx(sum(left))
    assert seconds_left(table, workers=2) == pytest.approx(max(sum(left) / 2, max(left)))
    assert seconds_left([Standing(first, "waiting")], workers=1) is None


def test_the_live_view_shows_epoch_and_validation_esr(plan, project):
    write_json(plan.to_do[0].unfinished(project) / PROGRESS, STATE)
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with only_sweep(plan.to_do[0].folder(project).parent), Display(plan, project, console) as display:
        display([], "http://127.0.0.1:8787/status")
    shown = console.file.getvalue()
    assert "dashboard: http://127.0.0.1:8787/status" in shown
    assert plan.to_do[0].id in shown and "1/2" in shown and "50.0" in shown and "40.0" in shown
    assert "0 of 8 runs done, 1 running, 7 waiting" in shown


def test_status_of_an_unfinished_sweep(plan, project):
    write_json(plan.to_do[0].unfinished(project) / PROGRESS, STATE)
    outcome = CliRunner().invoke(main, ["status", "experiments/test.yaml"])
    assert outcome.exit_code == 0, outcome.output
    (line,) = [line for line in outcome.stdout.splitlines() if plan.to_do[0].id in line]
    assert line.split()[1:] == ["unfinished", "1/2", "50.0", "40.0", "3.0"]
    assert (
        outcome.stdout.splitlines()[-1]
        == summary(standings(plan, project))
        == "0 of 8 runs done, 1 unfinished, 7 waiting"
    )


def test_a_gain_is_shown_as_its_label_is_written(project, settings):
    """Square brackets are how the tables' library marks colours."""
    settings["device"]["gains"] = {"[red]": 2}
    (project / "experiments/test.yaml").write_text(yaml.safe_dump(settings))
    for split in ("Train", "Test"):
        (project / "data/recordings/TestAmp/Lead" / split / "Low").rename(
            project / "data/recordings/TestAmp/Lead" / split / "[red]"
        )
    plan = look(load_experiment("experiments/test.yaml"), project)
    run = plan.to_do[0]
    assert run.id.startswith("[red]-c")
    write_json(run.unfinished(project) / PROGRESS, STATE)
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with only_sweep(run.folder(project).parent), Display(plan, project, console) as display:
        display([], "http://127.0.0.1:8787/[1]/status")
    assert run.id in console.file.getvalue() and "8787/[1]/status" in console.file.getvalue()
    assert run.id in CliRunner().invoke(main, ["status", "experiments/test.yaml"]).stdout
    other = run.folder(project).with_name(f"{run.id[:-8]}00000000")
    write_json(
        other / runs.RECORD,
        {
            "id": other.name,
            "recipe": run.recipe,
            "parameters": run.parameters | {"epochs": 9},
            "recordings": {"identity": run.recordings},
        },
    )
    (run.unfinished(project) / PROGRESS).unlink()
    assert (
        look(load_experiment("experiments/test.yaml"), project).reasons[run.id] == f"changed since {other.name}: epochs"
    )


def test_a_run_that_failed_before_waits_again_and_a_damaged_one_is_called_so(plan, project):
    first, second, *_ = plan.to_do
    for run in (first, second):
        notebook = runs.failed_notebook(run.folder(project))
        notebook.parent.mkdir(parents=True)
        notebook.touch()
    os.utime(runs.failed_notebook(first.folder(project)), (0, 0))
    assert [row.state for row in standings(plan, project)[:3]] == ["failed", "failed", "waiting"]
    with only_sweep(first.folder(project).parent):
        os.utime(runs.failed_notebook(second.folder(project)))
        assert [row.state for row in standings(plan, project)[:3]] == ["waiting", "failed", "waiting"]
    (first.folder(project) / "audio").mkdir(parents=True)
    (first.folder(project) / runs.RECORD).write_text("{")
    outcome = CliRunner().invoke(main, ["status", "experiments/test.yaml"])
    assert outcome.exit_code == 0, outcome.output
    assert outcome.stdout.splitlines()[-1] == "0 of 8 runs done, 6 waiting, 1 damaged, 1 failed"
