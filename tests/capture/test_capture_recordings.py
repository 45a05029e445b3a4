"""What is to be captured: found, divided, and described as an experiment."""

import numpy as np
import pytest
import soundfile
from made_project import SAMPLE_RATE, plucks, write_recordings, write_take

from ultragain import audio
from ultragain.capture.recordings import budgets, find_captures, laid_out, two_files, write_experiment
from ultragain.checks.run import check_experiment
from ultragain.experiment import load_experiment


@pytest.fixture
def pair(tmp_path):
    """A folder with two files of 20 s, at 48 kHz; and what is in them."""
    folder = tmp_path / "MyAmp" / "Crunch"
    folder.mkdir(parents=True)
    dry = plucks(22.0, np.random.default_rng(1))[: 20 * 48_000]
    soundfile.write(folder / "DI.wav", dry, 48_000, subtype="PCM_24")
    soundfile.write(folder / "amp.wav", 0.5 * np.tanh(3 * dry), 48_000, subtype="PCM_24")
    return folder, dry


def test_captures_are_found_wherever_they_lie(tmp_path, pair):
    write_recordings(tmp_path / "Amp" / "Lead", {"Low": 1}, ["one"])
    (tmp_path / "notes").mkdir()
    assert find_captures(tmp_path) == [tmp_path / "Amp" / "Lead", pair[0]]
    assert find_captures(pair[0]) == [pair[0]]
    with pytest.raises(
        Exception, match="notes: holds nothing to capture: neither .* nor two files dry.wav and wet.wav"
    ):
        find_captures(tmp_path / "notes")


@pytest.mark.parametrize(
    "names, found",
    [
        (["dry.wav", "wet.wav"], ("dry.wav", "wet.wav")),
        (["Input.WAV", "OUTPUT.wav", "other.wav"], ("Input.WAV", "OUTPUT.wav")),
        (["di.flac", "amp.wav"], ("di.flac", "amp.wav")),
        (["dry.wav", "other.wav"], None),
    ],
)
def test_two_files_by_their_usual_names(tmp_path, names, found):
    for name in names:
        (tmp_path / name).touch()
    pair = two_files(tmp_path)
    assert (pair and tuple(path.name for path in pair)) == found


def test_two_files_become_recordings_whose_end_is_for_the_test(pair, project):
    folder, dry = pair
    target = laid_out(folder, project)
    assert target == project / "data" / "recordings" / "MyAmp" / "Crunch"
    cut = round(0.85 * len(dry))
    for split, name, part in (("Train", "beginning", dry[:cut]), ("Test", "end", dry[cut:])):
        for kind, letter, samples in (("Dry", "d", part), ("Wet", "w", 0.5 * np.tanh(3 * part))):
            written = audio.read(target / split / "Capture" / kind / f"{letter}_{name}.wav", 48_000)
            np.testing.assert_allclose(written, samples, rtol=0, atol=2**-22)
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*.wav")}
    (folder / "amp.wav").rename(folder / "wet.wav")
    assert {path: path.read_bytes() for path in target.rglob("*.wav")} and laid_out(folder, project) == target
    assert before.keys() == set(target.rglob("*.wav"))


def test_other_recordings_of_that_name_are_kept(pair, project):
    folder, dry = pair
    target = laid_out(folder, project)
    before = {path: path.read_bytes() for path in target.rglob("*.wav")}
    soundfile.write(folder / "DI.wav", dry[::-1], 48_000, subtype="PCM_24")
    with pytest.raises(Exception, match="is there already, of other recordings: rename"):
        laid_out(folder, project)
    assert {path: path.read_bytes() for path in target.rglob("*.wav")} == before


@pytest.mark.parametrize(
    "seconds, shorter, message", [(20, 1, "export both from the same beginning"), (3, 0, "too short")]
)
def test_two_files_that_will_not_do(tmp_path, project, seconds, shorter, message):
    folder = tmp_path / "MyAmp" / "Bad"
    folder.mkdir(parents=True)
    dry = plucks(seconds, np.random.default_rng(2))
    soundfile.write(folder / "dry.wav", dry, SAMPLE_RATE)
    soundfile.write(folder / "wet.wav", dry[: len(dry) - shorter], SAMPLE_RATE)
    with pytest.raises(Exception, match=message):
        laid_out(folder, project)
    assert not (project / "data" / "recordings" / "MyAmp").exists()


def test_an_experiment_follows_from_the_folder(project, tmp_path):
    folder = write_recordings(tmp_path / "Amp" / "Lead", {"8": 1, "2": 4}, ["one", "two"], train_seconds=8)
    write_take(folder, "Test", "8", "alone", *(plucks(1, np.random.default_rng(n)) for n in (5, 6)))
    path = project / "data" / "runs" / "Amp" / "Lead" / "capture.yaml"
    write_experiment(folder, path, "wavenet", 10, 2)
    experiment = load_experiment(path).with_recordings(folder)
    assert experiment.device.gains == {"2": 2.0, "8": 8.0}
    assert experiment.test_riffs == ["one", "two"]  # a riff that one gain lacks is left out
    assert [each["minutes"] for each in experiment.combinations()] == [2.0, 8.0] * 2
    assert (experiment.sample_rate, experiment.training.threads) == (SAMPLE_RATE, 2)
    assert [each for each in check_experiment(experiment, project) if each.verdict == "failure"] == []


@pytest.mark.parametrize("labels", [["Clean", "Lead"], ["5150", "8"], ["1", "1.0"]])
def test_labels_that_are_no_positions_are_spread_over_the_knob(project, tmp_path, labels):
    folder = write_recordings(tmp_path / "Amp" / "Lead", dict.fromkeys(labels, 1), ["one"])
    write_experiment(folder, project / "capture.yaml", "lstm-stateful", 2, 1)
    gains = load_experiment(project / "capture.yaml").device.gains
    assert list(gains) == labels and list(gains.values()) == [3.33, 6.67]


def test_nothing_to_score_is_said(project, tmp_path):
    folder = write_recordings(tmp_path / "Amp" / "Lead", {"Low": 1}, [])
    with pytest.raises(Exception, match="holds no riff at every gain"):
        write_experiment(folder, project / "capture.yaml", "wavenet", 2, 1)
    assert not (project / "capture.yaml").exists()


@pytest.mark.parametrize("minutes, trained", [(1, [1]), (4, [4]), (5, [2, 3]), (10, [2, 8])])
def test_a_first_model_comes_soon(minutes, trained):
    assert budgets(minutes) == trained
