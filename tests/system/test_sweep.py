"""Real sweeps: Dask workers, papermill, kernels, and a kill in the middle."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import nbformat
import pandas as pd
import psutil
import pytest
import soundfile

from ultragain.training import runs
from ultragain.training.runs import RECIPE

pytestmark = pytest.mark.system

ULTRAGAIN = Path(sys.executable).with_name("ultragain")
SWEEP = [ULTRAGAIN, "sweep", "experiments/test.yaml", "--workers", "2"]
RUNS = "data/runs/TestAmp/Lead/tiny"


@pytest.fixture
def settings(settings):
    settings["grid"]["learning_rates"] = [0.01]  # four runs: two gains, two contexts
    return settings


def sweep(*more):
    return subprocess.run([*SWEEP, *more], capture_output=True, text=True, timeout=300)


def add_cell(code):
    template = nbformat.read("notebooks/training.ipynb", as_version=4)
    template.cells.append(nbformat.v4.new_code_cell(code))
    nbformat.write(template, "notebooks/training.ipynb")


def finished(project):
    return sorted(path for path in (project / RUNS).glob("*-*") if not path.name.startswith("."))


def weights_of(folder):
    return keras.saving.load_model(folder / runs.MODEL, compile=False).get_weights()


def test_a_sweep_keeps_everything_skips_what_is_done_and_replaces_what_is_damaged(project, settings):
    add_cell(
        'import os; assert "MALLOC_TRIM_THRESHOLD_" not in os.environ'
    )  # it slows a training down; Dask's workers have it
    outcome = sweep("--tensorboard", "logs")
    assert outcome.returncode == 0, outcome.stderr
    folders = finished(project)
    assert len(folders) == 4
    for folder in folders:
        assert runs.problem_with(folder) == ""
        assert (folder / runs.NOTEBOOK).is_file()
        assert list((project / "logs" / folder.name).glob("events.*"))
        for riff in settings["test_riffs"]:
            assert soundfile.info(folder / "audio" / f"{riff}.flac").frames == round(0.1 * settings["sample_rate"])
    before = {folder: (folder / runs.MODEL).stat().st_mtime_ns for folder in folders}
    weights = weights_of(folders[0])

    (folders[0] / runs.MODEL).write_bytes(b"damaged")
    outcome = sweep()
    assert outcome.returncode == 0, outcome.stderr
    assert "model.keras is corrupt" in outcome.stdout
    assert "3 runs are done, 1 to do" in outcome.stdout
    assert (project / RUNS / "damaged" / f"{folders[0].name}-1" / runs.MODEL).read_bytes() == b"damaged"
    assert all(before[folder] == (folder / runs.MODEL).stat().st_mtime_ns for folder in folders[1:])
    # the same settings, data and machine: the same weights to the bit
    assert all((a == b).all() for a, b in zip(weights, weights_of(folders[0]), strict=True))

    outcome = subprocess.run([ULTRAGAIN, "results", "experiments/test.yaml"], capture_output=True, text=True)
    assert "tanh of the dry signal, profile tiny, 4 of 4 models" in outcome.stdout


def test_a_killed_sweep_keeps_its_finished_runs_and_goes_on(project):
    process = subprocess.Popen(SWEEP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not finished(project):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    family = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []  # workers and kernels die with the sweep
    survivors = {folder: (folder / runs.MODEL).stat().st_mtime_ns for folder in finished(project)}
    assert 1 <= len(survivors) < 4
    assert all(runs.problem_with(folder) == "" for folder in survivors)

    outcome = sweep()
    assert outcome.returncode == 0, outcome.stderr
    assert f"{len(survivors)} runs are done, {4 - len(survivors)} to do" in outcome.stdout
    assert len(finished(project)) == 4
    assert all(when == (folder / runs.MODEL).stat().st_mtime_ns for folder, when in survivors.items())
    assert list((project / RUNS).glob(".partial-*")) == []


def test_a_failed_run_does_not_stop_the_others_and_its_notebook_is_named(project):
    add_cell('assert gain != "High", "no luck today"')
    outcome = sweep()
    assert outcome.returncode == 1
    assert [folder.name.split("-")[0] for folder in finished(project)] == ["Low", "Low"]
    lines = [line for line in outcome.stderr.splitlines() if line.startswith("failed: High") and "notebook" in line]
    assert len(lines) == 2
    for line in lines:
        assert "AssertionError: no luck today" in line
        assert Path(line.split("notebook: ")[1].rstrip(")")).is_file()


@pytest.mark.parametrize("folder, notebook", [(".", "notebooks/training.ipynb"), ("notebooks", "training.ipynb")])
def test_papermill_by_hand(project, folder, notebook):
    papermill = [sys.executable, "-m", "papermill", notebook, "out.ipynb", "-p", "experiment", "experiments/test.yaml"]
    parameters = {"gain": "High", "context": 8, "units": 4, "learning_rate": 0.01}
    for name, value in parameters.items():
        papermill += ["-p", name, str(value)]
    subprocess.run(papermill, cwd=project / folder, check=True, capture_output=True, timeout=200)
    (made,) = finished(project)
    assert made.name.startswith("High-c8-u4-lr0.01-s25-")
    assert runs.problem_with(made) == ""
    # Guards the recipe number as tests/training/test_train.py does, the notebook's part of the recipe included.
    expected = {3: (0.042678, 0.058621)}
    measured = pd.read_csv(made / runs.HISTORY)["val_esr"].iloc[-1], pd.read_csv(made / runs.METRICS)["esr"].mean()
    assert measured == pytest.approx(expected[RECIPE], rel=1e-3)
