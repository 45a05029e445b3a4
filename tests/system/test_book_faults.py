"""What stops a book from being built: a warning, a failed notebook, a number or a link or audio that is not there."""

import shutil

import click
import nbformat
import pytest
import yaml
from click.testing import CliRunner
from finished_run import finish
from made_project import REPOSITORY
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ultragain.cli import book as command
from ultragain.cli.main import main
from ultragain.experiment import load_experiment

pytestmark = pytest.mark.system

PLAYER = """
import numpy as np
from IPython.display import HTML
from ultragain.book.kit.players import Clip, player

HTML(player("a riff", [Clip("dry", np.sin(np.arange(9000) / 9))], 44100))
"""
LOST = """
from ultragain.files import project_root

for path in (project_root() / "_build" / "listening" / "audio").glob("*.js"):
    path.unlink()
"""


@pytest.fixture
def build(project, settings, one_thread, monkeypatch, capfd):
    """Build a book of one chapter with one finished run; exit status, and all that was said."""
    settings["grid"] = {name: values[:1] for name, values in settings["grid"].items()}
    settings["device"]["gains"] = {"Low": 1}
    (project / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    experiment = load_experiment(project / "experiments" / "test.yaml")
    finish(experiment, experiment.combinations()[0], project)
    shutil.copy(REPOSITORY / "_config.yml", project)
    shutil.copytree(REPOSITORY / "book", project / "book")
    (project / "_toc.yml").write_text("{format: jb-book, root: notebooks/chapter}\n")
    monkeypatch.setattr(command, "sweep", click.Command("sweep", callback=lambda **_: None))

    def built(*cells, strict=True):
        cells = [new_markdown_cell("# A chapter"), *cells]
        nbformat.write(new_notebook(cells=cells), project / "notebooks" / "chapter.ipynb")
        arguments = ["book", "experiments/test.yaml", *(["--strict"] if strict else [])]
        outcome = CliRunner().invoke(main, arguments)
        said = capfd.readouterr()
        return outcome.exit_code, outcome.stderr + said.out + said.err

    return built


def test_a_book_without_fault_is_built(build, project):
    fact = "from ultragain.book.kit.glue import publish\n\npublish({'best': '7 %'})"
    status, said = build(
        new_code_cell(fact), new_markdown_cell("It is {glue:text}`best`, and sounds:"), new_code_cell(PLAYER)
    )
    assert status == 0, said[-3000:]
    assert "7 %" in (project / "_build/html/notebooks/chapter.html").read_text()
    assert len(list((project / "_build/html/runs").glob("*.html"))) == 1


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([new_code_cell("raise ValueError('planted')")], "planted"),
        ([new_markdown_cell("It is {glue:text}`best`.")], "best"),
        ([new_markdown_cell("[There](nowhere.md)")], "nowhere.md"),
        ([new_markdown_cell("A claim {cite:p}`nobody2026`.")], "nobody2026"),
    ],
    ids=["a failed notebook", "a number that no run gave", "a dead link in the text", "a source that is not listed"],
)
def test_a_fault_that_sphinx_finds(build, cells, words):
    status, said = build(*cells)
    assert status == 1 and words in said
    assert "Error: the book is not built" in said


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([new_code_cell("from IPython.display import HTML\n\nHTML('<a href=\"gone.html\">x</a>')")], "gone.html"),
        ([new_code_cell(PLAYER), new_code_cell(LOST)], ".js"),
    ],
    ids=["a dead link in what a cell shows", "missing audio"],
)
def test_a_fault_that_only_the_built_pages_show(build, cells, words):
    """Strict or not."""
    status, said = build(*cells, strict=False)
    assert status == 1 and "build succeeded" in said
    (line,) = [line for line in said.splitlines() if line.startswith("Error: ")]
    assert line.startswith("Error: notebooks/chapter.html: nothing is at ") and words in line
