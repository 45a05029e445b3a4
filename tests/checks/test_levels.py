"""Clipping, gaps and levels."""

from pathlib import Path

import numpy as np
import pytest
from made_project import SAMPLE_RATE

from ultragain.checks.levels import check_same_level, flat_tops, full_scale_runs, longest_silence
from ultragain.checks.measurements import MeasuredTake, Measurements
from ultragain.checks.requirements import Requirements

T = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE


def test_full_scale_runs_are_counted():
    samples = np.array([0, 1, 1, 1, 0, -1, -1, 0, -1, -1, -1, -1, 0.5])
    assert full_scale_runs(samples) == (2, 7)  # the run of 2 is what a sine may do


def test_a_sine_at_full_scale_is_not_clipped():
    sine = np.round(np.sin(2 * np.pi * 82.4 * T) * 32767) / 32768
    assert full_scale_runs(sine) == (0, 0)


def test_flat_tops_are_counted_at_their_level():
    sine = np.sin(2 * np.pi * 100 * T)
    count, level = flat_tops(np.minimum(0.5 * sine, 0.3))
    assert count == 4 * 100 and level == pytest.approx(0.3)
    assert flat_tops(0.5 * sine * np.exp(-T)) == (0, pytest.approx(0.0, abs=0.5))


def test_the_longest_gap_is_measured_where_the_guitar_plays():
    dry = np.concatenate([np.zeros(3000), np.ones(4000)])
    wet = np.ones(7000)
    wet[:3000], wet[4000:4500] = 0, 0
    assert longest_silence(wet, dry, 0.01) == 500


@pytest.mark.parametrize(
    "wets, named",
    [
        ([-10, -10.5], []),
        ([-10, -10.6], ["Train/High/Wet/w_1.wav"]),
        ([-10, -9, -9, -9], ["Train/High/Wet/w_0.wav"]),
        ([-10], []),
        ([], []),
        ([-10, -10, -8.9, -9.1, -10], ["Train/High/Wet/w_2.wav", "Train/High/Wet/w_3.wav"]),
    ],
)
def test_the_level_that_most_takes_have_is_the_right_one(wets, named):
    takes = [
        MeasuredTake(Path(), "Train", "High", f"{number}", clicks={"dry": -12, "wet": wet})
        for number, wet in enumerate(wets)
    ]
    takes.append(MeasuredTake(Path(), "Train", "High", "without"))
    assert [found.file for found in check_same_level(takes, Requirements(), Measurements())] == named
