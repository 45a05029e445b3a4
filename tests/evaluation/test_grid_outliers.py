"""Runs that lie apart, against the mean-shift model: a coefficient of its own for one run, by plain least squares."""

import numpy as np
import pytest
from made_grids import made_scores
from scipy import stats

from ultragain.book.kit.effects import Analysis, effect_facts
from ultragain.evaluation.effects.fit import fit_grid
from ultragain.evaluation.effects.outliers import outliers
from ultragain.evaluation.effects.ratios import ratios


def spoilt(factor, run="run7"):
    """A grid in which one run's ESR is so many times what it would have been."""
    scores = made_scores(lambda gain, context, *_: 0.2 * (gain == "High") - 0.1 * (context == 88))
    return scores.assign(esr=scores["esr"].where(scores["run"] != run, factor * scores["esr"]))


def test_a_run_that_lies_apart_is_found_with_its_factor():
    fit = fit_grid(spoilt(3))
    found = outliers(fit)
    assert list(found.index) == ["run7"]
    design = np.column_stack([fit.results.model.exog, fit.runs.index == "run7"])
    known, (left,), *_ = np.linalg.lstsq(design, fit.runs["response"], rcond=None)
    df = len(design) - design.shape[1]
    error = np.sqrt(left / df * np.linalg.inv(design.T @ design)[-1, -1])
    assert found["factor"].item() == pytest.approx(10 ** known[-1])
    assert found["t"].item() == pytest.approx(known[-1] / error)
    assert found["p"].item() == pytest.approx(len(design) * 2 * stats.t.sf(known[-1] / error, df))


def test_the_furthest_comes_first_and_one_too_low_is_found_too():
    scores = spoilt(4)
    scores["esr"] = scores["esr"].where(scores["run"] != "run20", scores["esr"] / 6)
    found = outliers(fit_grid(scores))
    assert set(found.index[:2]) == {"run7", "run20"} and found["factor"]["run20"] < 0.5 < 2 < found["factor"]["run7"]
    assert found["t"].abs().is_monotonic_decreasing


def test_chance_alone_lies_apart_as_often_as_it_is_said():
    """In one of twenty grids: 8 of 60 or more would come by chance once in a hundred times."""
    assert sum(len(outliers(fit_grid(made_scores(seed=seed)))) > 0 for seed in range(60)) < 8


def test_pages_say_what_changes_without_such_a_run():
    scores = spoilt(3)
    said = effect_facts(Analysis("", scores, fit_grid(scores), None, ""))["outliers"]
    pairs = ratios(fit_grid(scores[scores["run"] != "run7"]))
    row = pairs[(pairs["first"] == "Low") & (pairs["second"] == "High")].iloc[0]
    assert "Unlike the others: gain Low, context 66, 96 units, learning rate 0.01 (" in said
    assert f"gain High for Low {row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f}, p < 0.001)" in said
    even = made_scores(seed=1)
    said = effect_facts(Analysis("", even, fit_grid(even), None, ""))["outliers"]
    assert said == "No run lies further from what the others let expect than chance explains."
