from itertools import product

import numpy as np
import pandas as pd
import pytest

from ultragain.evaluation import statistics


def grid(score):
    """A full grid of models whose score is a function of their settings."""
    rows = [
        {"gain": g, "context": c, "units": u, "learning_rate": lr, "esr": score(g, c, u, lr)}
        for g, c, u, lr in product(["Low", "High"], [44, 88], [64, 96], [0.01, 0.0001])
    ]
    return pd.DataFrame(rows, index=[f"run{i}" for i in range(len(rows))])


def test_spread_of_known_numbers():
    frame = pd.DataFrame({"gain": ["b"] * 5 + ["a"], "esr": [0.1, 0.2, 0.3, 0.4, 0.5, 0.7]})
    table = statistics.spread(frame, "gain")
    assert list(table.index) == ["b", "a"]  # as they occur, not by the alphabet
    assert table.loc["b"].to_dict() == pytest.approx(
        {"median": 0.3, "lower": 0.2, "upper": 0.4, "best": 0.1, "worst": 0.5, "n": 5}
    )


def test_spread_leaves_out_what_is_not_finite():
    frame = pd.DataFrame({"gain": ["a"] * 3, "esr": [0.1, np.nan, np.inf]})
    assert statistics.spread(frame, "gain").loc["a", ["median", "n"]].tolist() == [0.1, 1]


def test_pairs_differ_in_one_setting_alone():
    # Doubling through the context, whatever the rest contributes.
    models = grid(lambda g, c, u, lr: (2 if c == 88 else 1) * (u + lr + len(g)))
    pairs = statistics.like_for_like(models, "context", 44, 88)
    assert (pairs.n, pairs.second_better, pairs.ratio) == (8, 0, pytest.approx(2))
    reverse = statistics.like_for_like(models, "context", 88, 44)
    assert (reverse.n, reverse.second_better, reverse.ratio) == (8, 8, pytest.approx(0.5))


def test_pairs_need_both_models():
    models = grid(lambda *_: 0.5).drop(index=["run0", "run15"])
    assert statistics.like_for_like(models, "units", 64, 96).n == 6
    models.loc["run1", "esr"] = np.nan
    assert statistics.like_for_like(models, "units", 64, 96).n == 5
    assert statistics.like_for_like(models, "units", 64, 128).n == 0
    assert np.isnan(statistics.like_for_like(models, "units", 64, 128).ratio)


def test_equal_scores_are_no_win():
    pairs = statistics.like_for_like(grid(lambda *_: 0.5), "learning_rate", 0.0001, 0.01)
    assert (pairs.n, pairs.second_better, pairs.ratio) == (8, 0, 1)


def test_best_median_and_worst_skip_what_is_not_finite():
    models = pd.DataFrame({"esr": [np.nan, 0.3, 0.1, np.inf, 0.2, 0.4]}, index=list("abcdef"))
    assert statistics.best_median_worst(models) == {"best": "c", "median": "e", "worst": "f"}
    assert statistics.best_median_worst(models.loc[["a", "d"]]) == {}


def test_levels_keep_the_experiments_order_of_gains():
    frame = pd.DataFrame({"gain": ["High", "Low"], "units": [96, 64]})
    assert statistics.levels(frame, "gain", ["Low", "Mid", "High"]) == ["Low", "High"]
    assert statistics.levels(frame, "units") == [64, 96]


def test_original_scores_stand_beside_ours_of_the_same_kind():
    originals = pd.DataFrame({"experiment": ["SD-1/DS340"], "gain": ["Low"], "test_esr_shadowlove": [0.2]})
    scores = pd.DataFrame(
        {"gain": ["Low", "Low"], "riff": ["shadowlove", "ohwell"], "esr": [0.01, 0.02], "esr_one_late": [0.11, 0.12]}
    )
    table = statistics.beside_originals(scores, originals)
    assert table.values.tolist() == [
        ["real SD-1", "Low", 0.2],
        ["ours, riff shadowlove", "Low", 0.11],
        ["ours, all riffs", "Low", 0.11],
        ["ours, all riffs", "Low", 0.12],
    ]
    other = statistics.beside_originals(scores.assign(riff="mine"), originals)
    assert other["source"].unique().tolist() == ["real SD-1", "ours, all riffs"]
