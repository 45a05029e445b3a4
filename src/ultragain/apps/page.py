"""What the explorers add to ipywidgets: pictures with a text, and sliders with a name that a screen reader can say."""

import base64
import html
import io

import ipywidgets as widgets
from IPython.display import Javascript

CSS_PIXELS = 96  # of an inch
#: As in the book, a dark theme turns the pictures' lightness around; hues stay.
STYLE = """<style>
.ug-figure { display: block; width: 100%; height: auto; }
[data-jp-theme-light="false"] .ug-figure { filter: invert(1) hue-rotate(180deg); }
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
    with io.BytesIO() as file:
        figure.savefig(file, format="svg")
        source = base64.b64encode(file.getvalue()).decode()
    width = round(CSS_PIXELS * figure.get_figwidth())
    return (
        f'{STYLE}<img class="ug-figure" alt="{html.escape(text)}" style="max-width: {width}px" '
        f'src="data:image/svg+xml;base64,{source}">'
    )


def line(text):
    """A line of text as HTML."""
    return f"<p>{html.escape(text)}</p>" if text else ""
