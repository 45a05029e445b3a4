"""Other people's captures as devices: brought in, played through, and modelled."""

import json
import shutil

import numpy as np
import pytest
import soxr
import yaml
from click.testing import CliRunner
from made_project import SETTINGS, plucks

from ultragain import audio
from ultragain.cli.main import main
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.recording.captures import CaptureEffect, capture_effect
from ultragain.recording.load import load_recordings
from ultragain.recording.virtual import make_recordings, missing_takes

GAIN = 0.5


def linear_capture(rate=44100, gain=GAIN):
    """A file of a WaveNet that does nothing but make audio softer: one layer whose input the next one would hear."""
    layer = {"input_size": 1, "condition_size": 1, "channels": 1, "kernel_size": 1, "dilations": [1]}
    layer |= {"activation": "ReLU", "gated": False, "head_size": 1, "head_bias": True}
    # rechannel; conv 2, bias 1 and mixin -1: a ReLU of x + 1, which is positive; 1x1; head and its bias; scale
    weights = [1.0, 2.0, 1.0, -1.0, 0.0, 0.0, gain, -gain, 1.0]
    return json.dumps(
        {
            "version": "0.5.4",
            "architecture": "WaveNet",
            "config": {"layers": [layer], "head": None, "head_scale": 1.0},
            "weights": weights,
            "sample_rate": rate,
            "metadata": {"name": "softer", "modeled_by": "nobody", "gear_make": None},
        }
    )


def ultragain(*arguments):
    outcome = CliRunner().invoke(main, [*map(str, arguments)])
    return outcome.exit_code, outcome.stderr if outcome.exit_code else outcome.stdout


@pytest.fixture
def brought_in(project):
    (project / "theirs.nam").write_text(linear_capture())
    status, said = ultragain("import", "theirs.nam", "--as", "soft")
    assert status == 0
    assert said == f"{project}/data/captures/soft.nam: a WaveNet of 9 weights at 44100 Hz; softer, nobody\n"
    return project


def test_reamp_plays_through_it(brought_in):
    dry = plucks(1.0, np.random.default_rng(1))
    audio.write_wav(brought_in / "di" / "riff.wav", dry, 44100)
    status, said = ultragain("reamp", "di", "out/Theirs/Soft", "--capture", "soft", "--gain", "Soft=5", "--workers", 1)
    assert status == 0 and said.endswith("1 takes recorded in out/Theirs/Soft\n")
    wet = audio.load(brought_in / "out/Theirs/Soft/Train/Soft/Wet/w_riff.wav", 44100)
    np.testing.assert_allclose(wet, GAIN * dry, rtol=0, atol=1e-6)  # without hiss and hum


def test_an_experiment_records_it_and_records_it_again_when_the_file_changes(brought_in):
    settings = {key: value for key, value in SETTINGS["device"].items() if key != "recordings"}
    settings |= {"name": "Theirs", "version": "Soft", "capture": "soft", "gains": {"Soft": 5}}
    path = brought_in / "experiments" / "theirs.yaml"
    path.write_text(yaml.safe_dump(SETTINGS | {"device": settings, "test_riffs": ["battery"]}))
    experiment = load_experiment(path)
    make_recordings(experiment, brought_in, workers=1)
    recordings = load_recordings(experiment, brought_in, "Soft")
    assert not recordings.replicates  # a second recording would be the first
    for dry, wet in (*recordings.train, *recordings.riffs.values()):
        np.testing.assert_allclose(wet, GAIN * dry, rtol=0, atol=1e-6)
    assert not missing_takes(experiment, brought_in)
    (brought_in / "theirs.nam").write_text(linear_capture(gain=0.4))
    assert ultragain("import", "theirs.nam", "--as", "soft", "--overwrite")[0] == 0
    assert missing_takes(experiment, brought_in)


def test_audio_at_another_rate_is_played_at_its_own(project):
    (project / "theirs.nam").write_text(linear_capture(rate=48_000))
    dry = plucks(0.5, np.random.default_rng(2))
    wet = CaptureEffect(project / "theirs.nam").play(dry, 44100)
    back = soxr.resample(soxr.resample(dry, 44100, 48_000), 48_000, 44100)
    assert len(wet) == len(dry)
    np.testing.assert_allclose(wet[: len(back)], GAIN * back[: len(dry)], rtol=0, atol=1e-6)


def test_what_would_clip_is_refused(project):
    (project / "theirs.nam").write_text(linear_capture(gain=20.0))
    with pytest.raises(UltraGainError, match="theirs.nam: reaches .* dB above full scale: play it softer"):
        CaptureEffect(project / "theirs.nam").play(plucks(0.5, np.random.default_rng(3)), 44100)


def test_bad_input_changes_nothing(brought_in):
    kept = (brought_in / "data/captures/soft.nam").read_bytes()
    (brought_in / "bad.nam").write_text(linear_capture().replace("WaveNet", "ConvNet"))
    for arguments, message in [
        (("bad.nam", "--as", "other"), "bad.nam: is a capture by a ConvNet"),
        (("theirs.nam", "--as", "soft"), "is there already"),
        (("theirs.nam", "--as", "../soft"), "may not hold /"),
        (("theirs.nam", "--as", ""), "must not be empty"),
    ]:
        status, said = ultragain("import", *arguments)
        assert status == 1 and message in said
    assert [path.name for path in (brought_in / "data" / "captures").iterdir()] == ["soft.nam"]
    assert (brought_in / "data/captures/soft.nam").read_bytes() == kept


def test_a_capture_that_is_not_there_is_named(project):
    with pytest.raises(UltraGainError, match="^gone: no capture has this name; `ultragain import"):
        capture_effect("gone", project)
    with pytest.raises(UltraGainError, match="no capture has this name"):
        capture_effect("../../gone", project)
    shutil.copy("experiments/test.yaml", "di.yaml")
    (project / "di").mkdir()
    status, said = ultragain("reamp", "di", "out/A/B", "--capture", "gone", "--gain", "1=1", "--gain", "2=2")
    assert status == 1 and "give one --gain for its label" in said


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"circuit": "sd1"}, "exactly one of circuit, capture and recordings"),
        ({"gains": {"a": 1, "b": 2}}, "has one gain and no controls"),
        ({"controls": {"tone": 5}}, "has one gain and no controls"),
    ],
)
def test_a_capture_is_one_setting(project, changes, message):
    settings = {key: value for key, value in SETTINGS["device"].items() if key != "recordings"}
    settings |= {"capture": "soft", "gains": {"Soft": 5}} | changes
    path = project / "experiments" / "theirs.yaml"
    path.write_text(yaml.safe_dump(SETTINGS | {"device": settings}))
    with pytest.raises(UltraGainError, match=message):
        load_experiment(path)
