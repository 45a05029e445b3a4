"""A linear model of a grid of runs: log10 ESR by the dimensions of the grid."""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from statsmodels.regression.linear_model import RegressionResultsWrapper

from ultragain.errors import UltraGainError
from ultragain.grid import DIMENSIONS, FACTORS
from ultragain.words import listed

ROUNDING = 1e-9  # log10 of a ratio: deviations below are left over by arithmetic, not by training


@dataclass(frozen=True)
class GridFit:
    """Main effects and two-way interactions of a grid's dimensions, fitted to its runs by least squares.

    The unit is the run. Its scores on several riffs are repeated measures of one network, so they
    are averaged first, and the degrees of freedom count runs, not riffs. What it says is about
    these riffs. In log10, effects are ratios of ESR.

    Attributes
    ----------
    runs : pd.DataFrame
        One row a run: the dimensions of `levels`, categorical; response (mean over the riffs of
        log10 ESR), fitted and residual.
    rows : pd.DataFrame
        One row a run and riff: run, riff, the same dimensions and response (log10 ESR).
    levels : dict of str to list
        Values by dimension, for each dimension that has at least two.
    terms : tuple of tuple of str
        Dimensions of each effect: main effects, then two-way interactions.
    left_out : int
        Runs left out because they have no ESR above zero, or no finite one, on some riff.
    note : str
        Why the fit has no interactions; empty if it has them or if there is one dimension alone.
    results : RegressionResultsWrapper
        The fit of statsmodels.
    grid : pd.DataFrame
        Every combination of `levels`, trained or not.
    design : np.ndarray, shape (n_combinations, n_coefficients)
        Its design matrix: `design @ results.params` is the fit of each combination.
    """

    runs: pd.DataFrame
    rows: pd.DataFrame
    levels: dict
    terms: tuple
    left_out: int
    note: str
    results: RegressionResultsWrapper
    grid: pd.DataFrame
    design: np.ndarray

    @property
    def df_error(self):
        """Degrees of freedom of the error: in a grid of single runs, those of the interactions of three and more."""
        return int(self.results.df_resid)

    @property
    def deviation(self):
        """Residual standard deviation of a run, in log10 ESR."""
        return float(np.sqrt(self.results.mse_resid))

    @property
    def factor(self):
        """The same as a factor of ESR: 1.1 is 10 % up or down."""
        return 10**self.deviation


def fit_grid(scores, interactions=True):
    """Fit a grid's runs.

    Parameters
    ----------
    scores : pd.DataFrame
        One row a run and riff: run, riff, esr and the dimensions of the grid. Several runs may
        share a combination.
    interactions : bool
        Fit two-way interactions too. If these runs cannot tell them from chance, main effects
        alone are fitted, and `GridFit.note` says so.

    Returns
    -------
    GridFit

    Raises
    ------
    UltraGainError
        If the runs cannot tell main effects from chance either.
    """
    responses, settings = run_responses(scores)
    total = scores["run"].nunique()
    levels = {name: _levels(scores[name], settings[name]) for name in FACTORS if settings[name].nunique() > 1}
    if not levels:
        raise UltraGainError(
            f"effects need runs that differ in a setting, and {len(settings)} of {total} runs have a finite ESR "
            "above zero on every riff: train more of the grid"
        )
    runs = pd.DataFrame({name: pd.Categorical(settings[name], levels[name]) for name in levels}, index=settings.index)
    runs["response"] = responses.mean(axis=1)
    mains, pairs = [(name,) for name in levels], list(combinations(levels, 2))
    terms, note = (mains + pairs, "") if interactions else (mains, "main effects alone, as asked")
    results = _least_squares(runs, terms)
    if results is None and len(terms) > len(mains):
        terms, note = mains, f"main effects alone: {len(runs)} runs cannot tell two-way interactions from chance"
        results = _least_squares(runs, terms)
    if results is None:
        raise UltraGainError(
            f"{len(runs)} runs cannot tell the effects of {listed(DIMENSIONS[name].noun for name in levels)} from "
            "chance or from each other: train more of the grid"
        )
    if results.mse_resid < ROUNDING**2:
        raise UltraGainError(
            f"the ESR of {len(runs)} runs leaves no residual, so nothing measures chance: train more of the grid"
        )
    rows = responses.stack().rename("response").reset_index().join(runs[list(levels)], on="run")
    runs = runs.assign(fitted=results.fittedvalues, residual=results.resid)
    return GridFit(runs, rows, levels, tuple(terms), total - len(runs), note, results, *_design(terms, levels))


def run_responses(scores):
    """log10 ESR of each run on each riff.

    A run without an ESR that is finite and above zero on every riff is left out: its mean would be
    over other riffs than that of the others.

    Parameters
    ----------
    scores : pd.DataFrame
        As in `fit_grid`.

    Returns
    -------
    responses : pd.DataFrame
        One row a run, one column a riff, in the order of the table.
    settings : pd.DataFrame
        The dimensions of the grid by run.
    """
    wide = scores.pivot(index="run", columns="riff", values="esr").loc[scores["run"].unique()]
    complete = wide[(np.isfinite(wide) & (wide > 0)).all(axis=1)]
    settings = scores.drop_duplicates("run").set_index("run").loc[complete.index, list(FACTORS)]
    return np.log10(complete), settings


def fit_each(scores, dimension, interactions=True):
    """Fit the runs of each value of a dimension alone: for spreads that differ between its values.

    Parameters
    ----------
    scores, interactions
        As in `fit_grid`.
    dimension : str

    Returns
    -------
    dict of object to GridFit
        By value, in the order of the table.

    Raises
    ------
    UltraGainError
        If the runs of a value are too few.
    """
    fits = {}
    for value, part in scores.groupby(dimension, sort=False):
        try:
            fits[value] = fit_grid(part, interactions)
        except UltraGainError as error:
            raise UltraGainError(
                f"{DIMENSIONS[dimension].short.format(DIMENSIONS[dimension].text(value))}: {error}"
            ) from error
    return fits


def formula(terms):
    """The model's formula: names are quoted, since a dimension may be called as the formula language likes."""
    return "response ~ " + " + ".join(":".join(f'Q("{name}")' for name in term) for term in terms)


def _design(terms, levels):
    """Every combination of the levels, and the terms' design matrix for them."""
    grid = pd.DataFrame(list(product(*levels.values())), columns=list(levels))
    typed = pd.DataFrame({name: pd.Categorical(grid[name], levels[name]) for name in grid})
    return grid, smf.ols(formula(terms), typed.assign(response=0.0)).exog


def _levels(every, used):
    """Values that are used: numbers sorted, names in the order of the table."""
    present = set(used)
    values = [value for value in every.unique().tolist() if value in present]
    return values if isinstance(values[0], str) else sorted(values)


def _least_squares(runs, terms):
    """The fit, or None if a coefficient cannot be estimated or no degree of freedom is left."""
    model = smf.ols(formula(terms), runs)
    if np.linalg.matrix_rank(model.exog) < model.exog.shape[1] or len(runs) <= model.exog.shape[1]:
        return None
    return model.fit()
