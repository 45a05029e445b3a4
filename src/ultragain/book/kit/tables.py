"""The book's tables, as HTML that scrolls where the page is narrow."""

import html

import numpy as np
import pandas as pd
from IPython.display import HTML

from ultragain.words import setting, two_digits


def table(frame, caption, wrap=False):
    """A plain table.

    Parameters
    ----------
    frame : pd.DataFrame
        Text or numbers as they are to be shown; the index is the first column.
    caption : str
    wrap : bool
        Whether long text may take several lines.

    Returns
    -------
    IPython.display.HTML
    """
    names = [f"{name or ''}".replace("_", " ") for name in frame.index.names]
    rows = [" / ".join(map(setting, key if isinstance(key, tuple) else (key,))) for key in frame.index]
    # the index's name in the corner, not in a header row of its own
    shown = frame.set_axis(pd.Index(rows), axis=0).rename_axis(columns=" / ".join(names))
    content = _html(shown, caption, escape=True).replace("<th></th>", "<td></td>")
    return scrolling(content, caption, "text" if wrap else "figures")


def _html(frame, caption, **options):
    """A frame as HTML, in the book's look and not the theme's for frames."""
    content = frame.to_html(border=0, classes="ug-table", **options).replace('"dataframe ug-table"', '"ug-table"', 1)
    return content.replace("<thead>", f"<caption>{html.escape(caption)}</caption>\n<thead>", 1)


def scrolling(content, label, kind="figures"):
    """HTML that scrolls in a box of its own, by finger, wheel or arrow keys, instead of breaking the page.

    Parameters
    ----------
    content : str
        HTML.
    label : str
        What a screen reader calls the box.
    kind : str
        A further class for the style sheet.

    Returns
    -------
    IPython.display.HTML
    """
    return HTML(
        f'<div class="ug-scroll ug-{kind}" role="region" tabindex="0" aria-label="{html.escape(label)}">{content}</div>'
    )


def sortable(frame, caption, links=None):
    """A table that the reader of the book can sort and search; elsewhere, without `tables.js`, a plain one.

    Parameters
    ----------
    frame : pd.DataFrame
        Its text is escaped.
    caption : str
    links : sequence of str, optional
        An address for each row, which its first column links to.

    Returns
    -------
    IPython.display.HTML
    """
    text = frame.select_dtypes(exclude="number").columns
    shown = frame.assign(**{name: frame[name].map(_escaped) for name in text})
    if links is not None:
        first = shown.columns[0]
        shown[first] = [
            f'<a href="{html.escape(link)}">{value}</a>' for link, value in zip(links, shown[first], strict=True)
        ]
    return scrolling(_html(shown, caption, index=False, escape=False), caption, "figures ug-sortable")


def _escaped(value):
    return html.escape(f"{value}")


def in_percent(ratio):
    """A ratio in percent with one decimal; "none" where it is not finite."""
    return f"{100 * ratio:.1f}" if np.isfinite(ratio) else "none"


def in_two_digits(ratio):
    """A small ratio in percent with two digits; "not a number" where it is not finite."""
    return two_digits(ratio).removesuffix(" %")
