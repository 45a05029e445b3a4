"""`ultragain publish`, `published verify`, `published restore` and `site`, as a person types them."""

import json
import shutil
import sys

from click.testing import CliRunner
from test_restore import scored_otherwise

from ultragain.book.kit import glue
from ultragain.cli import book as command
from ultragain.cli.main import main
from ultragain.cli.publishing import FIGURE
from ultragain.publishing.store import published_folder

PATH = "experiments/test.yaml"


def run(*arguments):
    """Exit status, and what was printed: as an error if it failed, without progress bars if it did not."""
    outcome = CliRunner().invoke(main, arguments)
    return outcome.exit_code, outcome.stderr if outcome.exit_code else outcome.stdout


def test_from_runs_to_published_and_back(project, done):
    assert run("published", "verify") == (0, "nothing is published\n")
    status, said = run("publish", PATH)
    assert status == 0 and "data/published/TestAmp/Lead: 3 runs added, 3 in all, 0." in said
    figure = project / "data" / "published" / "TestAmp" / "Lead" / FIGURE
    drawn = figure.read_bytes()
    run("publish", PATH)
    assert drawn.startswith(b"<?xml") and figure.read_bytes() == drawn
    shutil.rmtree(project / "data" / "runs")
    status, said = run("published", "verify", "--workers", "1", "--sample", "2")
    assert status == 0 and "2 models played, scores differ by 0.0e+00 at most" in said
    assert said.endswith("everything is as it is published\n")
    status, said = run("published", "restore", PATH, "--workers", "1")
    assert status == 0 and "3 runs restored, 0 were there" in said
    assert run("published", "restore", PATH, "--workers", "1")[1].endswith("0 runs restored, 3 were there\n")


def test_a_difference_is_an_error_that_is_named(project, done):
    run("publish", PATH)
    folder = published_folder(project, done[1].device) / "runs" / done[0][0].id
    scored_otherwise(folder)
    status, said = run("published", "verify", "--workers", "1")
    assert status == 1
    assert f"{folder}: its model scores differently here" in said
    assert "things in data/published are not what this machine makes of them" in said


def test_nothing_to_restore_is_said(project, done):
    status, said = run("published", "restore", PATH)
    assert status == 1 and said == f"Error: {PATH}: nothing of it is published\n"


def test_the_site_needs_no_runs_and_shows_the_published_ones(project, done, monkeypatch):
    status, said = run("site", PATH)
    assert status == 1 and "nothing of it is published" in said
    run("publish", PATH)
    write_down = "import json, os; json.dump(dict(os.environ), open('started.json', 'w'))"
    built = project / "_build" / "html" / "index.html"
    built.parent.mkdir(parents=True)
    built.touch()
    monkeypatch.setattr(command, "JUPYTER_BOOK", [sys.executable, "-c", write_down])
    assert run("site", PATH)[0] == 0
    for name, value in json.loads((project / "started.json").read_text()).items():
        if name.startswith("ULTRAGAIN_"):
            monkeypatch.setenv(name, value)
    assert glue.open_book().is_published and glue.trained_here() is None
    monkeypatch.setenv("ULTRAGAIN_SITE", "")  # as `ultragain book` has it
    assert glue.open_book().is_published and not glue.trained_here().is_published
    monkeypatch.setenv("ULTRAGAIN_RECORDINGS", "data/recordings/TestAmp/Lead")  # one's own recordings
    assert not glue.open_book().is_published
