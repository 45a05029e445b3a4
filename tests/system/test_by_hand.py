"""The training notebook run by papermill, by hand: what papermill makes of a command line's values."""

import subprocess
import sys
from pathlib import Path

import pytest

from ultragain.training import runs

pytestmark = pytest.mark.system

RUNS = Path("data/runs/TestAmp/Lead/tiny")
USUAL = {"experiment": "experiments/test.yaml", "gain": "8", "context": "8.0", "units": "4.0", "learning_rate": "0.01"}


@pytest.fixture
def settings(settings):
    settings["device"]["gains"] = {"8": 2}
    return settings


@pytest.fixture
def project(project):
    for split in ("Train", "Test"):
        place = project / "data/recordings/TestAmp/Lead" / split
        (place / "Low").rename(place / "8")
    return project


def papermill(**given):
    command = [sys.executable, "-m", "papermill", "notebooks/training.ipynb", "out.ipynb"]
    for name, value in (USUAL | given).items():
        command += ["-p", name, value]
    return subprocess.run(command, capture_output=True, text=True, timeout=240)


def test_a_run_in_a_new_folder(project):
    outcome = papermill(folder="new/place")
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    record = (project / "new/place" / runs.RECORD).read_text()
    assert '"gain": "8"' in record and '"context": 8,' in record and '"units": 4,' in record
    assert list((RUNS / "unfinished").iterdir()) == []
    assert not list(RUNS.glob("8-*"))


def test_a_bad_value_is_refused_before_anything_is_loaded(project):
    (project / "data/recordings").rename(project / "elsewhere")
    outcome = papermill(learning_rate="0,01", folder="new")
    assert outcome.returncode and "Error: learning_rate 0,01: must be a number" in outcome.stderr
    assert not Path("new").exists()
