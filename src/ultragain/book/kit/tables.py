"""The book's tables, as HTML that scrolls where the page is narrow."""

import html

import itables
import numpy as np
import pandas as pd
from IPython.display import HTML, display

from ultragain.words import setting


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
    content = shown.to_html(border=0, classes="ug-table", escape=True)
    content = content.replace("<thead>", f"<caption>{html.escape(caption)}</caption>\n<thead>", 1)
    return scrolling(content, caption, "text" if wrap else "figures")


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


def sortable(frame, caption):
    """Show a table that the reader can sort and search; works without a network.

    Parameters
    ----------
    frame : pd.DataFrame
    caption : str
    """
    # DataTables loses a caption between the two tables that it makes of one that scrolls
    display(HTML(f'<p class="ug-caption">{html.escape(caption)}</p>'))
    itables.show(
        frame,
        paging=False,
        scrollX=True,
        scrollY="32rem",
        scrollCollapse=True,
        showIndex=False,
        classes="display nowrap compact",
        style="table-layout:auto;width:100%",
        maxBytes=0,
    )


def in_percent(ratio):
    """A ratio in percent with one decimal; "none" where it is not finite."""
    return f"{100 * ratio:.1f}" if np.isfinite(ratio) else "none"
