"""Runs of a family with budgets, from what they are asked to be to what a person reads of them."""

import json

import pytest
from click.testing import CliRunner
from made_family import save_run

from ultragain.cli.main import main
from ultragain.evaluation.results import find_results, load_results
from ultragain.experiment import load_experiment
from ultragain.files import write_json
from ultragain.sweep.display import summary
from ultragain.sweep.plan import look, plan_sweep
from ultragain.sweep.progress import START_UP_SECONDS, Standing, seconds_left, standings
from ultragain.training import runs
from ultragain.training.checkpoint import PROGRESS
from ultragain.training.request import read_request

COMBINATION = {"gain": "High", "minutes": 2.0}


def test_a_run_says_its_family_and_its_budget(with_budgets):
    run = runs.describe_run(with_budgets, COMBINATION, "abc")
    assert run.id == f"budgeted-High-m2-s25-{run.key[:8]}"
    assert runs.seed_of(run.id) == 25
    assert run.parameters == COMBINATION | {
        "family": "budgeted",
        "learning": 1,
        "threads": 2,
        "seed": 25,
        "validation_share": 0.1,
        "steps_per_minute": None,
        "test_riffs": ["one", "two"],
        "scored_seconds": 0.1,
        "sample_rate": 44100,
    }


def test_a_request_ignores_what_its_family_does_not_vary(project, with_budgets):
    asked = {"gain": "High", "context": "none", "units": 0, "learning_rate": 0, "minutes": "2"}
    assert read_request(project, "experiments/budgets.yaml", **asked).combination == COMBINATION


def test_results_are_those_of_the_experiments_family(project, with_budgets):
    run = save_run(with_budgets, COMBINATION, project)
    assert find_results(load_experiment("experiments/test.yaml"), project) is None
    results = load_results(with_budgets, project)
    assert results.source == "tanh of the dry signal, profile tiny, 1 of 4 models"
    model = results.models.loc[run.id]
    assert (model["gain"], model["minutes"], model["steps"], model["step_seconds"]) == ("High", 2.0, 900, 0.05)
    assert (model["audio_training"], model["audio_validation"], model["val_esr"]) == (1.8, 0.2, 0.4)
    record = json.loads((run.folder(project) / runs.RECORD).read_text())
    assert record["audio"] == {"training": 1.8, "validation": 0.2} and "windows" not in record


@pytest.mark.parametrize("val_esr, has_learned", [(0.89, True), (0.9, False), (float("nan"), False)])
def test_a_model_that_learned_nothing_is_called_so(project, with_budgets, val_esr, has_learned):
    run = save_run(with_budgets, COMBINATION, project, val_esr)
    if val_esr != val_esr:
        history = run.folder(project) / runs.HISTORY
        history.write_text("epoch,esr,val_esr\n1,0.5,\n2,0.5,\n")
        record = json.loads((run.folder(project) / runs.RECORD).read_text())
        record["sha256"][runs.HISTORY] = runs.file_digest(history)
        write_json(run.folder(project) / runs.RECORD, record)
    said = CliRunner().invoke(main, ["results", "experiments/budgets.yaml"]).stdout
    assert ("learned nothing: budgeted-High-m2-s25-" in said) != has_learned
    shown = CliRunner().invoke(main, ["status", "experiments/budgets.yaml"]).stdout
    assert ("done, learned nothing" in shown) != has_learned
    assert ("1 of 4 runs done, 1 of them learned nothing, 3 waiting" in shown) != has_learned


def test_a_plan_of_budgets(project, with_budgets):
    run = save_run(with_budgets, COMBINATION, project)
    plan = plan_sweep(with_budgets, project)
    assert [each.parameters["minutes"] for each in plan.to_do] == [2.0, 0.5, 0.5] and plan.done == [run]
    outcome = CliRunner().invoke(main, ["sweep", "experiments/budgets.yaml", "--dry-run", "--only", "minutes=0.5"])
    assert outcome.stdout.count("to do  budgeted-") == 2
    outcome = CliRunner().invoke(main, ["sweep", "experiments/budgets.yaml", "--dry-run", "--only", "context=8"])
    assert "--only context: unknown; choose from gain, minutes" in outcome.stderr


def test_the_time_left_of_budgets(project, with_budgets):
    first, second, *_ = look(with_budgets, project).to_do  # two minutes each
    assert seconds_left([Standing(first, "waiting")], workers=1) == 120 + START_UP_SECONDS
    running = Standing(first, "running", 5, 0.5, 0.4, 6.0, epochs=20)
    assert (running.work, running.share) == (2.0, 0.25)
    assert seconds_left([running, Standing(second, "waiting")], workers=2) == 120 + START_UP_SECONDS
    assert seconds_left([running], workers=1) == 15 * 6.0


def test_a_budgets_epochs_are_what_its_training_says(project, with_budgets):
    plan = look(with_budgets, project)
    state = {"epoch": 5, "epochs": 20, "val_esr": 0.5, "best_val_esr": 0.4, "best_epoch": 5, "seconds_per_epoch": 6.0}
    where = {"updated": "2026-01-01T00:00:00+00:00", "host": "elsewhere", "pid": 1}
    write_json(plan.to_do[0].unfinished(project) / PROGRESS, state | where)
    shown = CliRunner().invoke(main, ["status", "experiments/budgets.yaml"]).stdout
    assert "5/20" in shown
    assert summary(standings(plan, project)) == "0 of 4 runs done, 1 unfinished, 3 waiting"


@pytest.mark.parametrize("command", ["book", "site"])
def test_no_book_is_built_of_it(with_budgets, command):
    outcome = CliRunner().invoke(main, [command, "experiments/budgets.yaml"])
    assert outcome.exit_code == 1 and outcome.stderr.count("\n") == 1
    assert "the book's chapters are about windowed models, and its family is budgeted" in outcome.stderr


@pytest.mark.parametrize("given, workers", [([], 3), (["--workers", "1"], 1)])
def test_models_side_by_side_share_the_cores(project, with_budgets, monkeypatch, given, workers):
    """Seven cores, two for each model."""
    monkeypatch.setattr("ultragain.cli.sweep.CPU_COUNT", 7)
    asked = []
    monkeypatch.setattr("ultragain.sweep.run.run_sweep", lambda *arguments, **where: asked.append(arguments[6]) or [])
    outcome = CliRunner().invoke(main, ["sweep", "experiments/budgets.yaml", *given])
    assert outcome.exit_code == 0, outcome.output
    assert asked == [workers]
