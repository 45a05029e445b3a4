"""Latency and polarity, of takes and of takes against one another."""

from pathlib import Path

import numpy as np
import planted
import pytest
from made_project import SAMPLE_RATE, plucks

from ultragain.checks.latency import Latency, compare, compare_all, latency
from ultragain.checks.measurements import MeasuredTake, Measurements
from ultragain.checks.requirements import Requirements
from ultragain.checks.timing import check_same_latency


@pytest.mark.parametrize("delay", [-2000, -40, -3, 0, 1, 17, 500, 9000, 30_000])
def test_latency_is_the_delay(delay):
    rng = np.random.default_rng(3)
    dry = plucks(6, rng) + 1e-3 * rng.normal(size=6 * SAMPLE_RATE)
    late_dry, wet = planted.late(delay)(dry, -np.tanh(8 * dry))
    found = latency(late_dry, wet, SAMPLE_RATE)
    assert found.samples == delay and found.is_certain


def test_latency_of_a_stranger_is_uncertain():
    dry, other = (plucks(6, np.random.default_rng(seed)) for seed in (1, 2))
    assert not latency(dry, np.tanh(8 * other), SAMPLE_RATE).is_certain
    assert latency(dry, 0 * dry, SAMPLE_RATE).confidence == 0


def test_two_takes_of_one_device_are_compared():
    takes = planted.played()
    one, other = takes["Test", "High", "holywar"], takes["Train", "High", "study01"]
    of_one = latency(*one, SAMPLE_RATE)
    dry, wet = planted.late(6)(other[0], -other[1])
    later, sign = compare(of_one, latency(dry, wet, SAMPLE_RATE), SAMPLE_RATE)
    assert sign == -1 and abs(later - 6) <= 2
    assert compare(of_one, of_one, SAMPLE_RATE) == (0, 1)


# Shapes of 1 ms on either side: an impulse, an impulse 5 samples beside the peak that was found, and one that is spread
# so evenly that its likeness to an impulse, 1 / sqrt(89), is far below the half by which a device is recognised.
MIDDLE = np.eye(89)[44]
BESIDE = np.eye(89)[49]
SPREAD = np.full(89, 89**-0.5)


def found_at(samples, shape=MIDDLE, confidence=8.0):
    return Latency(samples, confidence, tuple(shape))


def test_shapes_are_aligned():
    assert compare(found_at(100), found_at(103, BESIDE), SAMPLE_RATE) == (3 + 5, 1)
    assert compare(found_at(100), found_at(103, -BESIDE), SAMPLE_RATE) == (3 + 5, -1)


@pytest.mark.parametrize("off", [-44, -20, 9, 44])
def test_a_peak_that_a_filter_may_have_moved_tells_nothing(off):
    later, sign = compare(found_at(100), found_at(100 + off, SPREAD), SAMPLE_RATE)
    assert np.isnan(later) and sign == 0


@pytest.mark.parametrize("off", [-45, 45, 3000])
def test_no_filter_moves_a_peak_by_more_than_a_millisecond(off):
    assert compare(found_at(100), found_at(100 + off, SPREAD), SAMPLE_RATE) == (off, 0)


def test_takes_of_one_device_are_compared_with_the_usual_latency():
    """What a filter may have done is counted from the usual latency, whatever that of the most certain take is."""
    found = [found_at(170, confidence=9.0), found_at(110), found_at(110, -MIDDLE), found_at(111)]
    found += [found_at(130, SPREAD), found_at(60, SPREAD)]
    late, signs, usual = compare_all(found, SAMPLE_RATE)
    np.testing.assert_array_equal(late, [170, 110, 110, 111, np.nan, 60])
    np.testing.assert_array_equal(signs, [1, 1, -1, 1, 0, 0])
    assert usual == np.median([170, 110, 110, 111])


def take_with(name, samples=100, shape=MIDDLE):
    """A take of one gain with this latency, without files."""
    pair = {"latency": {"samples": samples, "confidence": 8.0, "shape": shape}}
    return MeasuredTake(Path(), "Train", "High", name, of_dry={"rate": SAMPLE_RATE}, of_pair=pair)


def accused(takes):
    return [finding.file for finding in check_same_latency(takes, Requirements(), Measurements())]


def test_a_take_that_cannot_be_compared_is_not_accused():
    """Its peak is 20 samples from the others', which a filter does; 60 it does not do."""
    others = [take_with("a"), take_with("b")]
    assert accused([*others, take_with("c", 120, SPREAD)]) == []
    assert accused([*others, take_with("c", 120)]) == ["Train/High/Wet/w_c.wav"]
    assert accused([*others, take_with("c", 160, SPREAD)]) == ["Train/High/Wet/w_c.wav"]
