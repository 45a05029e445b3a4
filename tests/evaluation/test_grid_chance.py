from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from made_grids import FULL, made_scores, run_means
from scipy import stats

from ultragain.errors import UltraGainError
from ultragain.evaluation.effects.chance import equal_spread, lack_of_fit, pure_error
from ultragain.evaluation.effects.fit import fit_grid
from ultragain.evaluation.effects.order import rank_agreement
from ultragain.grid import FACTORS


def scores_of(*combinations):
    """Runs with the given mean log10 ESR: one list for each combination."""
    rows = [
        {"run": f"{units}-{n}", "gain": "Low", "context": 44, "units": units, "learning_rate": 0.01, "riff": riff,
         "esr": 10 ** (value + more)}
        for units, values in enumerate(combinations)
        for n, value in enumerate(values)
        for riff, more in {"a": -0.25, "b": 0.25}.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_pure_error_by_hand():
    # Squares about the means -1 and -2.2: 0.01 + 0 + 0.01, then 0.04 + 0.04; 2 + 1 degrees of freedom.
    pure = pure_error(scores_of([-0.9, -1.0, -1.1], [-2.0, -2.4], [-3.0]))
    assert (pure.df, pure.combinations) == (3, 2)
    assert pure.deviation == pytest.approx(np.sqrt((0.02 + 0.08) / 3))
    assert pure.factor == pytest.approx(10 ** np.sqrt(0.1 / 3))


def test_pure_error_needs_runs_that_differ():
    for scores in (scores_of([-1.0], [-2.0]), scores_of([-1.0, -1.0, -1.0])):
        with pytest.raises(UltraGainError, match="ultragain sweep --seed"):
            pure_error(scores)


def planted_for_three(gain, context, units, rate):
    """An interaction of three dimensions, which no term of the fit holds."""
    return 0.2 * (gain == "High") * (units == 96) * (rate == 0.01)


def test_lack_of_fit():
    def replicates(effect):  # two new seeds of each of 6 combinations
        return made_scores(effect, grid=(FULL[0], [88], [96], FULL[3]), repeats=2, seed=1)

    fit, pure = fit_grid(made_scores()), pure_error(replicates(lambda *_: 0))
    found = lack_of_fit(fit, pure)
    assert (found.df, found.df_error) == (16, 6)
    assert found.F == pytest.approx(fit.runs["residual"].pow(2).sum() / 16 / pure.deviation**2)
    assert found.p == pytest.approx(stats.f.sf(found.F, 16, 6)) and found.p > 0.05

    quiet = {"run": 0.005, "residual": 0.001}
    left = fit_grid(made_scores(planted_for_three, **quiet))
    other = pure_error(made_scores(planted_for_three, grid=(FULL[0], [88], [96], FULL[3]), repeats=2, seed=1, **quiet))
    assert lack_of_fit(left, other).p < 1e-3


def test_spreads_of_one_dimension_are_compared_as_scipy_does():
    # Many runs and one dimension: residuals are hardly tied, so the F table is right.
    scores = made_scores(grid=(FULL[0], [44], [64], [0.01]), repeats=30, riffs={"a": 0}, seed=6)
    (spread,) = equal_spread(fit_grid(scores))
    groups = [part["y"] - part["y"].mean() for _, part in run_means(scores).groupby("gain", sort=False)]
    reference = stats.levene(*groups)
    assert spread.statistic == pytest.approx(reference.statistic)
    assert spread.p == pytest.approx(reference.pvalue, abs=0.03)
    assert list(spread.deviations) == ["Low", "Mid", "High"]
    mean_square = np.mean([value**2 for value in spread.deviations.values()])
    assert mean_square == pytest.approx(fit_grid(scores).deviation ** 2)


def test_a_planted_spread_is_found_where_it_is():
    scores = made_scores(run=lambda gain, *_: {"Low": 0.01, "Mid": 0.01, "High": 0.2}[gain], seed=7)
    spreads = {each.dimension: each for each in equal_spread(fit_grid(scores, interactions=False))}
    assert list(spreads) == list(FACTORS)
    assert spreads["gain"].p < 0.05 < min(spreads[name].p for name in ("units", "context"))
    assert spreads["gain"].deviations["High"] > 2 * spreads["gain"].deviations["Low"]


def test_the_p_of_a_spread_allows_for_residuals_that_are_tied():
    scores = made_scores(run=lambda gain, *_: 0.1 if gain == "High" else 0.03, seed=8)
    means = run_means(scores)
    indicators = [
        pd.get_dummies(means[list(pair)].astype(str).agg("/".join, axis=1)).to_numpy(float)
        for pair in combinations(FACTORS, 2)
    ]
    design = np.hstack(indicators)
    leave = np.eye(36) - design @ np.linalg.pinv(design)  # least squares of all two-way tables
    drawn = np.random.default_rng(1).normal(size=(4000, 36)) @ leave

    def statistic(residuals, values):  # one-way F of the distances from the medians
        parts = [residuals[:, values == value] for value in np.unique(values)]
        apart = [np.abs(part - np.median(part, axis=1, keepdims=True)) for part in parts]
        every = np.hstack(apart).mean(axis=1)
        between = sum(part.shape[1] * (part.mean(axis=1) - every) ** 2 for part in apart) / (len(parts) - 1)
        return between / (sum(part.var(axis=1) * part.shape[1] for part in apart) / (36 - len(parts)))

    found = equal_spread(fit_grid(scores))
    for spread in found:
        values = means[spread.dimension].to_numpy()
        own = statistic(means[["y"]].to_numpy().T @ leave, values)
        assert spread.statistic == pytest.approx(own[0])
        assert spread.p == pytest.approx((statistic(drawn, values) >= own).mean(), abs=0.03)
    assert found[0].p > stats.f.sf(found[0].statistic, 2, 33) + 0.03  # which the F table gets wrong


def test_residuals_that_mirror_each_other_have_no_spread_to_compare():
    # Two by two: one degree of freedom, so all residuals have one size; so in two by two by two.
    assert equal_spread(fit_grid(made_scores(grid=(["Low", "High"], [44], [64], [0.0001, 0.01])))) == []
    assert equal_spread(fit_grid(made_scores(grid=(["Low", "High"], [44], FULL[2], FULL[3])))) == []
    # Three by two by two: each residual is plus or minus one number a gain.
    assert equal_spread(fit_grid(made_scores(grid=(FULL[0], [44], FULL[2], FULL[3])))) == []
    found = equal_spread(fit_grid(made_scores(grid=(FULL[0], [44], FULL[2], FULL[3])), interactions=False))
    assert [each.dimension for each in found] == ["gain", "units", "learning_rate"]


def models_of(*esr):
    grid = [("Low", 44, units, 0.01) for units in range(len(esr))]
    return pd.DataFrame(grid, columns=list(FACTORS)).assign(esr=esr)


def test_rank_agreement_by_hand():
    first, second = models_of(0.1, 0.2, 0.3, 0.4, 0.5), models_of(0.2, 0.1, 0.3, 0.5, 0.4)
    agreement = rank_agreement(first, second.sample(frac=1, random_state=0))  # joined by settings, not by place
    assert agreement.rho == pytest.approx(1 - 6 * 4 / (5 * 24))  # four ranks are off by one
    assert (agreement.n, agreement.kept, agreement.pairs) == (5, 8, 10)
    tau = stats.kendalltau(first["esr"], second["esr"]).statistic
    assert tau == pytest.approx((agreement.kept - (agreement.pairs - agreement.kept)) / agreement.pairs)
    assert rank_agreement(first, first.assign(esr=-first["esr"])).kept == 0


def test_rank_agreement_of_what_is_in_both():
    agreement = rank_agreement(models_of(0.1, 0.2, 0.3, 0.4, np.nan), models_of(0.1, 0.3, 0.3, 0.4, 0.5).iloc[1:])
    assert (agreement.n, agreement.kept, agreement.pairs) == (3, 2, 3)  # a tie is not kept
    with pytest.raises(UltraGainError, match="2 are in both"):
        rank_agreement(models_of(0.1, 0.2), models_of(0.1, 0.2, 0.3))
    with pytest.raises(UltraGainError, match="different scores"):
        rank_agreement(models_of(0.1, 0.2, 0.3), models_of(0.1, 0.1, 0.1))
    with pytest.raises(ValueError, match="one-to-one"):
        rank_agreement(pd.concat([models_of(0.1, 0.2, 0.3)] * 2), models_of(0.1, 0.2, 0.3))
