import dataclasses

import pandas as pd
import pytest
from made_results import make_results

from ultragain.book.kit import costs
from ultragain.experiment import load_experiment
from ultragain.files import project_root


@pytest.fixture(autouse=True)
def reference(request, monkeypatch):
    """Reference figures are this project's, whatever project the results are of; its folder."""
    root = project_root(request.config.rootpath)
    monkeypatch.setattr(costs, "project_root", lambda: root)
    monkeypatch.setattr(costs.glue, "project_root", lambda: root)
    return root


def test_epochs_and_patience_are_added_up(project):
    results = make_results(project, lambda *_: 0.5)  # 8 models of 2 epochs and 60 s each, the best epoch the second
    models = results.models.assign(best_epoch=[1, 2] * 4)
    facts = costs.cost_facts(dataclasses.replace(results, models=models))
    assert facts["total_epochs"] == "16" and facts["total_hours"] == "8 min" and facts["epoch_seconds"] == "30.0 s"
    assert facts["patience_epochs"] == "4" and facts["patience_share"] == "25.0 %"
    assert facts["stopped_early"] == "0 of 8"
    assert facts["stopped_by_rate"] == "0 of 4 with a learning rate of 0.001 and 0 of 4 with a learning rate of 0.01"
    assert facts["original_cost"] == "" and facts["undisturbed"] == ""


def test_the_authors_cost_is_what_the_write_up_says(reference):
    device = load_experiment(reference / "experiments" / "dsl20h_ultragain.yaml").device
    said = costs.original_cost(device, 3381, 22584)
    assert "took 3,381 epochs and 22,584 s of a GPU (6 h 16 min, 6.7 s an epoch)" in said
    assert "1.00 times the epochs, and 1.00 times the seconds" in said


def test_undisturbed_time_is_epochs_by_speed(project, reference):
    speeds = pd.read_csv(reference / costs.SPEEDS)
    results = make_results(project, lambda *_: 0.5)
    models = results.models.iloc[: len(speeds)].assign(
        context=speeds["context"].to_numpy(), units=speeds["units"].to_numpy(), training_windows=75_000
    )
    minutes = 1000 * speeds["ours_seconds"].sum() / 60
    said = costs.undisturbed_cost(dataclasses.replace(results, models=models.assign(epochs_trained=1000)))
    assert f"{minutes // 60:.0f} h" in said and "2 cores" in said
