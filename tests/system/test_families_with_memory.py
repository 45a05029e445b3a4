"""Sweeps of the families with memory: their own settings, a run that is thrown away, and its weights again."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from ultragain.models.catalog import FAMILIES
from ultragain.training import runs

pytestmark = pytest.mark.system

ULTRAGAIN = Path(sys.executable).with_name("ultragain")
RUNS = "data/runs/TestAmp/Lead/tiny"


@pytest.fixture(params=[family.name for family in FAMILIES.values() if family.has_budget])
def family(request):
    return FAMILIES[request.param]


@pytest.fixture
def settings(settings, family):
    sizes, own = {"units": [4], "minutes": [0.5]}, {"held_out": ["Low"]}
    return settings | {
        "family": family.name,
        "grid": {key: values for key, values in sizes.items() if key in family.dimensions},
        "training": {"threads": 2, "seed": 25, "validation_share": 0.2}
        | {key: value for key, value in own.items() if key in family.training},
        "sizes": {"train_seconds": 2, "steps_per_minute": 40, "scored_seconds": 0.1},
        "profiles": {"tiny": {}},
    }


def ultragain(*arguments):
    return subprocess.run([ULTRAGAIN, *arguments], capture_output=True, text=True, timeout=300)


def test_a_run_repeats_to_the_bit(project, family):
    weights, only = [], "minutes=0.5" if family.covers_gains else "gain=High"
    for _ in range(2):
        outcome = ultragain("sweep", "experiments/test.yaml", "--only", only)
        assert outcome.returncode == 0, outcome.stderr
        (folder,) = (project / RUNS).glob(f"{family.name}-*-s25-*")
        assert runs.problem_with(folder) == ""
        record = json.loads((folder / runs.RECORD).read_text())
        assert (record["steps"], record["step_seconds"]) == (20, None)  # half a minute of 40 steps each
        loaded = keras.saving.load_model(folder / runs.MODEL, compile=False, safe_mode=True)
        weights.append(loaded.get_weights())
        shutil.rmtree(folder)
    assert all((a == b).all() for a, b in zip(*weights, strict=True))


@pytest.mark.parametrize("family", ["wavenet"], indirect=True)
def test_the_book_is_refused_in_one_line(project):
    outcome = ultragain("book", "experiments/test.yaml")
    assert outcome.returncode != 0
    assert outcome.stderr.count("\n") == 1 and "windowed models" in outcome.stderr
