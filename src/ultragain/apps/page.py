"""What the explorers add to ipywidgets: pictures with a text, and sliders with a name that a screen reader can say."""

import base64
import contextlib
import functools
import html
import io
import threading
from dataclasses import dataclass, field

import ipywidgets as widgets
import matplotlib.pyplot as plt
from IPython.display import Javascript

from ultragain.style import STYLE

CSS_PIXELS = 96  # of an inch
POINT = CSS_PIXELS / 72  # in such pixels
#: As in the book, a dark theme turns the pictures' lightness around; hues stay.
LOOK = """<style>
.ug-figure { display: block; width: 100%; height: auto; }
.ug-legend { margin: 0.3rem 0 0.8rem; border-collapse: collapse; line-height: 1.6; font-variant-numeric: tabular-nums; }
.ug-legend th, .ug-legend td { padding: 0 1.2rem 0 0; text-align: left; font-weight: 400; }
.ug-legend thead th { font-weight: 600; }
.ug-line { display: block; }
[data-jp-theme-light="false"] :is(.ug-figure, .ug-line) { filter: invert(1) hue-rotate(180deg); }
</style>"""
#: ipywidgets draws a slider and its label side by side, and does not tie them together.
NAMES = """
window.ultragainNames ??= new MutationObserver(() => {
  for (const slider of document.querySelectorAll(".widget-slider")) {
    const [label, readout] = [".widget-label", ".widget-readout"].map((part) => slider.querySelector(part));
    if (!label || !readout) continue;
    readout.setAttribute("role", "textbox");
    for (const element of [readout, ...slider.querySelectorAll("[role=slider]")])
      element.setAttribute("aria-label", label.textContent);
    for (const handle of slider.querySelectorAll("[role=slider]"))
      handle.setAttribute("aria-valuetext", readout.textContent);
  }
});
window.ultragainNames.observe(document.body, { childList: true, subtree: true, characterData: true });
"""


_TURN = threading.RLock()


def in_turn(method):
    """Have a method wait for others like it: a kernel answers to widgets in one thread and runs cells in another."""

    @functools.wraps(method)
    def waiting(*arguments):
        with _TURN:
            return method(*arguments)

    return waiting


@contextlib.contextmanager
def unheard(handler, *observed):
    """Change widgets without telling a handler that observes their values: new options, for a moment, choose the first.

    Parameters
    ----------
    handler : callable
    *observed : ipywidgets.Widget
    """
    for widget in observed:
        widget.unobserve(handler, "value")
    try:
        yield
    finally:
        for widget in observed:
            widget.observe(handler, "value")


def panel(*parts):
    """The parts of an explorer, one below the other, every slider in them with a name.

    Parameters
    ----------
    *parts : ipywidgets.Widget

    Returns
    -------
    ipywidgets.VBox
    """
    names = widgets.Output()
    names.append_display_data(Javascript(NAMES))
    return widgets.VBox([names, *parts])


def row(*parts):
    """Parts side by side, and below each other where there is no room."""
    return widgets.Box(parts, layout=widgets.Layout(flex_flow="row wrap", align_items="flex-start", max_width="100%"))


def picture(figure, text):
    """A figure as HTML: sharp, never larger than it was drawn, and as narrow as the page needs.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    text : str
        What it shows, for readers who cannot see it.

    Returns
    -------
    str
    """
    with io.BytesIO() as file, plt.rc_context(STYLE):
        figure.savefig(file, format="svg")
        source = base64.b64encode(file.getvalue()).decode()
    width = round(CSS_PIXELS * figure.get_figwidth())
    return (
        f'{LOOK}<img class="ug-figure" alt="{html.escape(text)}" style="max-width: {width}px" '
        f'src="data:image/svg+xml;base64,{source}">'
    )


@dataclass(frozen=True)
class Entry:
    """One line of a picture's legend.

    Attributes
    ----------
    color : str
    dashes : tuple of float
        Lengths of its dashes and of the spaces after them; none is an unbroken line.
    width : float
        Like the dashes in points.
    name : str
    numbers : dict of str to str
        By the legend's columns; without those it has none for.
    """

    color: str
    dashes: tuple
    width: float
    name: str
    numbers: dict = field(default_factory=dict)


def legend(entries, columns=()):
    """What the lines of a picture are, as a table.

    Parameters
    ----------
    entries : list of Entry
    columns : sequence of str
        What each of an entry's numbers is.

    Returns
    -------
    str
        HTML.
    """
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in ("line", "signal", *columns))
    rows = "".join(
        f'<tr><td><svg class="ug-line" width="36" height="8" aria-hidden="true"><line x2="36" y1="4" y2="4" '
        f'stroke="{entry.color}" stroke-width="{POINT * entry.width:.2f}" '
        f'stroke-dasharray="{" ".join(f"{POINT * each:.2f}" for each in entry.dashes)}"/></svg></td>'
        f'<th scope="row">{html.escape(entry.name)}</th>'
        + "".join(f"<td>{html.escape(entry.numbers.get(name, ''))}</td>" for name in columns)
        + "</tr>"
        for entry in entries
    )
    return f'<table class="ug-legend"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def line(text):
    """A line of text as HTML."""
    return f'<p style="margin: 0; line-height: 1.5">{html.escape(text)}</p>' if text else ""
