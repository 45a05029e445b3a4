"""Hum, hiss, and noise in rests."""

import numpy as np
import planted
import pytest
from made_project import SAMPLE_RATE, plucks

from ultragain.checks.noise import hiss, hum, noise_in_rests

T = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE


@pytest.mark.parametrize("mains", [50, 60])
def test_hum_is_found_at_its_level(mains):
    music = plucks(4, np.random.default_rng(4))
    tone = 0.01 * np.sqrt(2) * np.sin(2 * np.pi * mains * T)
    found, rms = hum(music + tone, SAMPLE_RATE)
    assert found == mains and rms == pytest.approx(0.01, rel=0.15)
    assert hum(music, SAMPLE_RATE)[1] == 0


def test_hiss_is_found_at_its_level():
    clip = planted.clip("holywar", 0.5, 2.0)
    assert 20 * np.log10(hiss(planted.hissing(clip, -50), SAMPLE_RATE)) == pytest.approx(-50, abs=1.5)
    assert hiss(clip, SAMPLE_RATE) < 1e-4
    assert hiss(clip, 22_050) == 0  # the band is beyond such a file


def test_what_the_dry_signal_explains_is_no_noise():
    rng = np.random.default_rng(5)
    dry = np.where(T < 2, 0.5, 1e-4) * rng.normal(size=len(T)).clip(-1.9, 1.9)
    wet = 30 * np.convolve(dry, [0.5, 0.3, 0.2])[: len(dry)]
    explained = noise_in_rests(dry, wet)
    noisy = noise_in_rests(dry, wet + 0.01 * rng.normal(size=len(T)))
    assert noisy == pytest.approx(0.01, rel=0.1)
    assert explained < 0.1 * noisy
    assert noise_in_rests(dry[:SAMPLE_RATE], wet[:SAMPLE_RATE]) is None  # not a rest in it
