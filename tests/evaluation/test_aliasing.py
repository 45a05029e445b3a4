"""The aliasing-to-signal ratio against closed forms."""

import numpy as np
import pytest
from scipy.signal import butter, lfilter

from ultragain.errors import UltraGainError
from ultragain.evaluation.aliasing import aliasing_to_signal, ratio_of, tone

RATE = 8000  # Hz: half of it is 4000
AMPLITUDE = 0.5


def cubic(dry):
    """x + 2 x^3 of a sine: sin^3 = (3 sin - sin of three times the angle) / 4."""
    return dry + 2 * dry**3


def test_a_folded_third_harmonic_is_aliasing():
    first, third = AMPLITUDE + 2 * 3 / 4 * AMPLITUDE**3, 2 / 4 * AMPLITUDE**3
    assert aliasing_to_signal(cubic, RATE, 1500, AMPLITUDE) == pytest.approx((third / first) ** 2, rel=1e-9)


def test_a_third_harmonic_below_half_the_rate_is_signal():
    assert aliasing_to_signal(cubic, RATE, 1200, AMPLITUDE) < 1e-24


def test_a_constant_is_neither():
    # x + x^2 = x + A^2 / 2 - A^2 / 2 cos of twice the angle
    def squared(dry):
        return dry + dry**2

    folded = (AMPLITUDE**2 / 2 / AMPLITUDE) ** 2
    assert aliasing_to_signal(squared, RATE, 2300, AMPLITUDE) == pytest.approx(folded, rel=1e-9)
    assert aliasing_to_signal(squared, RATE, 1900, AMPLITUDE) < 1e-24


def test_a_square_wave_folds_all_that_is_above_half_the_rate():
    # The stretch's n samples are the n phases 2 pi j / n of one period in another order; sgn(sin) is 0 at j = 0.
    # At an odd order m its DFT, a geometric series, is cot(pi m / (2 n)) in magnitude; the mean square is (n - 1) / n.
    n = 7993  # the largest prime below 8000
    assert len(tone(RATE, 1200)) == RATE + n
    signal = sum(2 / (n * np.tan(np.pi * m / (2 * n))) ** 2 for m in (1, 3))  # 5 x 1200 Hz is folded
    assert aliasing_to_signal(np.sign, RATE, 1200) == pytest.approx(((n - 1) / n - signal) / signal, rel=1e-9)


def test_a_linear_system_has_none():
    system = butter(2, 0.1)
    assert aliasing_to_signal(lambda dry: lfilter(*system, dry), RATE, 700, AMPLITUDE) < 1e-24


def test_the_beginning_is_left_out():
    def late(dry):
        wet = dry.copy()
        wet[: RATE // 2] = 1.0
        return wet

    assert aliasing_to_signal(late, RATE, 700, AMPLITUDE) < 1e-24


def test_noise_counts_by_its_power():
    rng = np.random.default_rng(25)
    noisy = aliasing_to_signal(lambda dry: dry + rng.normal(scale=1e-3, size=len(dry)), RATE, 700, AMPLITUDE)
    assert noisy == pytest.approx(1e-6 / (AMPLITUDE**2 / 2), rel=0.1)


@pytest.mark.parametrize("frequency", [0.2, 4000, -700])
def test_a_frequency_outside_is_refused(frequency):
    with pytest.raises(UltraGainError, match="half the sample rate"):
        tone(RATE, frequency)


def test_silence_is_refused():
    with pytest.raises(UltraGainError, match="nothing to compare"):
        aliasing_to_signal(np.zeros_like, RATE, 700)


def test_another_length_is_refused():
    with pytest.raises(UltraGainError, match="the whole tone"):
        ratio_of(np.ones(100), RATE, 700)
