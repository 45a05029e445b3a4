"""Latency, polarity, drift and channels, found in signals in which they were planted."""

import json
from pathlib import Path

import numpy as np
import pytest
from made_project import SAMPLE_RATE, plucks
from scipy.signal import butter, lfilter

from ultragain import audio
from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.recording.layout import Take, load_take
from ultragain.recording.metadata import metadata_path
from ultragain.recording.virtual import play
from ultragain.rig import take as takes
from ultragain.rig.calibration import CLICK_LEVEL, TakeRefused, arrival, drift, with_clicks

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
    full_scale, room = CIRCUITS[name].full_scale_volts, np.random.default_rng(1)
    wet = play(PROGRAMME.played, SAMPLE_RATE, build(name, gain, {}), 1.0, full_scale, room)
    found = arrival(PROGRAMME, late(wet, 700))
    assert abs(found.onset - 700) <= 1
    assert found.polarity == {"dsl20h": -1, "sd1": 1}[name]  # three stages invert, two op-amps do not
    assert drift(PROGRAMME, late(wet, 700), found) == 0
    assert drift(PROGRAMME, without(late(wet, 700), MIDDLE_OF_MUSIC, 3), found) == -3


def test_a_response_that_swells_begins_before_its_peak():
    """A low-pass at 60 Hz answers at once, and peaks after 1 / (sqrt(2) pi 60) * pi/4 s."""
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


def soft(signal):
    """An amplifier that comes back weaker than anything else."""
    return 0.3 * distorted(signal)


def with_loopbacks(recorded, latencies=(0,)):
    """Inputs that are copies within the interface, with the rounding of its 24 bits."""
    copies = [late(np.round(PROGRAMME.played * 2**23) / 2**23, latency) for latency in latencies]
    return np.column_stack([recorded, *copies])


def through_a_transformer(recorded):
    """The return without its lowest notes: a worse copy than a loopback, and still the return."""
    recorded[:, 1] = lfilter(*butter(1, 30, "high", fs=SAMPLE_RATE), recorded[:, 1])
    return recorded


@pytest.mark.parametrize("latencies", [(0,), (64, 64)])
@pytest.mark.parametrize("options", [{}, {"dry_input": 2}, {"wet_input": 1}])
@pytest.mark.parametrize("analogue", [rig(wet=soft), through_a_transformer(rig(wet=soft, dry_level=0.9))])
def test_a_loopback_is_neither_the_return_nor_the_amplifier(analogue, options, latencies):
    findings = takes.cut(PROGRAMME, with_loopbacks(analogue, latencies), **options).findings
    assert (findings["inputs"], findings["latency_samples"]) == ({"dry": 2, "wet": 1}, 1000)


def test_a_person_may_take_the_loopback_for_the_dry_signal():
    recorded = with_loopbacks(through_a_transformer(rig(wet=soft, dry_level=0.9)), (400,))
    assert takes.cut(PROGRAMME, recorded, dry_input=3).findings["inputs"] == {"dry": 3, "wet": 1}


def test_a_loopback_beside_a_lone_amplifier():
    recorded = with_loopbacks(rig(wet=soft)[:, :1], (400,))
    findings = takes.cut(PROGRAMME, recorded, wet_only=True).findings
    assert (findings["inputs"], findings["latency_samples"]) == ({"dry": None, "wet": 1}, 1000)
    cut = takes.cut(PROGRAMME, recorded)  # a dry return as good as any; the converters' time is taken away
    assert (cut.findings["inputs"], cut.findings["wet_delay_samples"]) == ({"dry": 2, "wet": 1}, 600)
    np.testing.assert_allclose(cut.wet, soft(PROGRAMME.played)[PROGRAMME.music], atol=1e-3)
    named = takes.cut(PROGRAMME, recorded, wet_only=True, wet_input=2)
    np.testing.assert_allclose(named.wet, DRY, atol=2**-23)


def test_an_input_with_something_else_on_it_does_no_harm():
    television = np.clip(noise(5, rms=1), -1, 1)  # louder than the amplifier, and clipping
    findings = takes.cut(PROGRAMME, np.column_stack([television, rig()])).findings
    assert findings["inputs"] == {"dry": 3, "wet": 2}


def test_findings_can_be_derived():
    clicks = takes.cut(PROGRAMME, rig()).findings["click_dbfs"]
    highest = np.abs(distorted(PROGRAMME.played))[: PROGRAMME.music.start].max()
    assert clicks == pytest.approx({"dry": 20 * np.log10(0.5 * CLICK_LEVEL), "wet": 20 * np.log10(highest)}, abs=0.05)
    assert list(takes.cut(PROGRAMME, rig(), wet_only=True, wet_input=1).findings["click_dbfs"]) == ["wet"]
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


def kept(recorded=None, gain="High", **changes):
    """A take that was kept before, as `cut` is told of it."""
    findings = takes.cut(
        PROGRAMME, rig() if recorded is None else recorded, wet_only=changes.pop("wet_only", False)
    ).findings
    return {f"Test/{gain}/one": {"settings": {"gain": gain}} | findings | changes}


@pytest.mark.parametrize(
    "before, planted, removed",
    [(0, 5, 0), (0, 6, 6), (4, 2, 4), (4, 3, 4), (40, 42, 40), (40, 43, 43)],
)
def test_takes_of_a_gain_have_one_delay(before, planted, removed):
    findings = takes.cut(PROGRAMME, rig(wet_delay=planted), gain="High", kept=kept(wet_delay_samples=before)).findings
    assert findings["wet_delay_samples"] == removed
    jump = [f"wet {removed - before} samples later than in Test/High/one"]
    assert findings["notes"] == ([] if removed == before else jump)
    other = takes.cut(PROGRAMME, rig(wet_delay=planted), gain="Low", kept=kept(wet_delay_samples=before)).findings
    assert other["wet_delay_samples"] == (planted if planted > takes.STEP else 0)


@pytest.mark.parametrize("before, latency", [(1000, 1000), (1002, 1002), (998, 998), (1003, 1000), (744, 1000)])
def test_takes_of_a_gain_have_one_latency_without_a_splitter(before, latency):
    known = kept(wet_only=True, latency_samples=before, inputs={"dry": None, "wet": 1})
    findings = takes.cut(PROGRAMME, rig(), wet_only=True, wet_input=1, gain="High", kept=known).findings
    assert findings["latency_samples"] == latency
    notes = {1003: "wet 3 samples earlier than in Test/High/one", 744: "wet 256 samples later than in Test/High/one"}
    assert findings["notes"] == ([notes[before]] if before in notes else [])


def decibels(dry=0.0, wet=0.0):
    """The rig's inputs with these levels turned, in dB."""
    return rig() * 10 ** (np.array([wet, dry]) / 20)


@pytest.mark.parametrize(
    "recorded, gain, reason",
    [
        (
            decibels(wet=-2),
            "High",
            "2.0 dB quieter on the wet input .1. than in Test/High/one: a level or a knob was turned",
        ),
        (decibels(dry=1), "High", "1.0 dB louder on the dry input .2. than in Test/High/one"),
        (
            decibels(dry=1),
            "Low",
            "1.0 dB louder on the dry input .2. than in Test/High/one: .* in one go with --overwrite",
        ),
        (
            np.clip(decibels(wet=12), -1, 1),
            "High",
            "input 1 clips: .* record those again, .* this level: Test/High/one",
        ),
        (np.clip(decibels(dry=20), -1, 1), "Low", "input 2 clips: .* record those again, .* this level: Test/High/one"),
    ],
)
def test_a_level_that_was_turned_between_takes_is_found(recorded, gain, reason):
    with pytest.raises(TakeRefused, match=reason) as refusal:
        takes.cut(PROGRAMME, recorded, gain=gain, kept=kept())
    assert not refusal.value.is_chance


def test_levels_that_did_not_change_or_may_change_are_left_alone():
    takes.cut(PROGRAMME, decibels(dry=0.2, wet=-0.2), gain="High", kept=kept())
    takes.cut(PROGRAMME, decibels(wet=-6), gain="Low", kept=kept())
    takes.cut(PROGRAMME, decibels(dry=-6, wet=-6), gain="High")
    with pytest.raises(TakeRefused, match="input 1 clips: [^:]*for all takes$"):
        takes.cut(PROGRAMME, np.clip(decibels(wet=12), -1, 1), gain="Low", kept=kept())


def test_noise_is_not_taken_for_another_level():
    def noisy(seed):
        return rig() + noise(seed, rms=0.05)[:, None] * [1, 0]

    first = kept(noisy(10))
    for seed in range(11, 31):
        takes.cut(PROGRAMME, noisy(seed), gain="High", kept=first)


def with_hole(recorded, start, stop):
    recorded[start:stop] = 0
    return recorded


LOST = 1000 + MIDDLE_OF_MUSIC


@pytest.mark.parametrize(
    "recorded, options, reason, is_chance",
    [
        (np.clip(4 * rig(), -1, 1), {}, "input 1 clips", False),
        (without(rig(), LOST, 256), {}, "256 samples were lost between the clicks", True),
        (
            with_hole(rig(), LOST, len(PROGRAMME.played)),
            {},
            "input 1 does not receive the clicks after the music",
            True,
        ),
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
        (np.stack([rig()[:, 0], late(rig()[:, 1], 50)], axis=1), {}, "receives the clicks 50 samples before", False),
        (
            with_loopbacks(rig()[:, 1:]),
            {},
            "no input is left for the wet signal: .* unchanged on input 2: is the amplifier",
            False,
        ),
        (
            with_loopbacks(rig()[:, :0]),
            {"wet_only": True},
            "no input is left .* unchanged on input 1: is the amplifier",
            False,
        ),
        (with_loopbacks(rig() * [0, 1]), {}, "silent .input 1, peak -inf dBFS; .* unchanged on input 3", False),
        (with_loopbacks(rig()), {"dry_input": 1}, "input 2 returns what was played, not input 1", False),
    ],
)
def test_a_bad_take_is_refused_with_the_reason(recorded, options, reason, is_chance):
    with pytest.raises(TakeRefused, match=reason) as refusal:
        takes.cut(PROGRAMME, recorded, **options)
    assert refusal.value.is_chance == is_chance


def test_a_buffer_lost_before_the_clicks_does_no_harm():
    takes.cut(PROGRAMME, rig(), losses=[(0, "output underflow")])


def test_a_take_is_written_whole(tmp_path, monkeypatch):
    take, cut = Take(tmp_path, "Test", "High", "riff"), takes.cut(PROGRAMME, rig())
    takes.save(take, cut, SAMPLE_RATE, {"take": "first"})
    dry, wet = load_take(take, SAMPLE_RATE)
    np.testing.assert_allclose([dry, wet], [cut.dry, cut.wet], atol=2**-23)
    known = json.loads(metadata_path(take).read_text())
    assert (known["take"], known["latency_samples"]) == ("first", 1000)

    def everything():
        return {path: path.read_bytes() for path in Path(tmp_path).rglob("*") if path.is_file()}

    before = everything()
    monkeypatch.setattr(audio.soundfile, "write", lambda *arguments, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        takes.save(take, cut, SAMPLE_RATE, {"take": "second"})
    assert everything() == before
