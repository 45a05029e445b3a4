"""Errors planted where the shares are known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from ultragain.checks.noise import REST_FRAME
from ultragain.evaluation.anatomy.attacks import by_time_since_attack, find_attacks
from ultragain.evaluation.anatomy.bands import by_band
from ultragain.evaluation.anatomy.levels import by_level, by_level_before, in_rests
from ultragain.evaluation.anatomy.limits import ALL_RIFFS, one_sample_late, replicate_floor
from ultragain.metrics import esr

RATE = 1000  # a frame has 20 samples
FRAME = 20


def amplitude(decibels):
    return 10 ** (decibels / 20)


def stairs(*steps):
    """Alternating samples, (frames, level in dB) after one another: their mean square is the same everywhere."""
    levels = np.concatenate([np.full(frames * FRAME, amplitude(level)) for frames, level in steps])
    return levels * (-1.0) ** np.arange(len(levels))


def noises(n, seed):
    """Two riffs of n samples and about, at very different levels, all three signals random."""
    rng = np.random.default_rng(seed)
    return [tuple(loudness * rng.normal(size=(3, n + more))) for loudness, more in ((1.0, 0), (0.03, 37))]


def nonzero(column):
    """The rows of a column that hold something, by the left end of their interval."""
    return {index.left: value for index, value in column.items() if value}


@pytest.mark.parametrize("of", ["dry", "wet"])
def test_error_in_frames_of_one_level_is_found_there(of):
    steps, flat = stairs((2, 0), (3, -10), (5, -70)), stairs((10, -3))
    dry, wet = (steps, flat) if of == "dry" else (flat, steps)
    predicted = wet.copy()
    predicted[2 * FRAME : 5 * FRAME] *= 0.9
    rows = by_level([(dry, wet, predicted)], of, RATE, unpredicted=30)
    assert nonzero(rows["error_share"]) == pytest.approx({9.0: 1.0})
    assert nonzero(rows["time_share"]) == pytest.approx({0.0: 10 / 170, 9.0: 60 / 170, 60.0: 100 / 170})
    assert_allclose(rows["esr"].dropna(), [0, 0.01, 0], atol=1e-15)
    assert rows["esr"].isna().sum() == len(rows) - 3


def test_a_level_is_relative_to_its_own_riff_and_energies_are_added_before_they_are_divided():
    loud, soft = stairs((1, 0), (1, -20)), stairs((1, -40), (1, -60))
    rows = by_level([(loud, loud, 0.5 * loud), (soft, soft, 0 * soft)], "wet", RATE)
    assert nonzero(rows["time_share"]) == {0.0: 0.5, 18.0: 0.5}
    expected = (0.25 + 1e-4) / (1 + 1e-4)
    assert_allclose(rows["esr"].dropna(), [expected, expected])
    assert_allclose(rows["signal_share"].sum(), 1)


def test_a_few_samples_left_over_are_not_a_frame_of_their_own():
    wet = np.append(stairs((2, 0)), [3.0])
    # the last frame: 20 samples of 1 and one of 9 in 21; the first is 1.4 dB below it
    rows = by_level([(wet, wet, wet)], "wet", RATE)
    assert nonzero(rows["time_share"]) == {0.0: 1.0}


def test_silence_before_a_riff_changes_no_esr_and_no_share_of_the_energy():
    ((dry, wet, predicted), _) = noises(400, 1)
    wet *= np.repeat(np.linspace(0.01, 1, 20), FRAME)
    later = [np.pad(part, (3 * FRAME, 0)) for part in (dry, wet, predicted)]
    columns = ["esr", "error_share", "signal_share"]
    before, after = (by_level([played], "wet", RATE)[columns] for played in ((dry, wet, predicted), later))
    where_silence_is = after.index[-1:]
    pd.testing.assert_frame_equal(before.drop(where_silence_is), after.drop(where_silence_is))


def attacks_of(played):
    return [np.array([100, 300, 800]) for _ in played]


@pytest.mark.parametrize("unpredicted", [0, 150])
@pytest.mark.parametrize(
    "anatomy",
    [
        lambda played, unpredicted: by_level(played, "dry", RATE, unpredicted),
        lambda played, unpredicted: by_level(played, "wet", RATE, unpredicted),
        lambda played, unpredicted: by_time_since_attack(played, attacks_of(played), RATE, unpredicted),
        lambda played, unpredicted: by_band(played, RATE, unpredicted),
    ],
)
def test_shares_add_up_to_one_and_groups_to_the_whole(anatomy, unpredicted):
    played = noises(1009, 2)  # a prime: no length that a transform is made for
    rows = anatomy(played, unpredicted)
    assert_allclose(rows.filter(like="share").sum(), 1)
    wet, predicted = (np.concatenate([riff[k][unpredicted:] for riff in played]) for k in (1, 2))
    assert_allclose((rows["esr"] * rows["signal_share"]).sum(), esr(wet, predicted))
    held = rows[rows["signal_share"] > 0]
    assert_allclose(held["esr"] * held["signal_share"] / held["error_share"], esr(wet, predicted))
    for _, _, model in played:
        model[:unpredicted] = 1e6
    pd.testing.assert_frame_equal(anatomy(played, unpredicted), rows)


def test_error_after_attacks_alone_is_found_there():
    dry = np.zeros(1000)
    wet = np.ones(1000)
    predicted = wet.copy()
    for attack in (200, 600):
        predicted[attack + 50 : attack + 100] = 0.5
    predicted[:50] = 0.0  # and before the first
    rows = by_time_since_attack([(dry, wet, predicted)], [np.array([200, 600])], RATE)
    assert nonzero(rows["error_share"]) == pytest.approx({-np.inf: 50 / 75, 0.05: 25 / 75})
    assert rows["esr"].to_list() == pytest.approx([0.25, 0, 0, 0, 0.25, 0, 0, np.nan], nan_ok=True)
    assert_allclose(rows["time_share"], np.array([200, 10, 30, 60, 100, 200, 400, 0]) / 1000)


def test_without_an_attack_all_is_before_the_first():
    riff = np.ones(100)
    rows = by_time_since_attack([(riff, riff, 0 * riff)], [np.array([], int)], RATE)
    assert nonzero(rows["time_share"]) == {-np.inf: 1.0}


def notes(starts, n, rate):
    """Struck at some samples: decaying tones of three partials that ring on into one another."""
    dry = 1e-5 * np.random.default_rng(3).normal(size=n)
    for start in starts:
        t = np.arange(n - start) / rate
        dry[start:] += 0.2 * np.exp(-8 * t) * sum(np.sin(2 * np.pi * 110 * k * t) for k in (1, 5, 13))
    return dry


def test_attacks_are_found_to_within_a_millisecond_and_move_with_the_music():
    rate, starts = 44100, np.array([0, 9000, 20011, 33333])
    dry = notes(starts, 50000, rate)
    found = find_attacks(dry, rate)
    assert_allclose(found, starts, atol=44)
    moved = find_attacks(np.concatenate([1e-5 * np.random.default_rng(4).normal(size=5003), dry]), rate)
    assert_allclose(moved, found + 5003, atol=2)


@pytest.mark.parametrize("start", [20000, 20134, 20268, 20402])  # quarters of the string's period
def test_a_soft_bright_attack_is_found_below_a_loud_string_that_rings_on(start):
    rate = 44100
    t = np.arange(40000) / rate
    dry = np.sin(2 * np.pi * 82 * t)
    dry[start:] += 0.05 * sine(3000, len(t) - start, rate)
    assert np.abs(find_attacks(dry, rate) - start).min() <= 88


def test_silence_has_no_attacks():
    assert find_attacks(np.zeros(10000), 44100).shape == (0,)


def sine(hertz, n, rate):
    return np.sin(2 * np.pi * hertz * np.arange(n) / rate)


def test_error_in_one_band_is_found_there():
    rate = n = 8192
    wet = sine(100, n, rate) + 0.5 * sine(1000, n, rate)
    predicted = wet - 0.1 * sine(1000, n, rate)
    rows = by_band([(wet, wet, predicted)], rate)
    assert_allclose(rows["error_share"], [0, 0, 0, 0, 0, 1, 0, 0], atol=1e-12)
    assert_allclose(rows["signal_share"], [0, 0, 0.8, 0, 0, 0.2, 0, 0], atol=1e-12)
    assert rows["esr"].iloc[5] == pytest.approx(0.04)
    assert (rows.index[-1].left, rows.index[-1].right) == (2560, rate / 2)


def test_a_constant_and_the_highest_frequency_count_once():
    rate = n = 8192
    wet = 1 + sine(100, n, rate) + np.cos(np.pi * np.arange(n))
    predicted = wet - 0.5
    rows = by_band([(wet, wet, predicted)], rate)
    assert_allclose(rows["signal_share"], [0.4, 0, 0.2, 0, 0, 0, 0, 0.4], atol=1e-12)
    assert_allclose(rows["error_share"], [1, 0, 0, 0, 0, 0, 0, 0], atol=1e-12)
    assert rows["esr"].iloc[0] == pytest.approx(0.25)


def test_a_band_does_not_mind_when_its_energy_comes():
    ((_, wet, predicted), _) = noises(1024, 5)
    here, later = (
        by_band([(x, x, y)], RATE) for x, y in ((wet, predicted), (np.roll(wet, 77), np.roll(predicted, 77)))
    )
    pd.testing.assert_frame_equal(here, later)


def test_rests_hold_what_is_planted_in_them():
    rest = slice(2 * REST_FRAME, 3 * REST_FRAME)
    dry = np.ones(5 * REST_FRAME)
    dry[rest] = amplitude(-56)
    dry[-REST_FRAME:] = amplitude(-54)
    wet = np.where(dry < amplitude(-55), amplitude(-40), 0.5)
    predicted = wet + np.where(dry < amplitude(-55), 1, -1) * amplitude(-40)
    found = in_rests([(dry, wet, predicted)], RATE)
    assert found.seconds == pytest.approx(REST_FRAME / RATE)
    assert found.time_share == pytest.approx(0.2)
    assert found.wet_dbfs == pytest.approx(-40)
    assert found.predicted_dbfs == pytest.approx(-40 + 20 * np.log10(2))
    assert found.error_dbfs == pytest.approx(-40)
    assert found.esr == pytest.approx(1)
    assert found.error_share == pytest.approx(0.2)
    scored = in_rests([(dry, wet, predicted)], RATE, unpredicted=rest.start + REST_FRAME // 2)
    assert scored.seconds == pytest.approx(REST_FRAME / 2 / RATE)
    assert scored.error_share == pytest.approx(0.2)  # half a frame of two and a half


def test_playing_without_rests_has_none():
    dry = stairs((100, 0))
    assert in_rests([(dry, dry, dry)], RATE) is None


def test_error_after_louder_playing_is_told_from_that_of_equal_level():
    # 25 loud frames, then 25 that are 15 dB softer: until the third, most of the 100 ms before was loud
    dry = stairs((25, 0), (25, -15))
    predicted = dry.copy()
    predicted[25 * FRAME : 28 * FRAME] *= 0.5
    rows = by_level_before([(dry, dry, predicted)], RATE)
    ((level, louder),) = rows.index[rows["error_share"] > 0]
    assert (level.left, level.right, louder.left) == (12, 24, 12)
    row = rows.loc[(level, louder)]
    assert_allclose([row["esr"], row["error_share"], row["time_share"]], [0.25, 1, 3 / 50])
    # the next two frames: 3/5 and 4/5 of what came before was soft, which makes 11.2 and 8.5 dB
    shares = rows["time_share"].unstack().to_numpy() * 50
    assert_allclose(shares, [[0, 20, 0, 0, 0], [0, 20, 0, 2, 3], [0] * 5, [0] * 5], atol=1e-12)


def test_rests_and_the_first_frames_are_not_compared():
    dry = stairs((10, 0), (10, -56))
    rows = by_level_before([(dry, dry, 0 * dry)], RATE)
    assert rows["time_share"].sum() == pytest.approx(5 / 20)
    assert rows["error_share"].sum() == pytest.approx(0.5, rel=1e-4)


def gain_recordings(riffs, replicates):
    """As GainRecordings holds them, of wet signals alone."""
    return SimpleNamespace(
        **{
            split: {name: (None, wet) for name, wet in wets.items()}
            for split, wets in (("riffs", riffs), ("replicates", replicates))
        }
    )


def test_the_floor_is_what_a_model_that_knows_all_but_the_noise_scores():
    rng, n, noise = np.random.default_rng(6), 100_000, 0.01
    clean = rng.normal(size=n)
    one, two = (clean + noise * rng.normal(size=n) for _ in range(2))
    floor = replicate_floor({"High": gain_recordings({"riff": one}, {"riff": two})}).loc["High", "riff"]
    deviation = np.sqrt(2 / n)  # relative, of a variance from n samples
    assert floor == pytest.approx(noise**2 / (1 + noise**2), rel=5 * deviation)
    assert floor == pytest.approx(esr(one, clean), rel=5 * deviation)


def test_floors_of_riffs_are_pooled_by_their_energies():
    loud, soft = np.full(10, 2.0), np.full(10, 1.0)
    recordings = {
        "Low": gain_recordings({"loud": loud, "soft": soft}, {"loud": loud + 0.2, "soft": soft[:5] - 0.2}),
        "High": gain_recordings({"loud": loud, "soft": soft}, {"soft": soft}),
        "Other": gain_recordings({"loud": loud}, {}),
    }
    floors = replicate_floor(recordings)
    assert floors.index.to_list() == ["Low", "High"]
    assert floors.loc["Low", [ALL_RIFFS, "loud", "soft"]].to_list() == pytest.approx([0.3 / 45, 0.005, 0.02])
    assert_array_equal(floors.loc["High", [ALL_RIFFS, "loud", "soft"]], [0, np.nan, 0])
    assert replicate_floor({"Other": recordings["Other"]}).empty


@pytest.mark.parametrize("periods", [1, 40, 300])
def test_a_sine_one_sample_late_costs_what_its_frequency_says(periods):
    n, unpredicted = 1200, 87
    turn = 2 * np.pi * periods / n
    wet = np.sin(turn * np.arange(n + 1 + unpredicted))
    rows = one_sample_late({"a": (wet, wet, wet), "b": (wet, wet, 0 * wet)}, unpredicted)
    assert_allclose(rows["perfect_one_late"], 2 - 2 * np.cos(turn))
    assert_allclose(rows["esr"], [0, 1])
    assert_allclose(rows["esr_one_late"], [2 - 2 * np.cos(turn), 1])
