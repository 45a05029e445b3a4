"""Recordings of a real device, loaded and checked."""

import numpy as np
import pytest
from made_project import SAMPLE_RATE, plucks, write_take

from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.recording.layout import Take, recordings_folder
from ultragain.recording.load import load_recordings

DRY = plucks(0.5, np.random.default_rng(1))


@pytest.fixture
def experiment(project):
    return load_experiment("experiments/test.yaml")


@pytest.fixture
def folder(experiment, project):
    return recordings_folder(experiment, project)


def test_everything_at_a_gain_is_loaded(experiment, project, folder):
    loaded = load_recordings(experiment, project, "High")
    assert [len(dry) for dry, _ in loaded.train] == [2 * SAMPLE_RATE]
    assert loaded.validation == []
    assert list(loaded.riffs) == experiment.test_riffs
    dry, wet = loaded.riffs["one"]
    np.testing.assert_allclose(wet, 0.8 * np.tanh(4 * dry), atol=1e-6)


def test_identity_follows_the_samples(experiment, project, folder):
    before = load_recordings(experiment, project, "High")
    assert load_recordings(experiment, project, "High").identity == before.identity
    dry, wet = before.riffs["one"]
    write_take(folder, "Test", "High", "one", dry, 0.9 * wet)
    assert load_recordings(experiment, project, "High").identity != before.identity


def test_a_val_folder_is_used(experiment, project, folder):
    write_take(folder, "Val", "High", "held_out", DRY, DRY)
    assert len(load_recordings(experiment, project, "High").validation) == 1


def test_an_empty_recordings_folder_is_named(tmp_path, experiment, project):
    with pytest.raises(UltraGainError, match="Train/High: holds no recordings"):
        load_recordings(experiment.with_recordings(tmp_path), project, "High")


def test_a_missing_test_riff_is_named(experiment, project, folder):
    take = Take(folder, "Test", "High", "two")
    take.dry.unlink()
    take.wet.unlink()
    with pytest.raises(UltraGainError, match="d_two.wav: is missing"):
        load_recordings(experiment, project, "High")
