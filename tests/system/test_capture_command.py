"""`ultragain capture`: from two files to a file that somebody else's player loads."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_networks import decibels
from made_project import plucks

from ultragain.formats.capture import read_capture

pytestmark = pytest.mark.system

ULTRAGAIN = Path(sys.executable).with_name("ultragain")
RATE = 48_000


def capture(*arguments):
    return subprocess.run([ULTRAGAIN, "capture", *map(str, arguments)], capture_output=True, text=True, timeout=300)


def amplifier(dry):
    return 0.6 * np.tanh(2 * dry)


@pytest.fixture
def folders(tmp_path):
    """Two amplifiers of which two files are there each, and one that is silent."""
    for number, (name, effect) in enumerate((("One", amplifier), ("Three", np.zeros_like), ("Two", amplifier))):
        folder = tmp_path / "amps" / name
        folder.mkdir(parents=True)
        dry = plucks(12.0, np.random.default_rng(number))
        soundfile.write(folder / "dry.wav", dry, RATE, subtype="PCM_24")
        soundfile.write(folder / "wet.wav", effect(dry), RATE, subtype="PCM_24")
    return tmp_path / "amps"


def test_one_command_from_recordings_to_a_plug_in(project, folders):
    done = capture(folders / "One", "--minutes", 0.1, "--out", "out")
    assert done.returncode == 0, done.stderr
    path = project / "out" / "amps-One-Capture.nam"
    assert done.stdout.splitlines()[-1].startswith("Capture: mean ESR ") and done.stdout.endswith(
        f"{path.relative_to(project)}\n"
    )
    content = json.loads(path.read_text())
    assert content["sample_rate"] == RATE and content["metadata"]["ultragain"]["esr"].keys() == {"end"}
    dry = plucks(1.0, np.random.default_rng(9))
    assert decibels(amplifier(dry), read_capture(path.read_text(), path.name).play(dry)) < -10  # seconds of training
    page = (project / "out" / "index.html").read_text()
    assert "<svg" in page and "All trainings are over" in page and path.name in page and "refresh" not in page
    again = capture(folders / "One", "--minutes", 0.1, "--out", "out")
    assert again.returncode == 0 and again.stdout.splitlines()[-1] == done.stdout.splitlines()[-1]


def test_a_folder_of_folders_goes_on_after_one_that_is_bad(project, folders):
    done = capture(folders, "--minutes", 0.05, "--out", "out")
    assert done.returncode == 1
    assert "1 of 3 folders were not captured" in done.stderr and "Three" in done.stderr.splitlines()[-1]
    assert {path.name for path in (project / "out").glob("*.nam")} == {"amps-One-Capture.nam", "amps-Two-Capture.nam"}
