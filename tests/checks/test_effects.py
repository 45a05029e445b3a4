"""What comes long after the playing; gates; clicks."""

import numpy as np
import pytest
from made_project import SAMPLE_RATE
from planted_time_faults import chorus

from ultragain.checks.effects import late_answers
from ultragain.checks.gate import closings
from ultragain.checks.impulses import impulses

LOW_RATE = 14_700


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(7).normal(size=8 * LOW_RATE).astype(np.float32)


@pytest.mark.parametrize("late, gain", [(0.03, 0.1), (0.15, 0.5), (0.6, 0.3)])
def test_an_echo_is_found_at_its_delay_with_its_energy(noise, late, gain):
    """Of noise that is answered at once and again, by `gain`, the echo's energy is the square of that."""
    samples = round(late * LOW_RATE)
    wet = noise.copy()
    wet[samples:] += gain * noise[:-samples]
    found = late_answers(noise, wet, LOW_RATE)
    seconds, height, share = max(found["peaks"], key=lambda peak: peak[1])
    assert seconds == pytest.approx(late, abs=1e-3) and height > 3
    assert share == pytest.approx(gain**2, rel=0.35)


def test_noise_alone_has_no_echo(noise):
    found = late_answers(noise, noise + np.roll(noise, 30), LOW_RATE)
    assert max(height for _, height, _ in found["peaks"]) < 2 and abs(sum(found["shares"])) < 0.01
    assert late_answers(noise[:LOW_RATE], noise[:LOW_RATE], LOW_RATE) is None


def test_a_copy_that_moves_is_told_from_one_that_stays(noise):
    still = noise + np.roll(noise, round(0.015 * LOW_RATE))
    moving = chorus(noise, 0.006, 0.0007, 0.5)  # in samples of another rate, three times as slow here
    assert late_answers(noise, still.astype(np.float32), LOW_RATE)["moving"][0] < 1.5
    assert late_answers(noise, moving.astype(np.float32), LOW_RATE)["moving"][0] > 2


def chord(decay):
    t = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    return 0.4 * sum(np.sin(2 * np.pi * hertz * t) for hertz in (110, 165, 220)) / 3 * np.exp(-(t % 1.5) / decay)


@pytest.mark.parametrize("delay", [0, 3000, -3000])
def test_a_gate_is_told_where_it_closes(delay):
    """At 1.2 s, while a chord with a decay of 0.4 s goes on; opened again by the next one."""
    dry = chord(0.4)
    wet = np.tanh(3 * dry)
    wet[round(1.2 * SAMPLE_RATE) : round(1.5 * SAMPLE_RATE)] = 0
    (moment,) = closings(dry, np.roll(wet, delay), delay, SAMPLE_RATE)["wet"]
    assert moment == pytest.approx(1.2 + delay / SAMPLE_RATE, abs=0.03)


def test_a_chord_that_dies_away_is_not_gated():
    dry = chord(0.1)
    assert closings(dry, np.tanh(3 * dry), 0, SAMPLE_RATE) == {"dry": [], "wet": []}


def test_clicks_are_told_where_they_are():
    dry = chord(0.4)
    dry[[30_000, 90_000]] += 0.1
    wet = chord(0.3)
    wet[60_100:60_103] -= 0.2
    found = impulses(dry, wet, 0, SAMPLE_RATE)
    assert found["dry"] == pytest.approx([30_000 / SAMPLE_RATE, 90_000 / SAMPLE_RATE], abs=1e-3)
    assert found["wet"] == pytest.approx([60_100 / SAMPLE_RATE], abs=1e-3)


def test_a_click_that_a_pick_makes_is_none():
    """The wet signal jumps where the dry one does, 200 samples earlier."""
    dry, wet = chord(0.4), chord(0.3)
    dry[60_000] += 0.005
    wet[60_200] += 0.3
    assert impulses(dry, wet, 200, SAMPLE_RATE)["wet"] == []
