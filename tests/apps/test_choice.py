import pytest
from made_results import make_results

from ultragain.apps.choice import ANY, ModelChoice, listed_models
from ultragain.grid import FACTORS


def error(gain, context, units, rate, riff):
    """The lower the gain, the longer the context and the higher the rate, the better; all differ."""
    return {"Low": 0.1, "High": 0.4}[gain] + 0.1 / context - rate


@pytest.fixture
def results(project):
    return make_results(project, error)


@pytest.fixture
def choice(results):
    changes = []
    made = ModelChoice(results, changes.append)
    made.changes = changes
    return made


def listed(choice, results):
    """(gain, context, learning rate) of the models in the list."""
    runs = [run for _, run in choice.models.options]
    return [tuple(row) for row in results.models.loc[runs, ["gain", "context", "learning_rate"]].to_numpy()]


BEST_FIRST = [
    (gain, context, rate) for gain in ("Low", "High") for rate in (0.01, 0.001) for context in (16, 8)
]  # 0.1 / 8 - 0.1 / 16 is 0.006, less than the 0.009 between the rates


def test_the_best_model_comes_first_and_is_chosen(choice, results):
    assert listed(choice, results) == BEST_FIRST
    assert choice.chosen == [choice.models.options[0][1]]
    assert choice.models.options[0][0] == "gain Low, context 16, 4 units, learning rate 0.01: ESR 9.6 %"


def test_each_dimension_filters(choice, results):
    assert set(choice.filters) == set(FACTORS)
    choice.filters["gain"].value = "High"
    assert listed(choice, results) == BEST_FIRST[4:]
    choice.filters["context"].value = 8
    assert listed(choice, results) == [("High", 8, 0.01), ("High", 8, 0.001)]
    choice.filters["gain"].value = ANY
    assert listed(choice, results) == [each for each in BEST_FIRST if each[1] == 8]


def test_orders(choice, results):
    choice.order.value = "worst"
    assert listed(choice, results) == BEST_FIRST[::-1]
    choice.order.value = "context"  # the best first at each
    assert listed(choice, results) == [each for context in (8, 16) for each in BEST_FIRST if each[1] == context]
    choice.order.value = "gain"  # in the experiment's order
    assert listed(choice, results) == BEST_FIRST


def test_what_is_chosen_stays_while_it_is_listed(choice):
    runs = [run for _, run in choice.models.options]
    choice.models.value = (runs[1], runs[5])
    assert choice.chosen == [runs[1], runs[5]] and len(choice.changes) == 1
    choice.order.value = "worst"
    assert choice.chosen == [runs[5], runs[1]] and len(choice.changes) == 2  # another order is another picture
    choice.filters["gain"].value = "High"
    assert choice.chosen == [runs[5]] and len(choice.changes) == 3
    choice.filters["gain"].value = "Low"  # nothing is left of it: the best one there
    assert choice.chosen == [runs[3]] or choice.chosen == [runs[0]]
    assert len(choice.changes) == 4


def test_nothing_may_fit(results):
    assert list(listed_models(results.models, {"gain": "Low", "units": 5}, "best", ["Low", "High"]).index) == []
