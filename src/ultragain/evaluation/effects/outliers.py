"""Runs that the fit of all others does not explain, as a training that fell apart."""

import pandas as pd


def outliers(fit, significance=0.05):
    """Runs further from what the others' fit expects than chance puts one of so many.

    Parameters
    ----------
    fit : GridFit
    significance : float
        Of the adjusted p.

    Returns
    -------
    pd.DataFrame
        One row a run, the furthest first: t, its externally studentised residual; factor, its ESR over what the fit
        without it expects; p, after Bonferroni's adjustment for the number of runs.

    References
    ----------
    Cook and Weisberg, "Residuals and Influence in Regression", 1982, section 2.2.
    """
    influence = fit.results.get_influence()
    found = pd.DataFrame(fit.results.outlier_test(method="bonf"), index=fit.runs.index)
    found.columns = ["t", "p_alone", "p"]
    # a residual shrinks by 1 - h because its own run pulls the fit towards itself
    found["factor"] = 10 ** (fit.results.resid / (1 - influence.hat_matrix_diag))
    found = found[found["p"] < significance]
    return found.reindex(found["t"].abs().sort_values(ascending=False).index)[["t", "factor", "p"]]
