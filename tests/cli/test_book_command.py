"""`ultragain book`: what it hands to the sweep and to jupyter-book."""

import json
import sys

import click
import pytest
import yaml
from click.testing import CliRunner

from ultragain.book.kit.glue import EXPERIMENT
from ultragain.cli import book as command
from ultragain.cli.main import main

# stands in for jupyter-book: write down what it was started with, and make a page
WRITE_DOWN = """
import json, os, pathlib, sys
page = pathlib.Path(sys.argv[2], "_build", "html", "index.html")
page.parent.mkdir(parents=True, exist_ok=True)
page.write_text("<a href='#'>top</a>")
chosen = {name: value for name, value in os.environ.items() if name.startswith("ULTRAGAIN_")}
json.dump([sys.argv[1:], chosen], open("started.json", "w"))
"""


@pytest.fixture
def swept(project, monkeypatch):
    """What the sweep was called with."""
    calls = []

    @click.command()
    @click.argument("experiment")
    @click.option("--profile")
    @click.option("--recordings")
    @click.option("--workers", default=3)
    def sweep(**options):
        calls.append({name: value and str(value) for name, value in options.items()})

    monkeypatch.setattr(command, "sweep", sweep)
    return calls


def test_the_sweep_and_the_chapters_are_about_the_same(project, swept, monkeypatch):
    monkeypatch.setattr(command, "JUPYTER_BOOK", [sys.executable, "-c", WRITE_DOWN])
    (project / "notebooks").joinpath("own").mkdir()
    monkeypatch.chdir(project / "notebooks")  # the book is built from anywhere in the project
    arguments = ["../experiments/test.yaml", "--profile", "longer", "--recordings", "own", "--strict"]
    outcome = CliRunner().invoke(main, ["book", *arguments])
    assert outcome.exit_code == 0, outcome.output
    assert swept == [{"experiment": arguments[0], "profile": "longer", "recordings": "own", "workers": "3"}]
    started, chosen = json.loads((project / "notebooks" / "started.json").read_text())
    assert started == ["build", str(project), "-W", "-n", "--keep-going"]
    assert chosen["ULTRAGAIN_EXPERIMENT"] == f"{project}/experiments/test.yaml"
    assert chosen["ULTRAGAIN_PROFILE"] == "longer"
    assert chosen["ULTRAGAIN_RECORDINGS"] == f"{project}/notebooks/own"


@pytest.mark.parametrize("usual, profiles", [("tiny", {"tiny": {}}), ("quick", {"tiny": {}, "quick": {"epochs": 1}})])
def test_the_usual_book_needs_no_arguments(project, settings, swept, monkeypatch, usual, profiles):
    """It is about the virtual preamp's file, at profile quick, or at the file's own if there is no quick."""
    (project / EXPERIMENT).write_text(yaml.safe_dump(settings | {"profiles": profiles}))
    monkeypatch.setenv("ULTRAGAIN_PROFILE", "of an earlier command")
    monkeypatch.setattr(command, "JUPYTER_BOOK", [sys.executable, "-c", WRITE_DOWN])
    outcome = CliRunner().invoke(main, ["book"])
    assert outcome.exit_code == 0, outcome.output
    assert (swept[0]["experiment"], swept[0]["profile"]) == (str(project / EXPERIMENT), usual)
    arguments, chosen = json.loads((project / "started.json").read_text())
    assert arguments == ["build", str(project)]
    assert (chosen["ULTRAGAIN_PROFILE"], chosen["ULTRAGAIN_RECORDINGS"]) == (usual, "")


@pytest.mark.parametrize("address", ["notebooks/gone.html", "audio/gone.flac"])
def test_a_book_with_something_missing_is_one_line(project, swept, monkeypatch, address):
    monkeypatch.setattr(command, "JUPYTER_BOOK", [sys.executable, "-c", WRITE_DOWN.replace("#", address)])
    outcome = CliRunner().invoke(main, ["book", "experiments/test.yaml"])
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith(f"Error: index.html: nothing is at {address}: ")
    assert outcome.stderr.count("\n") == 1


def test_a_book_that_cannot_be_built_is_one_line(project, swept):
    outcome = CliRunner().invoke(main, ["book", "experiments/test.yaml"])  # jupyter-book itself, and an empty _toc.yml
    assert outcome.exit_code == 1
    assert outcome.stderr == "Error: the book is not built: jupyter-book's messages above show what is wrong\n"


def test_a_typed_number_stops_the_book_before_it_is_built(project, swept, monkeypatch):
    monkeypatch.setattr(command, "JUPYTER_BOOK", [sys.executable, "-c", WRITE_DOWN])
    (project / "_toc.yml").write_text("{format: jb-book, root: page}\n")
    (project / "page.md").write_text("# Title\n\nThe best of 36 models.\n")
    outcome = CliRunner().invoke(main, ["book", "experiments/test.yaml"])
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith('Error: page.md: the number 36 is typed, in "# Title The best of 36 models.": ')
    assert not (project / "started.json").exists()
