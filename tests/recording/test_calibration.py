"""Latency, polarity, drift and channels, found in signals in which they were planted."""

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import SAMPLE_RATE, plucks
from scipy.signal import butter, lfilter

from ultragain import audio
from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.recording import takes
from ultragain.recording.calibration import CLICK_LEVEL, TakeRefused, arrival, drift, with_clicks
from ultragain.recording.layout import load_take, take_at
from ultragain.recording.virtual import play

DRY = plucks(0.5, np.random.default_rng(1))
PROGRAMME = with_clicks(DRY, SAMPLE_RATE)
MIDDLE_OF_MUSIC = (PROGRAMME.music.start + PROGRAMME.music.stop) // 2


def noise(seed, rms=1e-4):
    return rms * np.random.default_rng(seed).normal(size=len(PROGRAMME.played))


def late(signal, samples):
    return np.concatenate([np.zeros(samples), signal])[: len(signal)]


def without(signal, start, count):
    return np.concatenate([signal[:start], signal[start + count :], np.zeros_like(signal[:count])])


def distorted(signal):
    """A bright, driven amplifier that inverts: minimum phase, so that it answers at once."""
    return -0.6 * np.tanh(30 * lfilter(*butter(1, 700, "high", fs=SAMPLE_RATE), signal))


def rig(latency=1000, dry_level=0.5, wet=distorted, wet_delay=0):
    """Two inputs: the amplifier first, the return second."""
    amplifier = late(wet(PROGRAMME.played), latency + wet_delay) + noise(1)
    return np.stack([amplifier, late(dry_level * PROGRAMME.played, latency) + noise(2)], axis=1)


def test_the_programme_keeps_the_music_and_its_clicks_cannot_clip():
    np.testing.assert_array_equal(PROGRAMME.played[PROGRAMME.music], DRY)
    outside = np.delete(PROGRAMME.played, np.arange(PROGRAMME.music.start, PROGRAMME.music.stop))
    assert np.abs(outside).max() == CLICK_LEVEL < 0.1
    np.testing.assert_array_equal(PROGRAMME.played[PROGRAMME.first], CLICK_LEVEL)
    assert len(set(np.diff(PROGRAMME.first))) == len(PROGRAMME.first) - 1  # no two distances alike
    np.testing.assert_array_equal(np.diff(PROGRAMME.first), np.diff(PROGRAMME.second))


@pytest.mark.parametrize("level", [0.9, -0.03])
@pytest.mark.parametrize("latency", [0, 1, 511, 22_000])
def test_latency_and_polarity_of_a_plain_return(latency, level):
    found = arrival(PROGRAMME, late(level * PROGRAMME.played, latency) + noise(1))
    assert (found.middle, found.polarity) == (latency, np.sign(level))
    assert drift(PROGRAMME, late(level * PROGRAMME.played, latency) + noise(1), found) == 0


def test_hum_and_direct_voltage_do_not_matter():
    hum = 0.02 + 0.002 * np.sin(2 * np.pi * 50 * np.arange(len(PROGRAMME.played)) / SAMPLE_RATE)
    found = arrival(PROGRAMME, late(0.5 * PROGRAMME.played, 300) + hum)
    assert (found.middle, found.polarity) == (300, 1)
    assert drift(PROGRAMME, late(0.5 * PROGRAMME.played, 300) + hum, found) == 0


@pytest.mark.parametrize("name, gain", [("dsl20h", 2), ("dsl20h", 5), ("dsl20h", 8), ("sd1", 2), ("sd1", 8)])
def test_latency_of_an_amplifier_is_found_to_within_a_sample(name, gain):
    full_scale, room = CIRCUITS[name].FULL_SCALE_VOLTS, np.random.default_rng(1)
    wet = play(PROGRAMME.played, SAMPLE_RATE, build(name, gain, {}), 1.0, full_scale, room)
    found = arrival(PROGRAMME, late(wet, 700))
    assert abs(found.onset - 700) <= 1
    assert found.polarity == {"dsl20h": -1, "sd1": 1}[name]  # three stages invert, two op-amps do not
    assert drift(PROGRAMME, late(wet, 700), found) == 0
    assert drift(PROGRAMME, without(late(wet, 700), MIDDLE_OF_MUSIC, 3), found) == -3


def test_a_response_that_swells_begins_before_its_peak():
    """A low-pass at 60 Hz answers at once, and peaks where the tangent of pi/4 says: after 1 / (sqrt(2) pi 60) * pi/4 s."""
    swelling = 100 * lfilter(*butter(2, 60, fs=SAMPLE_RATE), PROGRAMME.played)
    found = arrival(PROGRAMME, late(swelling, 700) + noise(1))
    assert found.middle == pytest.approx(700 + SAMPLE_RATE / (4 * np.sqrt(2) * 60), abs=5)
    assert 700 <= found.onset <= 715
    assert found.polarity == 1


@pytest.mark.parametrize("samples", [1, 64, 8192])
def test_lost_and_added_samples_are_counted(samples):
    good = late(0.5 * PROGRAMME.played, 9000) + noise(1)
    found = arrival(PROGRAMME, good)
    assert drift(PROGRAMME, without(good, MIDDLE_OF_MUSIC, samples), found) == -samples
    added = np.insert(good, MIDDLE_OF_MUSIC, np.zeros(samples))[: len(good)]
    assert drift(PROGRAMME, added, found) == samples


def test_noise_alone_is_no_arrival():
    assert all(arrival(PROGRAMME, noise(seed)) is None for seed in range(30))
    assert arrival(PROGRAMME, np.zeros(len(PROGRAMME.played))) is None


def test_clicks_that_do_not_come_back():
    good = late(0.5 * PROGRAMME.played, 100) + noise(1)
    stopped = np.where(np.arange(len(good)) < PROGRAMME.music.stop, good, noise(1))
    assert drift(PROGRAMME, stopped, arrival(PROGRAMME, good)) is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (2, 1, 0), (1, 2, 3, 0)])
def test_channels_are_found_in_any_order(order):
    unused = np.stack([noise(3), noise(4) + 1e-4 * late(PROGRAMME.played, 1000)], axis=1)  # one hears crosstalk
    recorded = np.concatenate([rig(), unused], axis=1)[:, order]
    cut = takes.cut(PROGRAMME, recorded)
    assert cut.findings["inputs"] == {"wet": order.index(0) + 1, "dry": order.index(1) + 1}
    assert cut.findings["latency_samples"] == 1000
    assert cut.findings["polarity"] == {"dry": 1, "wet": -1}
    np.testing.assert_allclose(cut.dry, 0.5 * DRY, atol=1e-3)
    np.testing.assert_allclose(cut.wet, distorted(PROGRAMME.played)[PROGRAMME.music], atol=1e-3)


def test_findings_can_be_derived():
    findings = takes.cut(PROGRAMME, rig(dry_level=-0.5)).findings
    assert findings["polarity"] == {"dry": -1, "wet": -1}
    assert findings["peak_dbfs"]["dry"] == pytest.approx(20 * np.log10(0.5 * np.abs(DRY).max()), abs=0.02)
    assert findings["wet_noise_floor_dbfs"] == pytest.approx(-80, abs=0.5)  # 1e-4 rms
    assert findings["notes"] == []
    assert takes.cut(PROGRAMME, rig(dry_level=0.02)).findings["notes"] == ["dry is quiet: turn its input up"]
    json.dumps(findings, allow_nan=False)


@pytest.mark.parametrize("delay, removed", [(0, 0), (2, 0), (40, 40)])
def test_a_digital_delay_is_removed_and_an_amplifiers_rise_is_not(delay, removed):
    cut = takes.cut(PROGRAMME, rig(wet_delay=delay))
    assert cut.findings["wet_delay_samples"] == removed
    wet = late(distorted(PROGRAMME.played), delay - removed)[PROGRAMME.music]
    np.testing.assert_allclose(cut.wet, wet, atol=1e-3)


def test_without_a_splitter_what_was_played_is_the_dry_audio():
    cut = takes.cut(PROGRAMME, rig()[:, :1], wet_only=True)
    assert (cut.findings["inputs"], cut.findings["latency_samples"]) == ({"dry": None, "wet": 1}, 1000)
    np.testing.assert_array_equal(cut.dry, DRY)
    np.testing.assert_allclose(cut.wet, distorted(PROGRAMME.played)[PROGRAMME.music], atol=1e-3)


def with_hole(recorded, start, stop):
    recorded[start:stop] = 0
    return recorded


LOST = 1000 + MIDDLE_OF_MUSIC


@pytest.mark.parametrize(
    "recorded, options, reason, is_chance",
    [
        (np.clip(4 * rig(), -1, 1), {}, "input 1 clips", False),
        (without(rig(), LOST, 256), {}, "256 samples were lost between the clicks", True),
        (with_hole(rig(), LOST, len(PROGRAMME.played)), {}, "input 1 does not hear the clicks after the music", True),
        (rig() * [0, 1], {}, "the wet signal is silent .input 1", False),
        (rig() * [1e-4, 1], {}, "the wet signal is silent .input 1, peak -84 dBFS", False),
        (rig() * [1, 0], {}, "no input returns what was played .likeness [0-9]+% on input 1", False),
        (rig(wet=lambda signal: 0.8 * signal), {}, "inputs . and . both return what was played", False),
        (np.stack([noise(1), noise(2)], axis=1), {}, "nothing came back on any input", False),
        (with_hole(rig(), LOST, LOST + 4096), {}, "input 2 differs from what was played [0-9]+%", True),
        (with_hole(rig(), LOST, LOST + 64), {"wet_only": True, "wet_input": 1}, "input 1 gave 64 zeros in a row", True),
        (rig(), {"losses": [(LOST, "input overflow")]}, "lost a buffer .input overflow", True),
        (rig(), {"dry_input": 2, "wet_input": 2}, "an input of its own", False),
        (rig()[:, ::-1], {"dry_input": 2}, "input 1 returns what was played, not input 2", False),
        (np.stack([rig()[:, 0], late(rig()[:, 1], 50)], axis=1), {}, "hears the clicks 50 samples before", False),
    ],
)
def test_a_bad_take_is_refused_with_the_reason(recorded, options, reason, is_chance):
    with pytest.raises(TakeRefused, match=reason) as refusal:
        takes.cut(PROGRAMME, recorded, **options)
    assert refusal.value.is_chance == is_chance


def test_a_buffer_lost_before_the_clicks_does_no_harm():
    takes.cut(PROGRAMME, rig(), losses=[(0, "output underflow")])


def test_a_take_is_written_whole(tmp_path, monkeypatch):
    take, cut = take_at(tmp_path, "Test", "High", "riff"), takes.cut(PROGRAMME, rig())
    takes.save(take, cut, SAMPLE_RATE, {"take": "first"})
    dry, wet = load_take(take, SAMPLE_RATE)
    np.testing.assert_allclose([dry, wet], [cut.dry, cut.wet], atol=2**-23)
    known = json.loads(takes.metadata_path(take).read_text())
    assert (known["take"], known["latency_samples"]) == ("first", 1000)

    def everything():
        return {path: path.read_bytes() for path in Path(tmp_path).rglob("*") if path.is_file()}

    before = everything()
    monkeypatch.setattr(audio.soundfile, "write", lambda *arguments, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        takes.save(take, cut, SAMPLE_RATE, {"take": "second"})
    assert everything() == before
