"""Scores of grids that no training made: effects and chance are chosen by the test."""

from itertools import product

import numpy as np
import pandas as pd

from ultragain.grid import FACTORS

FULL = (["Low", "Mid", "High"], [44, 66, 88], [64, 96], [0.0001, 0.01])  # the write-up's, in GRID's order
RIFFS = {"a": -0.3, "b": 0.0, "c": 0.3}  # how hard each is, in log10 ESR


def made_scores(effect=lambda *_: 0.0, run=0.05, residual=0.02, seed=0, grid=FULL, riffs=RIFFS, repeats=1):
    """Scores, one row a run and riff: log10 ESR is -1 + effect(*settings) + riff + run + residual.

    Parameters
    ----------
    effect : callable
        Values of the grid's dimensions -> log10 of an ESR ratio.
    run : float or callable
        Standard deviation of the runs' normal chance in log10 ESR, or values of the grid's dimensions -> that.
    residual : float
        That of the chance of each run on each riff.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for number, (*settings, _) in enumerate(product(*grid, range(repeats))):
        chance = rng.normal(scale=run(*settings) if callable(run) else run)
        rows += [
            {
                "run": f"run{number}",
                **dict(zip(FACTORS, settings, strict=True)),
                "riff": riff,
                "esr": 10 ** (-1 + effect(*settings) + hard + chance + rng.normal(scale=residual)),
            }
            for riff, hard in riffs.items()
        ]
    return pd.DataFrame(rows)


def run_means(scores):
    """Mean log10 ESR of each run and its settings, one row a run."""
    return scores.assign(y=np.log10(scores["esr"])).groupby(["run", *FACTORS], sort=False, as_index=False)["y"].mean()
