"""How loud takes of one device are, compared with one another; which of two files is dry; how fast one plays."""

import numpy as np
import planted_levels
import pytest
from made_project import SAMPLE_RATE, plucks

from ultragain.checks import relation, roles
from ultragain.checks.speed import speed

NAMES = list(planted_levels.PASSAGES)


def measured(decibels, device=planted_levels.amplifier):
    """Takes of one gain, turned up by so many dB each."""
    made = []
    for name, off in zip(NAMES, decibels, strict=True):
        dry = planted_levels.riff(name)
        pair = [relation.lowered(part, SAMPLE_RATE) for part in (dry, 10 ** (off / 20) * device(dry, 8))]
        made.append(relation.measure(pair[0][0], pair[1][0], pair[0][1]))
    return made


def test_the_level_of_one_take_is_found_by_its_waves_and_by_its_level():
    even, _ = relation.offsets(measured([0, 0, 0, 0, 0]))
    off, explained = relation.offsets(measured([0, 0, 0, -6, 0]))
    np.testing.assert_allclose(off - even, [[0, 0, 0, -6, 0]] * 2, atol=0.7)
    assert (explained > 0.9).all()


def test_a_level_that_all_takes_share_is_none():
    even, turned = (relation.offsets(measured([off] * 5))[0] for off in (0, -9))
    np.testing.assert_allclose(turned, even, atol=0.2)


def test_two_takes_cannot_tell_which_of_them_is_off():
    off, _ = relation.offsets(measured([0, 0, 0, -6, 0])[2:4])
    assert np.isnan(off).all()


def test_two_predictions_have_to_agree():
    decibels = np.array([[3.0, 3.0, -2.0, np.nan, -4.0], [2.0, -3.0, -5.0, 6.0, 0.0]])
    np.testing.assert_array_equal(relation.agreed(decibels), [2, 0, -2, 0, 0])


def test_a_take_that_is_too_short_or_silent_is_not_measured():
    assert relation.measure(np.zeros(500, np.float32), np.zeros(500, np.float32), 11_025) is None


@pytest.mark.parametrize("device", [planted_levels.amplifier, planted_levels.fuzz, planted_levels.compressor])
def test_wet_is_told_from_dry(device):
    dry = planted_levels.riff("study01")
    (x, rate), (y, _) = (relation.lowered(part, SAMPLE_RATE) for part in (dry, device(dry, 20)))
    cues = ("peaks", "evenness", "follows")
    limits = roles.PEAKS_DB, roles.EVENNESS, roles.FOLLOWS
    right, wrong = (roles.measure(*pair, rate) for pair in ((x, y), (y, x)))
    assert all(right[cue] < limit for cue, limit in zip(cues, limits, strict=True))
    assert all(wrong[cue] > limit for cue, limit in zip(cues, limits, strict=True))
    np.testing.assert_allclose(np.add(right["colour"], wrong["colour"]), 0, atol=0.3)


@pytest.mark.parametrize("ratio", [1.004, 0.93, 48 / 44.1, 0.5])
def test_the_speed_of_a_wet_file_is_found(ratio):
    dry = planted_levels.riff("battery")
    wet = np.interp(np.arange(int(ratio * len(dry))) / ratio, np.arange(len(dry)), np.tanh(8 * dry))
    assert speed([(dry, wet[: len(dry)])], SAMPLE_RATE) == pytest.approx(ratio, rel=3e-4)


def test_strangers_have_no_speed():
    dry, other = (plucks(5, np.random.default_rng(seed)) for seed in (1, 2))
    assert speed([(dry, np.tanh(8 * other))], SAMPLE_RATE) is None
