from pathlib import Path

import numpy as np
import pytest

from ultragain.errors import UltraGainError
from ultragain.guitar import likeness as guitar

ROOT = Path(__file__).parents[2]
RATE = 44_100


def seconds(length):
    return np.arange(round(length * RATE)) / RATE


def clicks(per_second, length):
    """A tone that is struck again at equal distances and loses 100 dB in a second."""
    t = seconds(length)
    return np.sin(2 * np.pi * 1000 * t) * 10 ** (-5 * (t % (1 / per_second)))


def coloured(exponent, seed=0):
    """Noise whose power density goes with frequency to a power."""
    rng = np.random.default_rng(seed)
    n = 30 * RATE
    hz = np.fft.rfftfreq(n, 1 / RATE)
    bins = np.exp(2j * np.pi * rng.random(len(hz))) * np.maximum(hz, 20) ** (exponent / 2)
    x = np.fft.irfft(bins, n)
    return x / np.max(np.abs(x))


def test_levels_of_a_sine():
    described = guitar.describe(0.5 * np.sin(2 * np.pi * 441 * seconds(2)), RATE)
    assert described["seconds"] == 2.0
    assert described["peak_dbfs"] == pytest.approx(20 * np.log10(0.5), abs=1e-6)
    assert described["crest_db"] == pytest.approx(10 * np.log10(2), abs=1e-6)
    # 20 ms are not a whole number of periods: the pieces differ by a few hundredths.
    assert described["floor_dbfs"] == pytest.approx(described["rms_dbfs"], abs=0.3)


@pytest.mark.parametrize(("exponent", "slope"), [(-1, 0.0), (0, 3.0103), (-4, -9.0309)])
def test_tilt_of_coloured_noise(exponent, slope):
    # A third octave's power goes with frequency to one power more than the density: 3.01 dB an octave each.
    assert guitar.describe(coloured(exponent), RATE)["tilt_db_per_octave"] == pytest.approx(slope, abs=0.1)


def test_presence_of_white_noise():
    # 2.5 of 22.05 kHz.
    assert guitar.describe(coloured(0), RATE)["presence_db"] == pytest.approx(10 * np.log10(2.5 / 22.05), abs=0.1)


@pytest.mark.parametrize("per_second", [2, 5])
def test_struck_notes_are_counted_and_timed(per_second):
    described = guitar.describe(clicks(per_second, 8.0), RATE)
    # The first one has nothing before it to begin against.
    assert described["onsets_per_second"] == pytest.approx(per_second, abs=1.01 / 8)
    assert described["decay_db_per_second"] == pytest.approx(100, rel=0.03)
    onsets = guitar.find_onsets(clicks(per_second, 8.0), RATE)
    nearest = np.round(onsets * per_second) / per_second
    assert np.abs(onsets - nearest).max() < 0.03


def test_an_attack_is_as_strong_as_its_step():
    t = seconds(4)
    loud = (t % 1) >= 0.5
    x = np.sin(2 * np.pi * 1000 * t) * np.where(loud, 0.5, 0.05)
    assert guitar.describe(x, RATE)["attack_db"] == pytest.approx(20, abs=0.5)


def test_the_floor_is_the_level_between_the_notes():
    rng = np.random.default_rng(0)
    x = 1e-3 * rng.standard_normal(5 * RATE)
    x[: 4 * RATE] += 0.5 * np.sin(2 * np.pi * 440 * seconds(4))
    assert guitar.describe(x, RATE)["floor_dbfs"] == pytest.approx(-60, abs=0.5)


def test_what_cannot_be_described_is_refused():
    for samples, rate in ((np.zeros(RATE), RATE), (np.ones(1000), RATE), (np.ones(8000), 8000)):
        with pytest.raises(UltraGainError, match="described"):
            guitar.describe(samples, rate)


def test_ours_stand_beside_the_real_ones():
    real = guitar.real_di(ROOT)
    assert len(real) == 6 and real.notna().all().all()
    assert list(real.columns) == list(guitar.describe(clicks(2, 2.0), RATE))
    assert real["crest_db"].to_numpy() == pytest.approx((real["peak_dbfs"] - real["rms_dbfs"]).to_numpy(), abs=0.02)
    table = guitar.compare_with_real({"ours": clicks(2, 2.0)}, RATE, ROOT)
    assert list(table.index) == ["ours", "real, min", "real, median", "real, max"]
    lowest, median, highest = table.iloc[1:].to_numpy()
    assert np.all(lowest <= median) and np.all(median <= highest)
