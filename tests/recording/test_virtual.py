"""The virtual device: what it records, when, and how it sounds."""

import functools

import numpy as np
import pytest
from made_project import REPOSITORY, SAMPLE_RATE, write_take

from ultragain import audio
from ultragain.circuits.dsl20h import netlist as dsl20h
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.files import file_digest
from ultragain.guitar import library
from ultragain.metrics import esr
from ultragain.recording import virtual
from ultragain.recording.layout import Take
from ultragain.recording.load import Recordings, load_recordings

make_recordings = functools.partial(virtual.make_recordings, workers=1)
PLUCK = "tempo 240\ntail 0.05\nf\n6:0/8"  # one low E, 0.2 s
TONE = 0.1 * np.sin(np.arange(4410) / 10)


@pytest.fixture
def experiment():
    """The book's experiment with one gain and one test riff."""
    experiment = load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml", "smoke")
    device = experiment.device.model_copy(update={"gains": {"Low": 2.0}})
    return experiment.model_copy(update={"device": device, "test_riffs": ["ohwell"]})


@pytest.fixture
def short_scores(monkeypatch):
    """Scores of a fraction of a second, which are seen only in this process: record with `workers=1`."""
    monkeypatch.setitem(library.TEST_RIFFS, "ohwell", PLUCK)
    monkeypatch.setattr(library, "training_studies", lambda seconds: {"study01": PLUCK})


def test_recordings_are_made_in_the_layout_and_only_once(experiment, short_scores, tmp_path):
    folder = make_recordings(experiment, tmp_path)
    assert folder == tmp_path / "data/recordings/virtual_dsl20h/UltraGain"
    takes = [Take(folder, "Test", "Low", "ohwell"), Take(folder, "Train", "Low", "study01")]
    before = {path: path.stat().st_mtime_ns for take in takes for path in (take.dry, take.wet)}
    loaded = load_recordings(experiment, tmp_path, "Low")
    assert (len(loaded.train), list(loaded.riffs)) == (1, ["ohwell"])
    assert Recordings(experiment, tmp_path).identity("Low") == loaded.identity  # as a plan foretells it
    make_recordings(experiment, tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_take_of_another_fingerprint_is_made_again_and_one_seed_repeats_it(experiment, short_scores, tmp_path):
    folder = make_recordings(experiment, tmp_path)
    take = Take(folder, "Test", "Low", "ohwell")
    before = file_digest(take.wet)
    take.wet.unlink()
    make_recordings(experiment, tmp_path)
    assert file_digest(take.wet) == before
    other = experiment.device.model_copy(update={"seed": 26})
    make_recordings(experiment.model_copy(update={"device": other}), tmp_path)
    assert file_digest(take.wet) != before


def test_identity_follows_what_the_takes_are_made_from_and_not_their_samples(experiment, short_scores, tmp_path):
    take = Take(make_recordings(experiment, tmp_path), "Test", "Low", "ohwell")
    before = load_recordings(experiment, tmp_path, "Low")
    dry, wet = before.riffs["ohwell"]
    audio.write_wav(take.wet, 0.9 * wet, SAMPLE_RATE)
    after = load_recordings(experiment, tmp_path, "Low")
    assert after.identity == before.identity and after.samples != before.samples
    other = experiment.model_copy(update={"device": experiment.device.model_copy(update={"seed": 26})})
    assert Recordings(other, tmp_path).identity("Low") != before.identity


def test_only_the_experiments_own_takes_are_loaded(experiment, short_scores, tmp_path):
    folder = make_recordings(experiment, tmp_path)
    audio.write_wav(Take(folder, "Train", "Low", "study99").dry, TONE, SAMPLE_RATE)  # a longer profile, interrupted
    write_take(folder, "Val", "Low", "study01", TONE, TONE)
    loaded = load_recordings(experiment, tmp_path, "Low")
    assert (len(loaded.train), len(loaded.validation)) == (1, 0)


def test_an_interrupted_recording_is_never_taken_for_a_finished_one(experiment, short_scores, tmp_path, monkeypatch):
    folder = make_recordings(experiment, tmp_path)
    take = Take(folder, "Test", "Low", "ohwell")
    before = file_digest(take.wet)
    other = experiment.model_copy(update={"device": experiment.device.model_copy(update={"seed": 26})})
    with monkeypatch.context() as patch:
        patch.setattr(virtual.audio, "write_wav", lambda path, samples, rate: path.write_bytes(b"half") and 1 / 0)
        with pytest.raises(ZeroDivisionError):
            make_recordings(other, tmp_path)
    with pytest.raises(UltraGainError, match="has not recorded all takes yet"):
        load_recordings(experiment, tmp_path, "Low")
    make_recordings(experiment, tmp_path)
    assert file_digest(take.wet) == before


def test_unknown_knobs_and_riffs_are_named(experiment, tmp_path):
    device = experiment.device.model_copy(update={"controls": {"presence": 5}})
    with pytest.raises(
        UltraGainError, match="circuit dsl20h has no control presence; it has treble, middle, bass, volume"
    ):
        make_recordings(experiment.model_copy(update={"device": device}), tmp_path)
    with pytest.raises(UltraGainError, match="test_riffs: the virtual guitar has no score for mine; it plays battery"):
        make_recordings(experiment.model_copy(update={"test_riffs": ["mine"]}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_test_riffs_are_recorded_twice_with_another_noise(experiment, short_scores, tmp_path):
    make_recordings(experiment, tmp_path)
    recorded = load_recordings(experiment, tmp_path, "Low")
    dry, wet = recorded.riffs["ohwell"]
    dry_again, wet_again = recorded.replicates["ohwell"]
    np.testing.assert_array_equal(dry, dry_again)
    assert 0 < esr(wet, wet_again) < 1e-3
    before = recorded.identity
    Take(tmp_path / "data/recordings/virtual_dsl20h/UltraGain", "Replicate", "Low", "ohwell").wet.unlink()
    make_recordings(experiment, tmp_path)
    assert load_recordings(experiment, tmp_path, "Low").identity == before


def test_a_silent_room_needs_no_replicate(experiment, short_scores, tmp_path):
    make_recordings(experiment, tmp_path)
    quiet = experiment.model_copy(update={"device": experiment.device.model_copy(update={"noise": False})})
    make_recordings(quiet, tmp_path)
    recorded = load_recordings(quiet, tmp_path, "Low")
    assert recorded.replicates == {}
    dry, wet = recorded.riffs["ohwell"]
    np.testing.assert_allclose(wet, virtual.play(dry, SAMPLE_RATE, dsl20h.netlist(gain=2), 1.0, 8.0), atol=1e-4)


def test_the_pedal_is_recorded_too(short_scores, tmp_path):
    experiment = load_experiment(REPOSITORY / "experiments" / "sd1_ds340.yaml", "smoke")
    device = experiment.device.model_copy(update={"gains": {"High": 8.0}})
    experiment = experiment.model_copy(update={"device": device, "test_riffs": ["ohwell"]})
    make_recordings(experiment, tmp_path)
    _, wet = load_recordings(experiment, tmp_path, "High").riffs["ohwell"]
    assert 0.05 < np.abs(wet).max() < 1


def spectrum_of(volts):
    """Squared volts a bin, one-sided; bins in Hz."""
    return np.abs(np.fft.rfft(volts)) ** 2 / len(volts) ** 2 * 2, np.fft.rfftfreq(len(volts), 1 / SAMPLE_RATE)


def test_noise_has_the_level_it_claims():
    n = 10 * SAMPLE_RATE
    spectrum, hertz = spectrum_of(virtual._hiss(n, SAMPLE_RATE, np.random.default_rng(25)))
    hiss = spectrum[(hertz > 300) & (hertz < 20e3)].sum() * (20e3 - 20) / (20e3 - 300)
    assert np.sqrt(hiss) == pytest.approx(virtual.HISS_VOLTS_RMS, rel=0.02)
    spectrum, hertz = spectrum_of(virtual._hum(0.05, (100, 200), n, SAMPLE_RATE, np.random.default_rng(25)))
    assert np.sqrt(spectrum[hertz == 100][0]) == pytest.approx(0.05)
    assert np.sqrt(spectrum[hertz == 200][0]) == pytest.approx(0.025)


def test_noise_follows_its_seed_and_can_be_switched_off():
    dry, netlist = np.zeros(2000), dsl20h.netlist(gain=8)

    def wet(rng):
        return virtual.play(dry, SAMPLE_RATE, netlist, 1.0, 8.0, rng)

    first = wet(np.random.default_rng(25))
    np.testing.assert_array_equal(first, wet(np.random.default_rng(25)))
    assert np.std(first) > 1e-5
    assert np.abs(wet(None)).max() < 1e-6


def test_more_gain_gives_more_level_for_a_quiet_note():
    dry = 0.005 * np.sin(2 * np.pi * 220 * np.arange(SAMPLE_RATE // 10) / SAMPLE_RATE)
    levels = [np.std(virtual.play(dry, SAMPLE_RATE, dsl20h.netlist(gain=gain), 1.0, 8.0)) for gain in (2, 5, 8)]
    assert levels == sorted(levels)


def test_output_beyond_full_scale_is_refused():
    dry = 0.5 * np.sin(2 * np.pi * 220 * np.arange(SAMPLE_RATE // 10) / SAMPLE_RATE)
    with pytest.raises(UltraGainError, match="full scale is 0.1 V: turn its level down"):
        virtual.play(dry, SAMPLE_RATE, dsl20h.netlist(gain=2), 1.0, 0.1)
