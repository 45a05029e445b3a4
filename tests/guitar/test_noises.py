import numpy as np
import pytest
from scipy import signal

from ultragain.guitar import noises

RATE = 44_100


class Still:
    """A generator whose hand is perfectly steady."""

    def standard_normal(self, n):
        return np.zeros(n)

    def random(self):
        return 0.1


def test_frets_divide_the_scale():
    assert noises.fret_metres(12) == pytest.approx(noises.SCALE / 2)
    assert noises.fret_metres(0) == 0


def test_a_click_falls_by_half_of_its_time_constant():
    x = noises.click(RATE, Still())
    assert len(x) == 88
    # exp(-t / 0.25 ms): 20 lg e = 8.686 dB each quarter of a millisecond.
    assert 20 * np.log10(x[0] / x[44]) == pytest.approx(8.686 * 44 / RATE / 0.00025, rel=1e-3)


def test_a_squeak_has_one_period_for_each_turn_of_the_winding():
    x = noises.squeak(0.06, 0.2, 0.0003, RATE, Still())
    changes = np.sum(np.diff(np.sign(x[np.abs(x) > 0])) != 0)
    assert changes == pytest.approx(2 * 0.06 / 0.0003, abs=2)
    # The speed of a smooth step is 1.5 times the mean in its middle: 450 mm/s, 1500 turns a second.
    middle = x[len(x) // 2 - 1000 : len(x) // 2 + 1000] * np.hanning(2000)
    assert np.argmax(np.abs(np.fft.rfft(middle, 1 << 16))) * RATE / (1 << 16) == pytest.approx(1500, rel=0.02)
    assert np.max(np.abs(x)) == pytest.approx(0.45, rel=0.02)


def test_a_squeak_grows_with_speed_and_needs_a_winding():
    assert not noises.squeak(0.06, 0.2, 0.0, RATE, Still()).any()
    slow, fast = (noises.squeak(metres, 0.2, 0.0, RATE, np.random.default_rng(0)) for metres in (0.05, 0.1))
    assert fast == pytest.approx(2 * slow)


@pytest.mark.parametrize("cutoff", [450.0, 3000.0])
def test_rubbing_is_as_loud_and_dark_as_asked(cutoff):
    x = noises.rub(20.0, cutoff, RATE, np.random.default_rng(0))
    # The mean square of a Hann window is 3/8.
    assert np.mean(x**2) == pytest.approx(3 / 8, rel=0.1)
    hz, density = signal.welch(x, RATE, nperseg=4096)
    near = [np.mean(density[np.abs(hz - f) < 0.1 * f]) for f in (cutoff / 4, 2 * cutoff)]
    # Two poles: 1 / (1 + (f / cutoff)^2)^2.
    assert 10 * np.log10(near[0] / near[1]) == pytest.approx(20 * np.log10((1 + 4) / (1 + 1 / 16)), abs=1)
    assert x[0] == x[-1] == 0
