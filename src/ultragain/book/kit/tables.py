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
    content = shown.to_html(border=0, classes="ug-table", escape=True).replace("<th></th>", "<td></td>")
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


def sortable(frame, caption, links=None):
    """Show a table that the reader can sort and search; works without a network.

    Parameters
    ----------
    frame : pd.DataFrame
        Its text is escaped.
    caption : str
    links : sequence of str, optional
        An address for each row, which its first column links to.
    """
    text = frame.select_dtypes(exclude="number").columns
    shown = frame.astype(dict.fromkeys(text, str)).assign(**{name: frame[name].map(_escaped) for name in text})
    if links is not None:
        first = shown.columns[0]
        shown[first] = [
            f'<a href="{html.escape(link)}">{value}</a>' for link, value in zip(links, shown[first], strict=True)
        ]
    # not DataTables's own box: it could not be scrolled by keyboard, and loses a caption
    content = itables.to_html_datatable(
        shown,
        connected=False,
        allow_html=True,
        paging=False,
        showIndex=False,
        classes="display nowrap compact",
        style="table-layout:auto;width:100%",
        maxBytes=0,
    )
    display(HTML(f'<p class="ug-caption">{html.escape(caption)}</p>'), scrolling(content, caption, "sortable"))


def _escaped(value):
    return html.escape(f"{value}")


def in_percent(ratio):
    """A ratio in percent with one decimal; "none" where it is not finite."""
    return f"{100 * ratio:.1f}" if np.isfinite(ratio) else "none"
