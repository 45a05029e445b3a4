import dataclasses

import pytest
from made_results import make_results

from ultragain.book.reproduction import UNSEEN, Reproduction, beside, made_with, model_by_model, reproduction_facts

VERSIONS = {"python": "3.11", "processor": "some processor", "engine": "abc"}


def with_records(results, **changes):
    """Results as published or trained: with records, and what else is asked for."""
    records = {
        run: {
            "sha256": {"model.keras": f"weights of {run}"},
            "versions": VERSIONS,
            "computed_with": "the engine (AVX-512)",
            "recipe": 3,
            "recordings": {"identity": "i" * 64, "samples": "s" * 64},
            "parameters": {"gain": results.models.loc[run, "gain"]},
            "finished": "2026-11-26T12:00:00+00:00",
        }
        for run in results.models.index
    }
    return dataclasses.replace(results, records=records, **changes)


@pytest.fixture
def published(project):
    return with_records(
        make_results(project, lambda gain, context, units, rate, riff: 1 / context + rate), is_published=True
    )


def test_the_same_training_is_compared_to_the_bit(published, project):
    here = dataclasses.replace(published, is_published=False)
    facts = reproduction_facts(Reproduction(published, here))
    assert "8 of 8 models have the same weights to the last bit, and scores differ by 0.0e+00" in facts["price"]
    assert "rank correlation of the ESR with the published one is 1.00" in facts["order"]
    changed = {run: record | {"sha256": {"model.keras": "other"}} for run, record in here.records.items()}
    changed["run0"] = here.records["run0"]
    pair = Reproduction(published, dataclasses.replace(here, records=changed))
    assert "1 of 8 models have the same weights" in reproduction_facts(pair)["price"]
    assert "differ" in model_by_model(pair).data and "equal" in model_by_model(pair).data


def test_less_training_is_compared_by_order_and_price(published, project):
    worse = make_results(project, lambda gain, context, units, rate, riff: 2 * (1 / context + rate))
    names = {run: f"quick {run}" for run in worse.models.index}
    here = with_records(dataclasses.replace(worse, models=worse.models.rename(index=names)))
    pair = Reproduction(published, here)
    facts = reproduction_facts(pair)
    assert "In the median model the ESR is 2.00 times the published one (2.00 to 2.00)" in facts["price"]
    assert "24 of 28 pairs of models have the same order" in facts["order"]  # the others are ties of the two gains
    drawn = [line for line in beside(pair).axes[0].lines if line.get_marker() != "None"]
    assert sum(len(line.get_xdata()) for line in drawn) == 8
    assert "weights" not in model_by_model(pair).data
    assert "some processor" in made_with(pair).data


def test_without_anything_to_compare_the_page_says_why_once(published):
    alone = Reproduction(published, None)
    assert reproduction_facts(alone) == {"compared": UNSEEN, "order": "", "price": ""}
    assert beside(alone) is None and model_by_model(alone) is None
    own = Reproduction(dataclasses.replace(published, is_published=False), published)
    assert "Nothing is published of this experiment" in reproduction_facts(own)["compared"]
    assert "some processor" in made_with(own).data
