"""Several experiments on one device in one published folder."""

import json

import pandas as pd
import pytest
from made_family import save_run

from ultragain.publishing import store
from ultragain.publishing.verify import verify
from ultragain.training import runs


@pytest.fixture
def both(project, done, path, with_budgets):
    """A windowed experiment and one of budgets, published; the run of the latter, and the folder."""
    run = save_run(with_budgets, {"gain": "High", "minutes": 2.0}, project)
    store.publish(done[1], path, project)
    store.publish(with_budgets, path.with_name("budgets.yaml"), project)
    return run, store.published_folder(project, with_budgets.device)


def test_the_index_names_every_experiment_once(project, done, path, with_budgets, both):
    assert store.publish(done[1], path, project) == []
    assert json.loads((both[1] / store.INDEX).read_text()) == {
        "experiments": [
            {"experiment": "test.yaml", "profile": "tiny"},
            {"experiment": "budgets.yaml", "profile": "tiny"},
        ]
    }
    assert store.published_profile(project, path.with_name("budgets.yaml")) == "tiny"
    assert [each.family for each in store.published_experiments(project)] == ["lstm-windowed", "budgeted"]


def test_one_pair_of_tables_has_all_runs(done, both):
    run, folder = both
    models = pd.read_csv(folder / "models.csv", index_col="run", dtype=str, keep_default_na=False)
    assert list(models.columns[:7]) == ["family", "gain", "context", "units", "learning_rate", "minutes", "seed"]
    assert list(models.loc[run.id][:7]) == ["budgeted", "High", "", "", "", "2.0", "25"]
    assert list(models.loc[done[0][0].id][:7]) == ["lstm-windowed", "Low", "8", "4", "0.01", "", "25"]
    assert (models.loc[run.id, "steps"], models.loc[done[0][0].id, "steps"]) == ("900", "")
    scores = pd.read_csv(folder / "scores.csv")
    assert sorted(set(scores["run"])) == sorted(models.index)


def test_runs_with_a_memory_come_without_audio(both):
    run, folder = both
    kept = {path.name for path in (folder / "runs" / run.id).iterdir()}
    assert kept == {runs.RECORD, runs.MODEL, runs.HISTORY, runs.METRICS}


def test_each_experiment_is_verified_by_itself(project, done, both):
    checked, problems = verify(done[1], project, workers=1, sample=1)
    assert problems == [] and len(checked) == 1
