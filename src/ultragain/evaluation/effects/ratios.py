"""ESR ratios between the values of a dimension: intervals, tests of difference and of equivalence."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from ultragain.errors import UltraGainError

# Two ESRs count as equal within 5 % of each other. That is 0.2 dB in the level of the error, half
# of the smallest change in the level of a noise that listeners notice, 0.4 dB (Miller,
# "Sensitivity to Changes in the Intensity of White Noise", JASA 19, 1947).
MARGIN = 1.05
CONFIDENCE = 0.95  # of an interval


def ratios(fit, within=None, confidence=CONFIDENCE):
    """ESR of each value of a dimension divided by that of each other value.

    A ratio is of geometric means over all combinations of the other dimensions, each weighed
    alike, trained or not: so missing runs do not mix the effects (population marginal means).

    Parameters
    ----------
    fit : GridFit
    within : str, optional
        A dimension: give the ratios of all others at each of its values.
    confidence : float
        Of each interval by itself.

    Returns
    -------
    pd.DataFrame
        One row a pair: dimension, at (value of `within`; None without), first, second, ratio
        (second / first: below 1 the second is better), low, high (t interval with the error's
        degrees of freedom), p (that the ratio is 1) and p_holm (adjusted over all rows).

    Raises
    ------
    UltraGainError
        If the fit has no interactions with `within`: then it says nothing about ratios at its values.

    References
    ----------
    Searle, Speed & Milliken, "Population Marginal Means in the Linear Model", The American
    Statistician 34(4), 1980.
    """
    table, tests = _compare(fit, within)
    low, high = tests.conf_int(1 - confidence).T
    p = np.atleast_1d(tests.pvalue)
    return table.assign(low=10**low, high=10**high, p=p, p_holm=multipletests(p, method="holm")[1])


def equivalence(fit, within=None, margin=MARGIN):
    """Two one-sided tests: is a ratio surely within the margin?

    No significant difference is no proof of none. This asks the opposite question: p is small if
    the data exclude ratios of `margin` and more, and of 1 / `margin` and less.

    Parameters
    ----------
    fit, within
        As in `ratios`.
    margin : float
        Above 1. As a ratio, so that swapping first and second changes nothing.

    Returns
    -------
    pd.DataFrame
        One row a pair: dimension, at, first, second, ratio, low, high (90 % interval), p (the
        larger of the two tests', not adjusted) and equivalent (p below 0.05: the interval lies
        within the margin).

    References
    ----------
    Schuirmann, "A Comparison of the Two One-Sided Tests Procedure and the Power Approach for
    Assessing the Equivalence of Average Bioavailability", J. Pharmacokinetics and
    Biopharmaceutics 15(6), 1987.
    """
    table, tests = _compare(fit, within)
    effect, error = np.atleast_1d(tests.effect), np.atleast_1d(tests.sd)
    low, high = tests.conf_int(0.1).T
    nearest = (np.log10(margin) - np.abs(effect)) / error  # of the two, the test with the larger p
    p = stats.t.sf(nearest, fit.df_error)
    return table.assign(low=10**low, high=10**high, p=p, equivalent=p < 0.05)


def _compare(fit, within):
    """The table of pairs with their ratios, and statsmodels' tests of the log10 differences."""
    if within is not None and not any(within in term for term in fit.terms if len(term) > 1):
        raise UltraGainError(f"ratios within {within} need interactions with it, which this fit does not have")
    places = {None: True} if within is None else {at: fit.grid[within] == at for at in fit.levels[within]}
    rows, contrasts = [], []
    for dimension, values in fit.levels.items():
        if dimension == within:
            continue
        for at, place in places.items():
            means = {value: fit.design[(fit.grid[dimension] == value) & place].mean(axis=0) for value in values}
            for first, second in combinations(values, 2):
                rows.append((dimension, at, first, second))
                contrasts.append(means[second] - means[first])
    tests = fit.results.t_test(np.array(contrasts))
    table = pd.DataFrame(rows, columns=["dimension", "at", "first", "second"], dtype=object)
    return table.assign(ratio=10 ** np.atleast_1d(tests.effect)), tests
