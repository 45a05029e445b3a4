"""Numbers in the book's prose come from the code."""

import json

import pytest
from made_project import REPOSITORY
from sphinx_external_toc.parsing import parse_toc_yaml

from ultragain.book.kit import prose
from ultragain.errors import UltraGainError


def write_book(folder, *cells, page=""):
    """A book of a notebook and a page."""
    (folder / "_toc.yml").write_text("format: jb-book\nroot: one\nchapters:\n  - file: two\n")
    (folder / "one.ipynb").write_text(json.dumps({"cells": cells}))
    (folder / "two.md").write_text(page)
    return folder


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def figure(caption, alt=""):
    described = {"figure": {"caption": caption, "name": "fig-1"}, "image": {"alt": alt, "width": "300px"}}
    return {"cell_type": "code", "metadata": {"mystnb": described}, "source": ["draw(3)"]}


def test_the_projects_own_chapters():
    prose.check(REPOSITORY)


def test_every_phrase_that_is_allowed_is_there():
    paths = [
        REPOSITORY / f"{name}{end}" for name in parse_toc_yaml(REPOSITORY / "_toc.yml") for end in (".ipynb", ".md")
    ]
    text = "".join(path.read_text() for path in paths if path.is_file())
    assert [phrase for phrase in prose.ALLOWED if phrase not in text] == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("The best model has 6.7 %.", ["6.7"]),
        ("36 models, 4,308 epochs, and -3 dBFS", ["36", "4,308", "3"]),
        ("an ESR of 12.4, n=6 (5 riffs)", ["12.4", "6", "5"]),
        ("# 36 models", ["36"]),
        ("1. **First**, 2 of them", ["2"]),
        ("in [7 riffs](results.ipynb)", ["7"]),
        ("```{note}\n:class: tip-1\nOf 8 takes\n```", ["8"]),
        (":::{card} 1 1\n:gutter: 2\nat gain 9\n:::", ["9"]),
        ("```python\nfit(3)\n```\nfor 4 epochs", ["4"]),
        ("a lone ` before 5 words\nand `code`", ["5"]),
        ("a 3-dB change", ["3"]),
    ],
)
def test_typed_numbers_are_found(text, numbers):
    assert [number for number, _ in prose.typed_numbers(text)] == numbers


@pytest.mark.parametrize(
    "text",
    [
        "The best has {glue:text}`best_2`, see {cite:p}`wright2019` and `f(3)`.",
        "A Marshall DSL20H, a Boss SD-1, an MP3, ITU-R BS.1770, ω²",
        "## 2. Check them\n\n1. **Align first.**\n2. Listen",
        "[players](results.ipynb#fig-2) and https://example.org/v2",
        "````text\n4 takes\n```\n5 takes\n```\n````",
        "$x_1 = 2$ and\n\n$$\ny = 3\n$$\n",
        "% version 2 of this text\n\nwords",
        "a file that touches 0 dBFS",
    ],
)
def test_what_is_no_typed_number(text):
    assert prose.typed_numbers(text) == []


def test_a_book_without_typed_numbers_passes(tmp_path):
    code = {"cell_type": "code", "metadata": {}, "source": ["fit(epochs=200)"]}
    prose.check(write_book(tmp_path, markdown("# Title"), code, figure("Of {glue:text}`models`"), page="`8` is a gain"))


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        (markdown("# Title\n\nThe best has 6.7 % here."), "one.ipynb, cell 2"),
        (figure("The best has 6.7 % here."), "one.ipynb, cell 2, its figure's caption"),
        (figure("", "The best has 6.7 % here."), "one.ipynb, cell 2, its figure's alt"),
    ],
)
def test_the_message_says_where(tmp_path, cell, place):
    book = write_book(tmp_path, markdown("No number"), cell, page="8 gains")
    with pytest.raises(UltraGainError) as raised:
        prose.check(book)
    message = f"{raised.value}"
    assert message.startswith(f"{place}: the number 6.7 is typed, in ")
    assert "The best has 6.7 % here." in message
    assert "(and 1 more of the kind): " in message


def test_a_page_of_markdown_is_checked(tmp_path):
    with pytest.raises(UltraGainError, match="^two.md: the number 8 is typed"):
        prose.check(write_book(tmp_path, page="8 gains"))
