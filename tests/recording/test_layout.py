import numpy as np
import pytest
from conftest import SAMPLE_RATE, plucks, write_take

from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.recording.layout import find_takes, load_gain, load_take, recordings_folder, take_at

DRY = plucks(0.5, np.random.default_rng(1))


@pytest.fixture
def experiment(project):
    return load_experiment("experiments/test.yaml")


@pytest.fixture
def folder(experiment, project):
    return recordings_folder(experiment, project)


def test_takes_stand_where_the_layout_says(tmp_path):
    take = take_at(tmp_path, "Test", "High", "battery")
    assert take.dry == tmp_path / "Test/High/Dry/d_battery.wav"
    assert take.wet == tmp_path / "Test/High/Wet/w_battery.wav"


def test_everything_at_a_gain_is_loaded(experiment, folder):
    loaded = load_gain(folder, "High", experiment)
    assert [len(dry) for dry, _ in loaded.train] == [2 * SAMPLE_RATE]
    assert loaded.validation == []
    assert list(loaded.riffs) == experiment.test_riffs
    dry, wet = loaded.riffs["one"]
    np.testing.assert_allclose(wet, 0.8 * np.tanh(4 * dry), atol=1e-6)


def test_identity_follows_the_samples(experiment, folder):
    before = load_gain(folder, "High", experiment)
    assert load_gain(folder, "High", experiment).identity == before.identity
    dry, wet = before.riffs["one"]
    write_take(folder, "Test", "High", "one", dry, 0.9 * wet)
    assert load_gain(folder, "High", experiment).identity != before.identity


def test_identity_of_virtual_recordings_follows_their_recipes(experiment, folder):
    for take in (
        take_at(folder, "Train", "High", "study"),
        *(take_at(folder, "Test", "High", name) for name in ("one", "two")),
    ):
        take.recipe.write_text("x")
    before = load_gain(folder, "High", experiment, train_names=["study"])
    dry, wet = before.riffs["one"]
    write_take(folder, "Test", "High", "one", dry, 0.9 * wet)
    after = load_gain(folder, "High", experiment, train_names=["study"])
    assert after.identity == before.identity
    assert after.samples != before.samples
    take.recipe.write_text("y")
    assert load_gain(folder, "High", experiment, train_names=["study"]).identity != before.identity


def test_virtual_recordings_use_only_the_takes_that_are_named(experiment, folder):
    for take in (
        take_at(folder, "Train", "High", "study"),
        *(take_at(folder, "Test", "High", name) for name in ("one", "two")),
    ):
        take.recipe.write_text("x")
    half_made = write_take(folder, "Train", "High", "study99", DRY, DRY)  # a longer profile, interrupted
    half_made.wet.unlink()
    write_take(folder, "Val", "High", "study", DRY, DRY)
    loaded = load_gain(folder, "High", experiment, train_names=["study"])
    assert (len(loaded.train), len(loaded.validation)) == (1, 0)


def test_a_val_folder_is_used(experiment, folder):
    write_take(folder, "Val", "High", "held_out", DRY, DRY)
    assert len(load_gain(folder, "High", experiment).validation) == 1


@pytest.mark.parametrize("missing, there", [("dry", "wet"), ("wet", "dry")])
def test_a_file_without_its_pair_is_named(tmp_path, missing, there):
    take = write_take(tmp_path, "Train", "High", "riff", DRY, DRY)
    getattr(take, missing).unlink()
    with pytest.raises(UltraGainError, match=f"{getattr(take, missing).name}: is missing, though its pair is there"):
        find_takes(tmp_path, "Train", "High")
    assert getattr(take, there).exists()


@pytest.mark.parametrize(
    "wet, rate, message",
    [
        (DRY[:-1], SAMPLE_RATE, f"w_riff.wav: holds {len(DRY) - 1} samples, its dry file {len(DRY)}"),
        (np.zeros_like(DRY), SAMPLE_RATE, "w_riff.wav: is silent"),
        (DRY, 48000, "sample rate is 48000 Hz, the experiment says 44100 Hz"),
    ],
)
def test_a_bad_take_is_named(tmp_path, wet, rate, message):
    take = write_take(tmp_path, "Train", "High", "riff", DRY, wet, rate)
    with pytest.raises(UltraGainError, match=message):
        load_take(take, SAMPLE_RATE)


def test_an_empty_recordings_folder_is_named(tmp_path, experiment):
    with pytest.raises(UltraGainError, match="Train/High: holds no recordings"):
        load_gain(tmp_path, "High", experiment)


def test_a_missing_test_riff_is_named(experiment, folder):
    take = take_at(folder, "Test", "High", "two")
    take.dry.unlink()
    take.wet.unlink()
    with pytest.raises(UltraGainError, match="d_two.wav: is missing"):
        load_gain(folder, "High", experiment)
