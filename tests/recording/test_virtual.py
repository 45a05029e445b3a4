
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest
from conftest import REPOSITORY, SAMPLE_RATE

from ultragain.circuits import dsl20h
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.files import file_digest
from ultragain.recording import virtual
from ultragain.recording.layout import take_at
from ultragain.riffs import library

PLUCK = "tempo 240\ntail 0.05\nf\n6:0/8"  # one low E, 0.2 s


@pytest.fixture
def experiment():
    """The book's experiment with one gain and one test riff."""
    experiment = load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml", "smoke")
    device = experiment.device.model_copy(update={"gains": {"Low": 2.0}})
    return experiment.model_copy(update={"device": device, "test_riffs": ["ohwell"]})


@pytest.fixture
def short_scores(monkeypatch):
    """Scores of a fraction of a second; recording in this process, where the change is seen."""
    monkeypatch.setitem(library.TEST_RIFFS, "ohwell", PLUCK)
    monkeypatch.setattr(library, "training_studies", lambda seconds: {"study01": PLUCK})
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr(virtual, "ProcessPoolExecutor", lambda workers, mp_context: ThreadPoolExecutor(1))


def test_recordings_are_made_in_the_layout_and_only_once(experiment, short_scores, tmp_path):
    folder = virtual.make_recordings(experiment, tmp_path)
    assert folder == tmp_path / "data/recordings/virtual_dsl20h/UltraGain"
    takes = [take_at(folder, "Test", "Low", "ohwell"), take_at(folder, "Train", "Low", "study01")]
    before = {path: path.stat().st_mtime_ns for take in takes for path in (take.dry, take.wet)}
    loaded = virtual.load_recordings(experiment, tmp_path, "Low")
    assert (len(loaded.train), list(loaded.riffs)) == (1, ["ohwell"])
    virtual.make_recordings(experiment, tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_take_whose_recipe_changed_is_made_again_and_the_same_seed_repeats_it(experiment, short_scores, tmp_path):
    folder = virtual.make_recordings(experiment, tmp_path)
    take = take_at(folder, "Test", "Low", "ohwell")
    before = file_digest(take.wet)
    take.wet.unlink()
    virtual.make_recordings(experiment, tmp_path)
    assert file_digest(take.wet) == before
    other = experiment.device.model_copy(update={"noise_seed": 26})
    virtual.make_recordings(experiment.model_copy(update={"device": other}), tmp_path)
    assert file_digest(take.wet) != before


def test_an_interrupted_recording_is_never_taken_for_a_finished_one(experiment, short_scores, tmp_path, monkeypatch):
    folder = virtual.make_recordings(experiment, tmp_path)
    take = take_at(folder, "Test", "Low", "ohwell")
    before = file_digest(take.wet)
    other = experiment.model_copy(update={"device": experiment.device.model_copy(update={"noise_seed": 26})})
    with monkeypatch.context() as patch:
        patch.setattr(virtual.audio, "write_wav", lambda path, samples, rate: path.write_bytes(b"half") and 1 / 0)
        with pytest.raises(ZeroDivisionError):
            virtual.make_recordings(other, tmp_path)
    with pytest.raises(UltraGainError, match="has not recorded all takes yet"):
        virtual.load_recordings(experiment, tmp_path, "Low")
    virtual.make_recordings(experiment, tmp_path)
    assert file_digest(take.wet) == before


def test_a_recording_process_that_dies_is_one_line(experiment, short_scores, tmp_path, monkeypatch):
    def die(*arguments):
        raise BrokenProcessPool

    monkeypatch.setattr(virtual, "_record", die)
    with pytest.raises(UltraGainError, match="a recording process died"):
        virtual.make_recordings(experiment, tmp_path)


def test_unknown_knobs_and_riffs_are_named(experiment, tmp_path):
    device = experiment.device.model_copy(update={"controls": {"presence": 5}})
    with pytest.raises(UltraGainError, match="device.controls: circuit dsl20h has no knob presence; it has treble, middle, bass, volume"):
        virtual.make_recordings(experiment.model_copy(update={"device": device}), tmp_path)
    with pytest.raises(UltraGainError, match="test_riffs: the virtual guitar has no score for mine; it plays battery"):
        virtual.make_recordings(experiment.model_copy(update={"test_riffs": ["mine"]}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_noise_has_the_level_it_claims_and_follows_the_seed():
    noise = virtual._noise(10 * SAMPLE_RATE, SAMPLE_RATE, np.random.default_rng(25))
    spectrum = np.abs(np.fft.rfft(noise)) ** 2 / len(noise) ** 2 * 2  # squared volts a bin, one-sided
    hertz = np.fft.rfftfreq(len(noise), 1 / SAMPLE_RATE)
    hiss = spectrum[(hertz > 300) & (hertz < 20e3)].sum() * (20e3 - 20) / (20e3 - 300)
    assert np.sqrt(hiss) == pytest.approx(virtual.HISS_VOLTS_RMS, rel=0.02)
    assert np.sqrt(spectrum[hertz == 50][0]) == pytest.approx(virtual.HUM_VOLTS_RMS, rel=0.02)
    assert (noise == virtual._noise(10 * SAMPLE_RATE, SAMPLE_RATE, np.random.default_rng(25))).all()


def test_more_gain_gives_more_level_for_a_quiet_note():
    dry = 0.005 * np.sin(2 * np.pi * 220 * np.arange(SAMPLE_RATE // 10) / SAMPLE_RATE)
    levels = [
        np.std(virtual.amplify(dry, SAMPLE_RATE, dsl20h.netlist(gain=gain), np.random.default_rng(25))) for gain in (2, 5, 8)
    ]
    assert levels == sorted(levels)
