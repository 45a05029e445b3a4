"""Analysis of variance of a grid, and a mixed model that checks it."""

import warnings
from dataclasses import dataclass

import numpy as np
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.multitest import multipletests

from ultragain.errors import UltraGainError
from ultragain.evaluation.effects.fit import ROUNDING, formula
from ultragain.grid import DIMENSIONS


def anova(fit):
    """Table of an analysis of variance of the runs.

    Sums of squares are of type II: each effect is what it explains beyond all effects that do not
    contain it. In a full grid all types agree. If runs are missing, type I depends on the order of
    the effects, and the main effects of type III on how categories are coded.

    Parameters
    ----------
    fit : GridFit

    Returns
    -------
    pd.DataFrame
        One row an effect, then "error"; indexed by the nouns of the dimensions. term (tuple of
        names of dimensions), df, sum_of_squares and mean_square (log10 ESR squared), F, p, p_holm
        (adjusted over all effects) and partial_omega_squared: the share of the variance that is
        the effect's where all others are held fixed, less what chance adds to it. It is below zero
        where F is below 1, which means none.

    References
    ----------
    Langsrud, "ANOVA for unbalanced data: Use Type II instead of Type III sums of squares",
    Statistics and Computing 13, 2003.
    Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scand. J. Statistics 6, 1979.
    Olejnik & Algina, "Generalized Eta and Omega Squared Statistics", Psychological Methods 8(4), 2003.
    """
    table = anova_lm(fit.results, typ=2).rename(columns={"sum_sq": "sum_of_squares", "PR(>F)": "p"})
    table.insert(0, "term", [*fit.terms, ()])
    table.index = [*(" × ".join(DIMENSIONS[name].noun for name in term) for term in fit.terms), "error"]
    table["df"] = table["df"].astype(int)
    table["mean_square"] = table["sum_of_squares"] / table["df"]
    effects = table.index[:-1]
    table.loc[effects, "p_holm"] = multipletests(table.loc[effects, "p"], method="holm")[1]
    beyond = table["df"] * (table["F"] - 1)
    table["partial_omega_squared"] = beyond / (beyond + len(fit.runs))
    columns = ["term", "df", "sum_of_squares", "mean_square", "F", "p", "p_holm", "partial_omega_squared"]
    return table[columns]


@dataclass(frozen=True)
class MixedModel:
    """A model of all runs and riffs, with the same effects and two more sources of chance.

    Attributes
    ----------
    run, riff, residual : float
        Standard deviations in log10 ESR: of runs, common to their riffs; of riffs, common to all
        runs; of a run on a riff.
    deviation : float
        What they make of the standard deviation of a run's mean over the riffs: to compare with
        `GridFit.deviation`.
    difference : float
        Largest difference of a coefficient from that of the runs' means, in log10 ESR: rounding.
    converged : bool
    notes : tuple of str
        What statsmodels warned of.
    """

    run: float
    riff: float
    residual: float
    deviation: float
    difference: float
    converged: bool
    notes: tuple


def mixed_model(fit):
    """Fit all rows of run and riff, with run and riff as random effects (restricted maximum likelihood).

    It checks `fit_grid`: where every run has all riffs, averaging them loses nothing, and both
    methods must give the same effects. Tests and intervals are those of `fit_grid`: the mixed
    model's assume endless degrees of freedom.

    Parameters
    ----------
    fit : GridFit

    Returns
    -------
    MixedModel

    Raises
    ------
    UltraGainError
        If there is one riff alone, or every run has the same ESR ratio between riffs.

    References
    ----------
    Pinheiro & Bates, "Mixed-Effects Models in S and S-PLUS", Springer, 2000.
    """
    wide = fit.rows.pivot(index="run", columns="riff", values="response").to_numpy()
    by_riff = wide - wide.mean(axis=1, keepdims=True)
    riffs = wide.shape[1]
    if np.abs(by_riff - by_riff.mean(axis=0)).max() < ROUNDING:
        raise UltraGainError(
            f"a mixed model needs runs whose ESR differs from riff to riff by chance: these of {riffs} riffs do not"
        )
    model = smf.mixedlm(
        formula(fit.terms),
        # in units of the residual: statsmodels takes a variance below 0.01 for none
        fit.rows.assign(response=fit.rows["response"] / fit.deviation),
        groups=np.ones(len(fit.rows)),  # one group: riffs cross runs
        vc_formula={"run": "0 + C(run)", "riff": "0 + C(riff)"},
        re_formula="0",
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mixed = model.fit(reml=True, method="nm")  # without gradients, which lose a variance of zero
    variances = dict(zip(model.exog_vc.names, mixed.vcomp, strict=True))
    run, riff, residual = fit.deviation * np.sqrt([variances["run"], variances["riff"], mixed.scale])
    return MixedModel(
        run=float(run),
        riff=float(riff),
        residual=float(residual),
        deviation=float(np.hypot(run, residual / np.sqrt(riffs))),
        difference=float(np.abs(fit.deviation * mixed.fe_params - fit.results.params).max()),
        converged=bool(mixed.converged),
        notes=tuple(dict.fromkeys(str(each.message) for each in caught)),
    )
