import gc
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from made_grids import FULL, made_scores, run_means
from scipy import stats

from ultragain.errors import UltraGainError
from ultragain.evaluation.effects.fit import fit_each, fit_grid
from ultragain.evaluation.effects.ratios import equivalence, ratios
from ultragain.evaluation.effects.variance import anova, mixed_model
from ultragain.grid import FACTORS


def planted(gain, context, units, rate):
    """ESR doubles from Low to High; a learning rate of 0.01 costs a factor of 1.5, at High of 3."""
    rate_costs = {0.0001: 0, 0.01: np.log10(3 if gain == "High" else 1.5)}[rate]
    return {"Low": 0, "Mid": 0.1, "High": np.log10(2)}[gain] + rate_costs


def row(table, dimension, first, second, at=None):
    found = table[
        (table["dimension"] == dimension) & (table["first"] == first) & (table["second"] == second)
        & ((table["at"] == at) if at is not None else table["at"].isna())
    ]  # fmt: skip
    return found.squeeze()


def holm_by_hand(p):
    """The smallest of n times n, the next times n - 1, ..., never below the one before."""
    order = p.sort_values()
    adjusted = np.minimum(np.maximum.accumulate(order * np.arange(len(p), 0, -1)), 1)
    return adjusted.reindex(p.index).tolist()


def test_anova_of_a_full_grid_by_hand():
    # Balanced: sums of squares follow from the marginal means alone.
    scores = made_scores(planted)
    table, means = anova(fit_grid(scores)), run_means(scores)
    y, names, n = means["y"], list(FACTORS), 36
    main = {name: means.groupby(name)["y"].transform("mean") - y.mean() for name in names}
    expected = {(name,): (means[name].nunique() - 1, (main[name] ** 2).sum()) for name in names}
    for a, b in combinations(names, 2):
        both = means.groupby([a, b])["y"].transform("mean") - y.mean() - main[a] - main[b]
        expected[a, b] = (expected[(a,)][0] * expected[(b,)][0], (both**2).sum())
    left = ((y - y.mean()) ** 2).sum() - sum(squares for _, squares in expected.values())
    error = left / 16
    assert list(table["term"]) == [*expected, ()]
    assert list(table.index[:5]) == ["gain", "context", "units", "learning rate", "gain × context"]
    assert table.loc["error", ["df", "sum_of_squares", "mean_square"]].tolist() == pytest.approx([16, left, error])
    for term, (df, squares) in expected.items():
        found = table[table["term"] == term].squeeze()
        variance = df * (squares / df - error) / n  # of the effect: Olejnik & Algina's estimate
        assert (found["df"], found["sum_of_squares"]) == (df, pytest.approx(squares, rel=1e-9))
        assert found["F"] == pytest.approx(squares / df / error)
        assert found["p"] == pytest.approx(stats.f.sf(squares / df / error, df, 16))
        assert found["partial_omega_squared"] == pytest.approx(variance / (variance + error))
    assert table["p_holm"].iloc[:-1].tolist() == pytest.approx(holm_by_hand(table["p"].iloc[:-1]), rel=1e-9, abs=0)
    assert set(table.index[:-1][table["p_holm"].iloc[:-1] < 0.05]) == {"gain", "learning rate", "gain × learning rate"}


def test_one_dimension_is_the_classical_test():
    scores = made_scores(planted, grid=(FULL[0], [44], [64], [0.01]), repeats=4)
    fit, means = fit_grid(scores), run_means(scores)
    reference = stats.f_oneway(*(part["y"] for _, part in means.groupby("gain")))
    assert anova(fit).loc["gain", ["F", "p"]].tolist() == pytest.approx(list(reference), rel=1e-8)
    assert (fit.levels, fit.note, fit.df_error) == ({"gain": ["Low", "Mid", "High"]}, "", 9)
    assert fit.deviation == pytest.approx(np.sqrt(means.groupby("gain")["y"].var().mean()))  # equal groups
    assert fit.factor == pytest.approx(10**fit.deviation)


def test_a_grid_with_missing_runs_compares_nested_fits():
    scores = made_scores(planted, seed=4)
    scores = scores[~scores["run"].isin(["run3", "run17", "run30"])]
    fit, means = fit_grid(scores), run_means(scores)
    table = anova(fit)

    def left(terms):  # residual sum of squares of all indicator columns of the terms
        columns = [np.ones((len(means), 1))]
        for term in terms:
            columns.append(pd.get_dummies(means[list(term)].astype(str).agg("/".join, axis=1)).to_numpy(float))
        design = np.hstack(columns)
        fitted = design @ np.linalg.lstsq(design, means["y"], rcond=None)[0]
        return ((means["y"] - fitted) ** 2).sum()

    assert (fit.note, fit.df_error) == ("", 13)
    assert table.loc["error", "sum_of_squares"] == pytest.approx(left(fit.terms))
    for term in fit.terms:  # type II: beyond all terms that do not contain it
        others = [other for other in fit.terms if not set(term) <= set(other)]
        squares = table[table["term"] == term]["sum_of_squares"].item()
        assert squares == pytest.approx(left(others) - left([*others, term]), rel=1e-6)


def test_ratios_by_hand():
    scores = made_scores(planted, seed=1)
    fit, means = fit_grid(scores), run_means(scores)
    table = ratios(fit)
    assert len(table) == 3 + 3 + 1 + 1
    error, t = anova(fit).loc["error", "mean_square"], stats.t.ppf(0.975, 16)
    by_value = means.groupby("gain")["y"].mean()
    difference, half = by_value["High"] - by_value["Low"], t * np.sqrt(2 * error / 12)
    expected = [10**difference, 10 ** (difference - half), 10 ** (difference + half)]
    found = row(table, "gain", "Low", "High")
    assert found[["ratio", "low", "high"]].tolist() == pytest.approx(expected)
    # Two values: the t test is the analysis of variance's F test.
    assert row(table, "units", 64, 96)["p"] == pytest.approx(anova(fit).loc["units", "p"])
    assert table["p_holm"].tolist() == pytest.approx(holm_by_hand(table["p"]), rel=1e-9, abs=0)

    within = ratios(fit, within="gain")
    assert len(within) == 3 * (3 + 1 + 1) and set(within["dimension"]) == {"context", "units", "learning_rate"}
    by_value = means[means["gain"] == "High"].groupby("learning_rate")["y"].mean()
    difference, half = by_value[0.01] - by_value[0.0001], t * np.sqrt(2 * error / 6)
    found = row(within, "learning_rate", 0.0001, 0.01, at="High")
    assert found["ratio"] == pytest.approx(10**difference)
    assert found["high"] == pytest.approx(10 ** (difference + half))


def test_missing_runs_do_not_mix_effects():
    # High is trained at the better learning rate alone, but for one run: its plain mean would look good.
    def additive(gain, context, units, rate):
        return {"Low": 0, "Mid": 0.1, "High": 0.2}[gain] + (0.5 if rate == 0.01 else 0)

    scores = made_scores(additive, run=1e-6, residual=0)
    keep = (scores["gain"] != "High") | (scores["learning_rate"] == 0.0001) | (scores["run"] == "run35")
    fit = fit_grid(scores[keep], interactions=False)
    assert row(ratios(fit), "gain", "Low", "High")["ratio"] == pytest.approx(10**0.2, rel=1e-3)
    assert row(ratios(fit), "learning_rate", 0.0001, 0.01)["ratio"] == pytest.approx(10**0.5, rel=1e-3)


def test_planted_ratios_are_covered_at_their_rate_and_chance_is_seldom_called_an_effect(monkeypatch):
    monkeypatch.setattr(gc, "collect", lambda: 0)  # statsmodels' Holm does it each time
    # 400 grids; binomial bounds: 0.95 (0.05) +- 3.3 standard errors of 0.011.
    fit, rng = fit_grid(made_scores()), np.random.default_rng(25)
    effects = np.array([planted(*settings) for settings in fit.runs[list(FACTORS)].itertuples(index=False)])
    covered, false, called, anything = [], [], [], []
    for chance in rng.normal(scale=0.05, size=(400, 36)):
        grid = replace(fit, results=sm.OLS(effects + chance, fit.results.model.exog).fit())
        table = ratios(grid)
        gain = table.iloc[1]  # Low, High; planted: 2 at the better learning rate, 4 at the other
        covered.append(gain["low"] < np.sqrt(2 * 4) < gain["high"])
        units = table.iloc[6]
        false.append(units["p"] < 0.05)
        nothing = table[table["dimension"].isin(["context", "units"])]
        anything.append((nothing["p_holm"] < 0.05).any())
        called.append(gain["p_holm"] < 0.05)
    assert row(ratios(fit), "gain", "Low", "High").name == 1 and row(ratios(fit), "units", 64, 96).name == 6
    assert 0.914 < np.mean(covered) < 0.986
    assert 0.014 < np.mean(false) < 0.086
    assert np.mean(anything) < 0.086
    assert np.mean(called) == 1


def test_equivalence_is_two_one_sided_t_tests():
    fit = fit_grid(made_scores(planted, run=0.02, seed=2))
    table, wide = equivalence(fit), ratios(fit, confidence=0.9)
    margin, df = np.log10(1.05), 16
    error = (np.log10(wide["high"]) - np.log10(wide["ratio"])) / stats.t.ppf(0.95, df)
    difference = np.log10(wide["ratio"])
    above = stats.t.sf((difference + margin) / error, df)  # against a ratio of 1 / 1.05 and less
    below = stats.t.cdf((difference - margin) / error, df)  # against 1.05 and more
    assert table["p"].tolist() == pytest.approx(np.maximum(above, below).tolist())
    assert table[["low", "high"]].to_numpy() == pytest.approx(wide[["low", "high"]].to_numpy())
    inside = (table["low"] > 1 / 1.05) & (table["high"] < 1.05)
    assert table["equivalent"].tolist() == inside.tolist() and 0 < inside.sum() < 8


def test_equivalence_needs_evidence():
    quiet = fit_grid(made_scores(planted, run=0.005, residual=0.001))
    assert row(equivalence(quiet), "units", 64, 96)["equivalent"]
    assert not row(equivalence(quiet), "learning_rate", 0.0001, 0.01)["equivalent"]
    # No difference is found in a noisy grid, and none is excluded either.
    noisy = fit_grid(made_scores(planted, run=0.3))
    assert row(ratios(noisy), "units", 64, 96)["p"] > 0.05
    assert not row(equivalence(noisy), "units", 64, 96)["equivalent"]
    # The margin is a ratio: turned upside down nothing changes.
    scores = made_scores(planted, run=0.02, seed=2)
    turned = equivalence(fit_grid(scores.assign(esr=1 / scores["esr"])))
    assert turned["p"].tolist() == pytest.approx(equivalence(fit_grid(scores))["p"].tolist())


def test_the_mixed_model_agrees_with_the_runs_means():
    scores = made_scores(planted, run=0.05, residual=0.03, seed=3)
    fit = fit_grid(scores)
    mixed = mixed_model(fit)
    assert mixed.difference < 1e-6 and mixed.converged and mixed.notes == ()
    assert mixed.deviation == pytest.approx(fit.deviation, rel=1e-4)
    # A balanced table: restricted maximum likelihood is the mean squares' closed form.
    wide = np.log10(scores.pivot(index="run", columns="riff", values="esr").to_numpy())
    both = wide - wide.mean(axis=1, keepdims=True) - wide.mean(axis=0) + wide.mean()
    residual = (both**2).sum() / (35 * 2)
    run = fit.deviation**2 - residual / 3
    riff = wide.mean(axis=0).var(ddof=1) - residual / 36
    expected = np.sqrt([run, riff, residual])
    assert [mixed.run, mixed.riff, mixed.residual] == pytest.approx(expected.tolist(), rel=1e-4)


def test_a_variance_of_zero_is_found_and_noted():
    # Runs differ less than their residuals make them: the best estimate is none, and all squares are residual.
    scores = made_scores(planted, run=0, residual=0.1, seed=5)
    fit = fit_grid(scores)
    wide = np.log10(scores.pivot(index="run", columns="riff", values="esr").to_numpy())
    both = wide - wide.mean(axis=1, keepdims=True) - wide.mean(axis=0) + wide.mean()
    squares, of_runs = (both**2).sum(), 3 * fit.df_error * fit.deviation**2
    assert of_runs / 16 < squares / 70
    mixed = mixed_model(fit)
    assert mixed.residual == pytest.approx(np.sqrt((squares + of_runs) / (70 + 16)), rel=1e-3)
    assert mixed.run < 0.01 * mixed.residual and mixed.difference < 1e-6
    assert mixed.notes[0] == "The MLE may be on the boundary of the parameter space."


def test_a_mixed_model_needs_several_riffs():
    for same in ({"riffs": {"a": 0}}, {"residual": 0}):
        with pytest.raises(UltraGainError, match="differs from riff to riff by chance"):
            mixed_model(fit_grid(made_scores(**same)))


def test_runs_without_a_score_on_every_riff_are_left_out():
    scores = made_scores(planted)
    scores.loc[0, "esr"], scores.loc[22, "esr"], scores.loc[43, "esr"] = np.nan, np.inf, 0
    scores = scores.drop(index=65)
    fit = fit_grid(scores)
    assert fit.left_out == 4
    assert list(fit.runs.index) == [f"run{n}" for n in range(36) if n not in (0, 7, 14, 21)]
    assert len(fit.rows) == 32 * 3 and fit.df_error == 12
    assert np.isfinite(anova(fit)["p"].iloc[:-1]).all() and mixed_model(fit).difference < 1e-6
    with pytest.raises(UltraGainError, match="0 of 36 runs have a finite ESR"):
        fit_grid(scores.assign(esr=np.nan))


def test_what_a_grid_cannot_support():
    # Two by two: one degree of freedom beside the main effects, none beside their interaction.
    small = fit_grid(made_scores(planted, grid=(["Low", "High"], [44], [64], [0.0001, 0.01])))
    assert small.note == "main effects alone: 4 runs cannot tell two-way interactions from chance"
    assert small.terms == (("gain",), ("learning_rate",)) and small.df_error == 1
    assert list(anova(small)["df"]) == [1, 1, 1] and len(ratios(small)) == 2
    with pytest.raises(UltraGainError, match="ratios within gain need interactions"):
        ratios(small, within="gain")
    # High was never trained at the other learning rate: that interaction has no estimate.
    scores = made_scores(planted)
    holed = fit_grid(scores[(scores["gain"] != "High") | (scores["learning_rate"] == 0.0001)])
    assert holed.note.startswith("main effects alone: 30 runs") and holed.df_error == 30 - 7
    # Learning rate and units change together.
    tied = scores[(scores["units"] == 64) == (scores["learning_rate"] == 0.01)]
    with pytest.raises(
        UltraGainError, match="18 runs cannot tell the effects of gain, context, units and learning rate"
    ):
        fit_grid(tied)
    with pytest.raises(UltraGainError, match="3 runs cannot tell the effects of gain from chance"):
        fit_grid(made_scores(grid=(FULL[0], [44], [64], [0.01])))
    with pytest.raises(UltraGainError, match="nothing measures chance"):
        fit_grid(made_scores(planted, run=0, residual=0))


def test_numbers_are_sorted_and_names_stay_as_they_come():
    scores = made_scores(grid=(["Mid", "Low"], [88, 440, 44], [64], [0.01, 0.0001]), repeats=2)
    levels = fit_grid(scores).levels
    assert levels == {"gain": ["Mid", "Low"], "context": [44, 88, 440], "learning_rate": [0.0001, 0.01]}


def test_each_value_by_itself():
    scores = made_scores(planted, run=0.01)
    fits = fit_each(scores, "gain", interactions=False)
    assert list(fits) == ["Low", "Mid", "High"]
    for gain, costs in {"Low": 1.5, "Mid": 1.5, "High": 3}.items():
        assert list(fits[gain].levels) == ["context", "units", "learning_rate"]
        assert (fits[gain].df_error, fits[gain].note) == (12 - 5, "main effects alone, as asked")
        found = row(ratios(fits[gain]), "learning_rate", 0.0001, 0.01)
        assert found["low"] < costs < found["high"]
    assert fit_each(scores, "gain")["Low"].df_error == 2
    few = scores[(scores["gain"] != "High") | (scores["run"] == "run35")]
    with pytest.raises(UltraGainError, match="gain High: effects need runs that differ in a setting"):
        fit_each(few, "gain")
