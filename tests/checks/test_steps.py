"""Lost and repeated samples: the moment, the exact number, and what is none."""

import numpy as np
import pytest
from made_project import SAMPLE_RATE, plucks
from planted import late
from planted_time_faults import lost

from ultragain.checks.latency import latency
from ultragain.checks.rough_model import at_low_rate
from ultragain.checks.steps import find_steps, lost_samples


def steps_of(dry, wet):
    samples = latency(dry, wet, SAMPLE_RATE).samples
    features, low, step = at_low_rate(dry, wet, samples, SAMPLE_RATE)
    found, _ = find_steps(features, low, SAMPLE_RATE / step)
    return lost_samples(dry, wet, samples, found, step, SAMPLE_RATE)


@pytest.fixture(scope="module")
def dry():
    rng = np.random.default_rng(5)
    return plucks(8, rng) + 1e-4 * rng.normal(size=8 * SAMPLE_RATE)


@pytest.mark.parametrize("share, count", [(0.1, 64), (0.5, -64), (0.5, 1000), (0.3, -4410), (0.9, 441)])
@pytest.mark.parametrize("delay", [0, 5000])
def test_a_step_is_found_with_its_moment_and_number(dry, share, count, delay):
    """However late the whole wet file is; the moment is told in the wet file's own time."""
    dry, wet = late(delay)(dry, np.tanh(8 * dry))
    ((moment, samples),) = steps_of(dry, lost(wet, share, count))
    assert samples == -count and moment == pytest.approx(8 * share, abs=0.1)


def test_two_steps_are_told_apart(dry):
    wet = lost(lost(np.tanh(8 * dry), 0.7, 512), 0.3, -256)
    assert [samples for _, samples in steps_of(dry, wet)] == [256, -512]


@pytest.mark.parametrize("millionths", [50, 200, 400])
def test_a_slow_clock_is_no_step(dry, millionths):
    n = np.arange(len(dry))
    assert steps_of(dry, np.interp(n * (1 + 1e-6 * millionths), n, np.tanh(8 * dry))) == []


def test_a_stranger_has_no_steps(dry):
    assert steps_of(dry, np.tanh(8 * plucks(8, np.random.default_rng(6)))) == []


def test_silence_has_no_steps(dry):
    assert steps_of(dry, 0 * dry) == [] and steps_of(0 * dry, dry) == []
    assert steps_of(dry[:1000], dry[:1000]) == []
