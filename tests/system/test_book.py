"""The book itself: made by one command, and built again after a run has changed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from made_project import REPOSITORY, write_recordings

from ultragain.files import write_json
from ultragain.training import runs

pytestmark = pytest.mark.system

BIN = Path(sys.executable).parent
PAGE = "_build/html/notebooks/results.html"


@pytest.fixture
def book(project, settings):
    """A copy of the book's sources around the small project."""
    for name in ("_config.yml", "_toc.yml", "CITATION.cff", "LICENSE"):
        shutil.copy(REPOSITORY / name, project)
    shutil.copytree(REPOSITORY / "book", project / "book")
    for notebook in (REPOSITORY / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, project / "notebooks")
    shutil.copytree(REPOSITORY / "data" / "reference", project / "data" / "reference")
    shutil.copytree(
        REPOSITORY / "src", project / "src", ignore=shutil.ignore_patterns("__pycache__")
    )  # chapters quote it
    settings["grid"]["learning_rates"] = [0.01]
    (project / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    # long enough for the quiet, the attack and the sustained passage that the book shows
    write_recordings(
        project / settings["device"]["recordings"], {"Low": 1, "High": 4}, settings["test_riffs"], riff_seconds=3
    )
    return project


def build():
    """Sweep what is missing, and build with warnings as errors."""
    command = [BIN / "ultragain", "book", "experiments/test.yaml", "--profile", "tiny", "--strict"]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def test_a_changed_run_changes_the_page_and_an_unchanged_one_executes_nothing(book, settings):
    made = build()
    assert made.returncode == 0, made.stderr[-3000:]
    page = (book / PAGE).read_text()
    assert "tanh of the dry signal, profile tiny, 4 of 4 models" in page
    assert "data:audio" not in page
    assert 'preload="none"' in page
    assert "43.22" not in page
    executed = executions(book)

    assert build().returncode == 0
    assert executions(book) == executed
    assert (book / PAGE).read_text() == page

    metrics = next((book / "data/runs/TestAmp/Lead/tiny").glob(f"High-*/{runs.METRICS}"))
    scores = pd.read_csv(metrics)
    scores["esr"] = 0.4322
    scores.to_csv(metrics, index=False)
    record = json.loads((metrics.parent / runs.RECORD).read_text())
    record["sha256"] = runs.checksums(metrics.parent, settings["test_riffs"])  # or the run would count as damaged
    write_json(metrics.parent / runs.RECORD, record)
    assert build().returncode == 0
    assert "43.22" in (book / PAGE).read_text()


def executions(book):
    """When each chapter was last executed, by the execution cache's files."""
    return {path: path.stat().st_mtime_ns for path in (book / "_build" / "execution").rglob("base.ipynb")}
