import math
from types import SimpleNamespace

import numpy as np
import pytest

from ultragain.models.memory import audio
from ultragain.models.memory.learner import CHECKS, MemoryLearner
from ultragain.models.memory.recipe import Recipe, cosine, linear

RNG = np.random.default_rng(0)
DRY = RNG.normal(size=4000).astype(np.float32)


def fold(weights, dry, wet):
    return [weights[0] * wet / dry]


RECIPE = Recipe(samples=100, lead=10, piece=0.5, level=1.0, rate=0.5, rise=0.0, fall=linear, fold=fold)
STREAMS, PIECES, _ = audio.cut(RECIPE, [(DRY, 4 * DRY)], [], {"validation_share": 0.1, "sample_rate": 1000}, None)


class Scripted:
    """A model of one weight, which plays `weight` times what it hears; its training errors are written down before."""

    batch, updates, limit = 4, 2, 1.0

    def __init__(self, errors=None, norms=None, weights=None, averaged=None):
        self.errors, self.norms = errors or {}, norms or {}
        self.script = weights or {}, averaged or {}
        self.step, self.weight, self.mean, self.rates = 0, 0.0, 0.0, []

    weights = property(lambda self: [np.array([self.weight])])
    averaged = property(lambda self: [np.array([self.mean])])

    @property
    def state(self):
        return [np.array([self.weight, self.mean])]

    @state.setter
    def state(self, state):
        self.weight, self.mean = map(float, state[0])

    def learn(self, audio, target, starts, rates):
        self.rates.append(rates)
        self.weight = self.script[0].get(self.step, self.weight)
        self.mean = self.script[1].get(self.step, self.weight)
        energy = STREAMS.energy(starts)
        error, norm = self.errors.get(self.step, 0.5), self.norms.get(self.step, 0.1)
        self.step += 1
        return np.full(2, error * energy / 2), np.full(2, norm)

    def play(self, pieces, averaged=False, progress=iter):
        return [(self.mean if averaged else self.weight) * piece for piece in pieces]


def learner(model, steps=10):
    return MemoryLearner(RECIPE, model, {"steps": steps}, STREAMS, PIECES, 25)


def train(model, steps=10):
    made = learner(model, steps)
    return made, [made.epoch(number, lambda taken: None) for number in range(made.epochs)]


@pytest.mark.parametrize(
    "steps, epochs, most", [(1, 1, 1), (10, 10, 1), (CHECKS, CHECKS, 1), (2 * CHECKS + 1, CHECKS, 3)]
)
def test_all_steps_are_taken_once(steps, epochs, most):
    told, model = [], Scripted()
    made = learner(model, steps)
    for number in range(made.epochs):
        made.epoch(number, told.append)
    assert (made.epochs, made.steps, made.patience) == (epochs, most, math.inf)
    assert model.step == len(told) == steps
    assert max(told) == most


def test_rates_fall_in_a_line_over_all_updates():
    model = Scripted()
    train(model, steps=30)
    np.testing.assert_allclose(np.concatenate(model.rates), 0.5 * (1 - np.arange(60) / 60), rtol=1e-12)


def test_rates_of_a_recipe():
    recipe = SimpleNamespace(rate=2.0, rise=0.1, fall=cosine)
    rates = Recipe.rates(recipe, 0, 100, 100)
    np.testing.assert_allclose(rates[:10], 2 * np.arange(1, 11) / 10 * (1 + np.cos(np.pi * np.arange(10) / 100)) / 2)
    assert rates[50] == pytest.approx(1.0) and 0 < rates[99] < 0.001
    np.testing.assert_array_equal(Recipe.rates(recipe, 40, 7, 100), rates[40:47])


def test_a_row_is_the_ratio_of_sums_and_the_validation_of_the_better_weights():
    model = Scripted(errors={0: 0.3}, norms={0: 2.0}, weights={0: 0.5, 1: 0.9}, averaged={0: 0.8, 1: 0.7})
    made, rows = train(model, steps=2)
    # dry and wet are alike but for their levels: a model that plays w times what it hears has an ESR of (1 - w)^2
    assert rows[0]["esr"] == rows[0]["loss"] == pytest.approx(0.3)
    assert [row["val_esr"] for row in rows] == pytest.approx([0.2**2, 0.1**2], rel=1e-5)
    assert [row["clipped"] for row in rows] == [1.0, 0.0]
    power = np.mean((4 * DRY[3600:].astype(float)) ** 2)
    assert rows[0]["val_mse"] == pytest.approx(0.2**2 * power, rel=1e-5)
    assert made.weights[0] == pytest.approx([0.9 * 4], rel=1e-6)  # the last ones, which were better, at their level


def test_weights_are_those_of_the_row():
    made = learner(Scripted(weights={0: 0.5, 1: 0.9}, averaged={0: 0.8, 1: 0.7}))
    made.epoch(0, lambda taken: None)
    assert made.weights[0] == pytest.approx([0.8 * 4], rel=1e-6)


@pytest.mark.parametrize(
    "errors, clipped, factors",
    [
        ({0: 0.1, 1: 0.19}, False, [1, 1]),
        ({0: 0.1, 1: 0.21}, False, [1, 0.5]),  # a surge
        ({0: 0.1, 1: 0.13}, True, [1, 0.5]),  # less suffices where gradients are too long
        ({0: 0.1, 1: 0.13}, False, [1, 1]),
        ({0: 0.1, 1: 0.11}, True, [1, 1]),
        ({0: 0.1, 1: 0.19, 2: 0.21, 3: 0.1}, False, [1, 1, 0.5, 0.5]),  # twice the lowest one, not the one before
        ({0: 0.1, 1: 0.3, 2: 0.3}, False, [1, 0.5, 0.25]),
    ],
)
def test_the_rate_is_halved_when_the_error_surges(errors, clipped, factors):
    model = Scripted(errors, norms=dict.fromkeys(range(10), 2.0 if clipped else 0.1))
    made = learner(model, len(errors) + 1)
    assert [made.epoch(number, lambda taken: None)["rate_factor"] for number in range(len(errors))] == factors
    made.epoch(len(errors), lambda taken: None)
    expected = [factors[0], *factors]  # from the next epoch on
    for number, (rates, factor) in enumerate(zip(model.rates, expected, strict=True)):
        assert rates[0] == pytest.approx(factor * 0.5 * (1 - number / (len(errors) + 1)))


def test_an_error_that_is_no_number_goes_back_to_the_best_weights():
    weights = {0: 0.5, 1: 0.9, 2: 0.6, 3: np.nan, 4: 0.95}
    model = Scripted({3: np.nan}, weights=weights)
    made = learner(model, 5)
    rows = [made.epoch(number, lambda taken: None) for number in range(4)]
    assert model.weight == 0.9
    assert rows[3]["val_esr"] == pytest.approx(0.1**2, rel=1e-5)
    assert (rows[3]["esr"], rows[3]["rate_factor"]) == (math.inf, 0.25)  # the step, and then the epoch without a number


def test_a_training_that_diverges_at_once_begins_again_from_its_first_weights():
    model = Scripted({0: np.inf}, weights={0: np.nan, 1: 0.9})
    made = learner(model, 2)
    first, second = (made.epoch(number, lambda taken: None) for number in range(2))
    assert first["val_esr"] == pytest.approx(1.0)  # of a weight of 0
    assert second["val_esr"] == pytest.approx(0.1**2, rel=1e-5)


def test_its_state_holds_all_that_it_goes_on_from():
    script = {"errors": {1: 0.9, 4: np.nan}, "weights": {0: 0.5, 1: 0.9, 2: 0.6, 3: 0.5, 5: 0.95}}
    through, rows = train(Scripted(**script), steps=8)
    first = learner(Scripted(**script), 8)
    for number in range(3):
        first.epoch(number, lambda taken: None)
    model = Scripted(**script)
    model.step = 3
    second = learner(model, 8)
    second.state = first.state
    assert [second.epoch(number, lambda taken: None) for number in range(3, 8)] == rows[3:]
    np.testing.assert_array_equal(second.weights, through.weights)


def test_an_epoch_of_silence_does_not_change_the_rate(monkeypatch):
    made = learner(Scripted({0: 0.1, 1: 0.1}), 3)
    made.epoch(0, lambda taken: None)
    monkeypatch.setattr(type(STREAMS), "energy", lambda self, starts: 0.0)
    row = made.epoch(1, lambda taken: None)
    assert (row["esr"], row["rate_factor"]) == (math.inf, 1)
