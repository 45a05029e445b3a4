"""Sessions of several takes: what they have to have in common, and what is said when they do not or end early."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from made_project import SAMPLE_RATE, plucks

from ultragain import audio
from ultragain.cli.main import main
from ultragain.rig import interface, session
from ultragain.rig.calibration import CLICK_LEVEL
from ultragain.rig.interface import Recorded

FOLDER = Path("data/recordings/TestAmp/Lead")
ONE, STUDY = (FOLDER / f"{place}/High/Wet/w_{name}.wav" for place, name in (("Test", "one"), ("Train", "study")))


class Rig:
    """An interface with a bright amplifier on input 1 and the dry return on input 2."""

    recorder = "Rig"
    description = {"recorder": "Rig", "player": "Rig"}
    dry_level, wet_level = 0.5, 0.9
    takes_left = 100  # until somebody interrupts

    def __init__(self, *_):
        self.rng = np.random.default_rng(25)

    def play_and_record(self, played, progress=None):
        Rig.takes_left -= 1
        if Rig.takes_left < 0:
            raise KeyboardInterrupt
        late = np.concatenate([np.zeros(100), played])[: len(played)]
        wet = self.wet_level * np.tanh(100 * np.diff(late, prepend=0))
        samples = np.stack([wet, self.dry_level * late], axis=1) + 1e-5 * self.rng.normal(size=(len(played), 2))
        return Recorded(np.clip(samples, -1, 1), [])


@pytest.fixture
def rig(monkeypatch):
    """The rig, for a test to turn its levels."""
    monkeypatch.setattr(interface, "Interface", Rig)
    monkeypatch.setattr(session, "versions", dict)  # PortAudio may be missing
    for level in ("dry_level", "wet_level", "takes_left"):
        monkeypatch.setattr(Rig, level, getattr(Rig, level))  # as it was, when the test is over
    return Rig


@pytest.fixture
def project(tmp_path, settings, monkeypatch):
    """An experiment with two files to play, at two gains."""
    settings["device"]["dry"], settings["test_riffs"] = "inputs", ["one"]
    (tmp_path / "experiments").mkdir()
    (tmp_path / "_toc.yml").touch()
    (tmp_path / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    for number, name in enumerate(("one", "study")):
        write_input(tmp_path, name, number)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_input(root, name, number):
    audio.write_wav(root / "data/inputs" / f"{name}.wav", plucks(0.25, np.random.default_rng(number)), SAMPLE_RATE)


def record(*options, answers=None):
    outcome = CliRunner().invoke(
        main, ["record", "experiments/test.yaml", "--interface", "Rig", *options], input=answers
    )
    assert outcome.exit_code in (0, 1, 130), outcome.exception
    return outcome


def kept(*options):
    outcome = record(*options, "--yes")
    assert outcome.exit_code == 0, outcome.stderr
    return outcome.stderr


def refused(*options):
    outcome = record(*options, "--yes")
    assert outcome.exit_code == 1, outcome.stdout
    return outcome.stderr.strip().splitlines()[-1]


def files():
    return {path: path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}


def test_a_level_turned_in_the_middle_of_a_session_is_noticed(project, rig):
    kept("--gain", "High", "--riff", "one")
    before = files()
    rig.wet_level = 0.45
    reason = "6.0 dB quieter on the wet input (1) than in Test/High/one: a level or a knob was turned"
    assert reason in refused("--gain", "High")
    assert files() == before
    kept("--gain", "Low")  # each gain has its own
    rig.wet_level = 0.9
    kept("--gain", "High")
    rig.dry_level = 0.4
    reason = "1.9 dB quieter on the dry input (2) than in Test/Low/one, Train/Low/study, Train/High/study: a level"
    assert reason in refused("--gain", "High", "--riff", "one", "--overwrite")


def test_everything_can_be_recorded_again_at_another_level(project, rig):
    kept("--replicates")
    rig.dry_level = rig.wet_level = 0.3
    assert "4.4 dB quieter on the dry input (2) than in " in refused("--gain", "High", "--overwrite")
    kept("--replicates", "--overwrite")
    known = json.loads(ONE.with_suffix(".json").read_text())
    assert known["click_dbfs"]["dry"] == pytest.approx(20 * np.log10(0.3 * CLICK_LEVEL), abs=0.02)


def test_takes_recorded_again_are_compared_with_one_another(project, rig):
    kept("--gain", "High")
    rig.wet_level = 0.45
    rig.takes_left = 1
    assert record("--gain", "High", "--overwrite", "--yes").exit_code == 130
    rig.takes_left = 100
    again = ("--gain", "High", "--overwrite", "--riff")
    assert "6.0 dB quieter on the wet input (1) than in Train/High/study: " in refused(*again, "one")
    kept(*again, "study")  # the rest, named
    rig.wet_level = 0.9
    assert "6.0 dB louder on the wet input (1) than in Test/High/one: " in refused(*again, "study")


def test_the_takes_that_a_lower_level_makes_useless_are_named(project, rig):
    kept("--gain", "High", "--riff", "one")
    rig.wet_level = 3
    reason = refused("--gain", "High")
    assert "input 1 clips: turn its level down" in reason
    assert reason.endswith("with --overwrite, that were kept at this level: Test/High/one")


def test_takes_of_something_else_are_named_and_left_alone(project, rig):
    kept()
    before = files()
    write_input(project, "study", 2)
    assert kept() == (
        "what is played has changed since Train/Low/study, Train/High/study was recorded: "
        "--overwrite, with --riff and --gain, does it again\n"
    )
    assert files() == before
    ONE.unlink()
    assert "since Train/Low/study, Train/High/study was recorded" in kept("--riff", "one", "--riff", "study")
    assert kept("--riff", "study", "--overwrite") == kept() == ""
    STUDY.with_suffix(".json").unlink()  # then nobody knows what was played
    write_input(project, "study", 3)
    assert "since Train/Low/study was recorded" in kept()


def test_an_interrupted_session_says_how_to_go_on(project, rig):
    rig.takes_left = 1
    outcome = record("--gain", "High", "--yes")
    assert outcome.exit_code == 130
    assert (
        "interrupted: 1 take recorded, 1 of 2 still missing: the same command goes on with the rest" in outcome.stderr
    )
    rig.takes_left = 100
    kept("--gain", "High")
    rig.takes_left = 1
    outcome = record("--gain", "High", "--overwrite", "--yes")
    assert (
        "interrupted: 1 take recorded again (Test/High/one), 1 of 2 not: Train/High/study: "
        "name the rest with --gain and --riff, and --overwrite"
    ) in outcome.stderr


def test_a_take_that_a_person_gives_up_is_counted(project, rig):
    rig.wet_level = 3
    outcome = record("--gain", "High", "--riff", "one", answers="y\nn\n")
    assert outcome.exit_code == 1
    assert "0 takes recorded, 1 of 1 still missing: the same command goes on with the rest" in outcome.stderr
    outcome = record("--gain", "High", "--riff", "one", "--overwrite", answers="y\nn\n")
    assert "0 takes recorded again, 1 of 1 not: Test/High/one: name the rest" in outcome.stderr
