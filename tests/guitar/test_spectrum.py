import numpy as np
import pytest

from ultragain.guitar.spectrum import third_octaves


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_third_octaves_of_two_sines(rate):
    """A sine of amplitude 1 has half the power of a full-scale square wave, in its own band; a tenth is 20 dB less."""
    t = np.arange(2 * rate) / rate
    centres, levels = third_octaves(np.sin(2 * np.pi * 1000 * t) + 0.1 * np.sin(2 * np.pi * 2000 * t), rate)
    at = {round(centre): level for centre, level in zip(centres, levels, strict=True)}
    assert at[1000] == pytest.approx(10 * np.log10(0.5), abs=0.05)
    assert at[2000] == pytest.approx(10 * np.log10(0.5) - 20, abs=0.05)
