"""Names that mean something to a table, a formula or a page are shown as they are written."""

import html

import pytest
from myst_nb.core.variables import format_plain_text

from ultragain.book.kit.tables import table
from ultragain.book.recording_setup import tables
from ultragain.style import panels

ODD = [
    "A&B",
    "a_b *c*",
    "`x`|y",
    "$5$ or $x^{$",
    "<b>",
    "100%",
    "[red]",
    'L\'\u00e9t\u00e9 "8"',
    "back\\slash \\n",
    "8",
    "None",
]


@pytest.mark.parametrize("name", ODD)
def test_a_fact_in_prose(name):
    """What {glue:text} shows of a text: IPython stores its repr, the page reads that back and parses nothing."""
    assert format_plain_text(repr(name), "") == name


@pytest.mark.parametrize("name", ODD)
def test_a_table(name):
    shown = table(tables.settings({"amplifier": name}), name).data
    assert f"<td>{html.escape(name, quote=False)}</td>" in shown
    assert f"<caption>{html.escape(name)}</caption>" in shown


def test_keys_of_the_rig_become_words():
    assert tables.settings({"eq": 5, "fx_send": "on", "cut_frequency": 80, "wet_input_gain_db": 15}).index.tolist() == [
        "EQ",
        "FX send",
        "cut frequency",
        "wet input gain",
    ]


@pytest.mark.parametrize("name", ODD)
def test_a_figure(name):
    with panels(1, 1, 1) as (figure, axes):
        axes[0, 0].set_title(name)
        figure.canvas.draw()  # a formula that is none would fail
        assert not axes[0, 0].title.get_parse_math()
