"""The size of chance in training, and whether a grid's fit is as regular as its tests assume."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ultragain.errors import UltraGainError
from ultragain.evaluation.effects.fit import ROUNDING, run_responses
from ultragain.grid import FACTORS

SIMULATED = 4999  # grids of equal spread: p is right to 0.003 near 0.05
SEED = 25  # of these grids


@dataclass(frozen=True)
class PureError:
    """What the seed alone changes, from runs of one combination that differ in nothing else.

    Attributes
    ----------
    deviation : float
        Standard deviation of a run's mean log10 ESR within a combination, pooled.
    df : int
        Its degrees of freedom: runs beyond the first of each combination.
    combinations : int
        Those with several runs.
    """

    deviation: float
    df: int
    combinations: int

    @property
    def factor(self):
        """The deviation as a factor of ESR: 1.1 is 10 % up or down."""
        return 10**self.deviation


@dataclass(frozen=True)
class LackOfFit:
    """Whether a fit leaves more than chance.

    Attributes
    ----------
    F : float
        Residual mean square of the fit, divided by that of pure error.
    df, df_error : int
        Degrees of freedom of the two.
    p : float
        That both are chance alone.
    """

    F: float
    df: int
    df_error: int
    p: float


@dataclass(frozen=True)
class Spread:
    """Residuals of a fit, compared between the values of a dimension.

    Attributes
    ----------
    dimension : str
    deviations : dict of object to float
        Residual standard deviation by value, in log10 ESR.
    statistic : float
        Of Brown and Forsythe: an F of the distances from the median of each value.
    p : float
        That the spreads are equal.
    """

    dimension: str
    deviations: dict
    statistic: float
    p: float


def pure_error(scores):
    """Pool the variance within each combination that was trained several times.

    Combinations that were chosen by their results, as the best and the worst are, need care: the
    runs that chose them are more extreme than others of the same combination, and make chance look
    larger, in simulated grids by 4 to 65 % of its variance. Without those runs it is unbiased.

    Parameters
    ----------
    scores : pd.DataFrame
        One row a run and riff, as in `fit_grid`. The runs of a combination differ in their seed.

    Returns
    -------
    PureError

    Raises
    ------
    UltraGainError
        If no combination has several runs, or they do not differ.
    """
    responses, settings = run_responses(scores)
    groups = responses.mean(axis=1).groupby([settings[name] for name in FACTORS])
    sizes = groups.size()
    df = int((sizes - 1).sum())
    deviation = float(np.sqrt((groups.var() * (sizes - 1)).sum() / df)) if df else 0.0
    if deviation < ROUNDING:
        raise UltraGainError(
            "chance needs runs of one combination with other seeds: train some with `ultragain sweep --seed`"
        )
    return PureError(deviation, df, int((sizes > 1).sum()))


def lack_of_fit(fit, pure):
    """Compare what a fit leaves with chance.

    The residual of a grid of single runs holds chance and the interactions of three and more
    dimensions. If F is near 1, these are small, and the residual measures chance.

    Parameters
    ----------
    fit : GridFit
    pure : PureError
        From runs that are not in the fit: F needs two independent mean squares. So the runs that
        chose the combinations stay out of it, too.

    Returns
    -------
    LackOfFit

    References
    ----------
    Draper & Smith, "Applied Regression Analysis", 3rd ed., Wiley, 1998, section 2.1.
    """
    ratio = float(fit.deviation**2 / pure.deviation**2)
    return LackOfFit(ratio, fit.df_error, pure.df, float(stats.f.sf(ratio, fit.df_error, pure.df)))


def equal_spread(fit):
    """Test for each dimension whether residuals spread alike at all its values.

    A fit of many effects to few runs ties its residuals to each other. Then the F table is wrong:
    it finds different spreads at three gains in 10 % of grids of 3 x 3 x 2 x 2 runs whose spread is
    equal, where it should in 5 %. So p compares the statistic with that of simulated grids of equal spread, whose
    residuals are tied in the same way.

    The ties cost power: in one of three such grids it finds a spread that is three times as large
    at one gain. With a fit without interactions it does in three of four, but true interactions
    then count as spread.

    Parameters
    ----------
    fit : GridFit

    Returns
    -------
    list of Spread
        One for each dimension. A dimension is left out if the fit has so few degrees of freedom
        that residuals mirror each other: then the statistic is always zero, endless or undefined.

    References
    ----------
    Brown & Forsythe, "Robust Tests for the Equality of Variances", JASA 69, 1974.
    Dufour, "Monte Carlo tests with nuisance parameters", J. Econometrics 133, 2006.
    """
    q, _ = np.linalg.qr(fit.results.model.exog)
    noise = np.random.default_rng(SEED).normal(size=(SIMULATED, len(q)))
    simulated = np.round(noise - noise @ q @ q.T, 9)  # equal residuals are equal to the last digit
    residual = fit.runs["residual"].to_numpy()
    found = []
    for dimension, values in fit.levels.items():
        members = [(fit.runs[dimension] == value).to_numpy() for value in values]
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = stats.levene(*(residual[each] for each in members)).statistic
            chance = stats.levene(*(simulated[:, each] for each in members), axis=1).statistic
        if not 0 < np.median(chance) < np.inf:
            continue
        p = (1 + (chance >= statistic * (1 - 1e-6)).sum()) / (1 + SIMULATED)
        scale = np.sqrt(len(residual) / fit.df_error)  # fitting shrinks residuals
        deviations = {
            value: float(scale * np.sqrt(np.mean(residual[each] ** 2)))
            for value, each in zip(values, members, strict=True)
        }
        found.append(Spread(dimension, deviations, float(statistic), float(p)))
    return found
