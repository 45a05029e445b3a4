"""What a virtual device plays."""

import numpy as np
import pytest
import soundfile
from made_project import REPOSITORY, SAMPLE_RATE

from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.guitar import library
from ultragain.recording.performances import performances


@pytest.fixture
def played(tmp_path):
    """What is played with `dry` set, given a few files in data/inputs."""
    experiment = load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml", "smoke")

    def play(dry, files, riffs=("battery",), seconds=10):
        folder = tmp_path / "data" / "inputs"
        folder.mkdir(parents=True, exist_ok=True)
        for name, samples in files.items():
            soundfile.write(folder / name, samples, SAMPLE_RATE)
        settings = experiment.model_copy(
            update={
                "device": experiment.device.model_copy(update={"dry": dry}),
                "test_riffs": list(riffs),
                "sizes": experiment.sizes.model_copy(update={"train_seconds": seconds}),
            }
        )
        return performances(settings, tmp_path)

    return play


TONE = 0.1 * np.sin(np.arange(4410) / 10)  # 0.1 s


def names(performances):
    return [performance.name for performance in performances]


def test_own_files_are_left_alone_unless_asked_for(played):
    split = played("synthetic", {"battery.wav": TONE, "mine.wav": TONE})
    assert split["Test"][0].score == library.TEST_RIFFS["battery"]
    assert names(split["Train"]) == ["study01"]


def test_own_files_in_place_of_the_synthetic_ones(played):
    split = played("inputs", {"battery.flac": TONE, "mine.wav": TONE, "other.WAV": TONE})
    assert (names(split["Test"]), names(split["Train"])) == (["battery"], ["mine", "other"])
    np.testing.assert_allclose(split["Test"][0].dry(SAMPLE_RATE), TONE, atol=1e-4)


def test_own_files_beside_the_synthetic_ones(played):
    split = played("both", {"mine.wav": np.tile(TONE, 50)}, riffs=("battery", "mine"), seconds=10)
    assert [performance.file is None for performance in split["Test"]] == [True, False]
    assert names(split["Train"]) == ["study01"]
    split = played("both", {"long.wav": np.tile(TONE, 60)}, seconds=15)  # 6 s and one study of 10.2 s
    assert names(split["Train"])[:2] == ["long", "mine"]
    assert names(split["Train"])[2:] == ["study01"]


def test_a_changed_file_is_another_performance(played):
    before = played("inputs", {"battery.wav": TONE, "mine.wav": TONE})["Test"][0].identity
    after = played("inputs", {"battery.wav": 0.9 * TONE})["Test"][0].identity
    assert before != after


@pytest.mark.parametrize(
    "dry, files, message",
    [
        ("inputs", {"mine.wav": TONE}, "holds no battery.wav or battery.flac"),
        ("inputs", {"battery.wav": TONE}, "nothing to train on"),
        ("inputs", {"my:riff.wav": TONE}, "my:riff.wav: rename it: its name may not hold :"),
        ("both", {"study01.wav": TONE}, "study01 is the name of one of the project's studies"),
        ("both", {"a.wav": TONE, "a.flac": TONE}, "a.wav: a.flac has the same name"),
    ],
)
def test_files_that_cannot_be_used_are_named(played, dry, files, message):
    with pytest.raises(UltraGainError, match=message):
        played(dry, files)


def test_a_file_that_is_no_audio_is_named(played, tmp_path):
    (tmp_path / "data/inputs").mkdir(parents=True)
    (tmp_path / "data/inputs/notes.wav").write_text("not audio")
    with pytest.raises(UltraGainError, match="notes.wav: cannot be read as audio"):
        played("inputs", {})
