"""Own dry files through a circuit, from the command line."""

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from made_project import SAMPLE_RATE

from ultragain import audio
from ultragain.circuits.catalog import build
from ultragain.cli.main import main
from ultragain.recording.layout import Take, load_take
from ultragain.recording.virtual import play

SECONDS = 0.1


def tone(rate):
    return 0.3 * np.sin(2 * np.pi * 440 * np.arange(round(SECONDS * rate)) / rate)


@pytest.fixture
def inputs(tmp_path):
    folder = tmp_path / "di"
    (folder / "Test").mkdir(parents=True)
    soundfile.write(folder / "study.wav", tone(48_000), 48_000, subtype="PCM_24")
    soundfile.write(folder / "Test" / "riff.flac", np.stack([tone(SAMPLE_RATE)] * 2, axis=1), SAMPLE_RATE)
    return folder


def reamp(*arguments):
    return CliRunner().invoke(main, ["reamp", *map(str, arguments), "--workers", "1"])


def test_any_rate_and_stereo_become_recordings(inputs, tmp_path):
    outcome = reamp(inputs, tmp_path / "out", "--circuit", "sd1", "--gain", "High=8", "--set", "level=3", "--no-noise")
    assert outcome.exit_code == 0, outcome.output
    assert "2 takes recorded" in outcome.output
    dry, wet = load_take(Take(tmp_path / "out", "Test", "High", "riff"), SAMPLE_RATE)
    np.testing.assert_allclose(dry, tone(SAMPLE_RATE), atol=1e-4)
    np.testing.assert_allclose(wet, play(dry, SAMPLE_RATE, build("sd1", 8, {"level": 3}), 1.0, 1.0), atol=1e-4)
    dry, _ = load_take(Take(tmp_path / "out", "Train", "High", "study"), SAMPLE_RATE)
    middle = slice(500, -500)  # the ends of a conversion are another matter
    np.testing.assert_allclose(dry[middle], tone(SAMPLE_RATE)[middle], atol=1e-3)


def test_what_is_there_is_not_overwritten_unasked(inputs, tmp_path):
    command = inputs, tmp_path / "out", "--circuit", "sd1", "--gain", "2"
    assert reamp(*command).exit_code == 0
    take = Take(tmp_path / "out", "Test", "2", "riff")
    before = take.wet.read_bytes()
    outcome = reamp(*command, "--seed", "3")
    assert outcome.exit_code == 1
    assert "is there already" in outcome.stderr
    assert take.wet.read_bytes() == before
    assert reamp(*command, "--seed", "3", "--overwrite").exit_code == 0
    assert take.wet.read_bytes() != before


@pytest.mark.parametrize(
    "spoil, message",
    [
        (
            lambda folder: soundfile.write(folder / "bad.wav", np.full(100, np.nan), SAMPLE_RATE, subtype="FLOAT"),
            "not finite",
        ),
        (lambda folder: soundfile.write(folder / "bad.wav", np.zeros(100), SAMPLE_RATE), "bad.wav: is silent"),
        (lambda folder: (folder / "bad.wav").write_bytes(b""), "bad.wav: cannot be read as audio"),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_written(inputs, tmp_path, spoil, message):
    spoil(inputs)
    outcome = reamp(inputs, tmp_path / "out", "--gain", "5")
    assert outcome.exit_code == 1
    assert message in outcome.stderr and len(outcome.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--gain", "High=loud"], "High=loud"),
        (["--gain", "=8"], "NAME=VALUE"),
        (["--gain", "../x=8"], "../x: may not hold /"),
        (["--gain", "5", "--set", "treble=[1"], "treble is .*; it must be a number"),
        (["--gain", "11"], "gain 11 is off the dial"),
        (["--gain", "5", "--set", "presence=5"], "no control presence"),
        (["--gain", "5", "--set", "treble=[1]"], "treble is .1.; it must be a number"),
    ],
)
def test_bad_settings_are_named(inputs, tmp_path, arguments, message):
    import re

    outcome = reamp(inputs, tmp_path / "out", *arguments)
    assert outcome.exit_code in (1, 2)
    assert re.search(message, outcome.stderr)
    assert not (tmp_path / "out").exists()


def test_an_empty_folder(tmp_path):
    (tmp_path / "di").mkdir()
    assert "holds no WAV or FLAC files" in reamp(tmp_path / "di", tmp_path / "out", "--gain", "5").stderr


def test_loading_takes_the_mean_of_the_channels(tmp_path):
    left, right = tone(SAMPLE_RATE), 0.5 * tone(SAMPLE_RATE)
    soundfile.write(tmp_path / "stereo.wav", np.stack([left, right], axis=1), SAMPLE_RATE, subtype="DOUBLE")
    np.testing.assert_allclose(audio.load(tmp_path / "stereo.wav", SAMPLE_RATE), 0.75 * left, atol=1e-12)
