"""Headings that cells show are headings of the page."""

import re

import pytest
from docutils import nodes
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

PYTHON = {"name": "python", "pygments_lexer": "ipython3"}


def shown(*texts, kind="text/markdown"):
    """A code cell that has shown something."""
    return new_code_cell("show()", outputs=[new_output("display_data", {kind: text}) for text in texts])


@pytest.fixture
def built(tmp_path):
    def build(*cells):
        """A page of these cells: its headings as the list of contents has them, and its HTML."""
        write(new_notebook(cells=cells, metadata={"language_info": PYTHON}), tmp_path / "index.ipynb")
        options = {
            "extensions": ["myst_nb", "ultragain.book.kit.headings"],
            "nb_execution_mode": "off",
            "nb_render_markdown_format": "myst",
            "myst_heading_anchors": 2,
        }
        folders = (tmp_path, None, tmp_path / "html", tmp_path / "trees")
        with docutils_namespace():
            app = Sphinx(*folders, "html", options, status=None, warning=None, warningiserror=True)
            app.build()
        listed = [link.astext() for link in app.env.tocs["index"].findall(nodes.reference)]
        return listed, (tmp_path / "html" / "index.html").read_text()

    return build


def test_what_is_shown_from_a_heading_on_is_a_section(built):
    first = shown("before", "## One *circuit*\n\nits story", "its picture", "## Another\n\nits story")
    listed, page = built(
        new_markdown_cell("# Title\n\nsee [it](#another)"), first, new_markdown_cell("## Last\n\nwords")
    )
    assert listed == ["Title", "One circuit", "Another", "Last"]
    sections = re.findall(r'<section id="([\w-]+)">\s*<h(\d)>', page)
    assert sections == [("title", "1"), ("one-circuit", "2"), ("another", "2"), ("last", "2")]
    places = [page.index(part) for part in ("before", "One <em>", "its picture", "<h2>Another", "<h2>Last")]
    assert places == sorted(places)
    assert 'href="#another"' in page and "rubric" not in page


def test_other_cells_stay_as_they_are(built):
    listed, page = built(
        new_markdown_cell("# Title\n\n## Part\n\nwords"), shown("only words"), shown("<h2>raw</h2>", kind="text/html")
    )
    assert listed == ["Title", "Part"]
    assert page.index("only words") < page.index("<h2>raw</h2>")
