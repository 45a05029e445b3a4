"""Whether two grids rank the same models alike."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ultragain.errors import UltraGainError
from ultragain.grid import FACTORS


@dataclass(frozen=True)
class RankAgreement:
    """How well the order of the models in one grid says their order in another.

    Attributes
    ----------
    rho : float
        Spearman's rank correlation: 1 is the same order, -1 the reverse.
    n : int
        Models that are in both.
    kept, pairs : int
        Pairs of models whose order is the same in both, and all pairs of models (Kendall). A tie
        in either grid is not kept.
    """

    rho: float
    n: int
    kept: int
    pairs: int


def rank_agreement(first, second, score="esr"):
    """Compare the order of the models of two grids.

    Parameters
    ----------
    first, second : pd.DataFrame
        One row a model: the dimensions of the grid and `score`. Models that are in one alone, or
        whose score is not finite, are left out.
    score : str

    Returns
    -------
    RankAgreement

    Raises
    ------
    UltraGainError
        If fewer than three models are in both, or all have one score: they have no order to compare.
    ValueError
        If a table has a combination twice.
    """
    names = list(FACTORS)
    both = first[[*names, score]].merge(second[[*names, score]], on=names, validate="one_to_one")
    x, y = both[f"{score}_x"].to_numpy(), both[f"{score}_y"].to_numpy()
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        raise UltraGainError(
            f"the orders of two grids need at least three models in both, with different scores; {len(x)} are in both"
        )
    upper = np.triu_indices(len(x), 1)
    signs = [np.sign(np.subtract.outer(values, values))[upper] for values in (x, y)]
    kept = int((signs[0] * signs[1] > 0).sum())
    return RankAgreement(float(stats.spearmanr(x, y).statistic), len(x), kept, len(upper[0]))
