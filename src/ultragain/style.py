"""How the book's figures look, in one place.

Figures are drawn small with large type, so that they can still be read at the width of a phone. They have no
background of their own: the book's style sheet turns their lightness around in its dark theme, and keeps the hues.
Colours are Okabe and Ito's, which people with any colour vision can tell apart; where colour
carries meaning, a marker or a line style carries it too.
"""

import contextlib
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib import font_manager

#: The book's own fonts, as matplotlib reads them; without them, outside a checkout, its own.
FONTS = Path(__file__).parents[2] / "book" / "_static" / "fonts"
for _font in sorted(FONTS.glob("Inter-*.ttf")):
    font_manager.fontManager.addfont(_font)

WIDTH = 4.7  # inches: 9-point type is still 9 pixels high on a phone
BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
BROWN = "#9C4300"  # a vermillion dark enough for small type
CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")
DRY, WET, PREDICTED = "#8C8C8C", "#1A1A1A", VERMILLION
STYLE = {
    "figure.dpi": 200,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.family": ["Inter", "DejaVu Sans"],
    "svg.hashsalt": "ultragain",  # so that a figure that did not change is the same file
    "text.parse_math": False,  # a gain may be called $5
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": DRY,
    "grid.alpha": 0.25,  # seen in both themes
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.3,
}


@contextlib.contextmanager
def panels(rows, columns, height, **options):
    """Axes of a new figure in the book's style, closed so that a notebook shows it once."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(rows, columns, figsize=(WIDTH, height), squeeze=False, **options)
        try:
            yield figure, axes
        finally:
            plt.close(figure)
