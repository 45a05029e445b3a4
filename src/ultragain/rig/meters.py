"""Level meters, while a take is recorded or a guitar is played through a model."""

import numpy as np
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ultragain.audio import peak_dbfs

# What a meter spans, in dBFS, and where it turns yellow and red.
QUIETEST, WARM, HOT = -60.0, -12.0, -1.0
_CELLS = 40


class Meters:
    """A live view of levels; a context manager, called with what to say and the peaks.

    Where there is no terminal it shows nothing.

    Parameters
    ----------
    title : str
        What is being recorded or played.
    names : sequence of str, optional
        Of what has the peaks; inputs, counted from 1, if not given.
    console : rich.console.Console, optional
        Standard error if not given.
    """

    def __init__(self, title, names=None, console=None):
        self.title, self.names, self.highest = title, names, 0.0
        self.console = console or Console(stderr=True)
        self.live = Live(console=self.console, auto_refresh=False, transient=True) if self.console.is_terminal else None

    def __enter__(self):
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *error):
        if self.live:
            self.live.stop()

    def __call__(self, said, peaks):
        self.highest = np.maximum(self.highest, peaks)
        if self.live:
            names = self.names or range(1, len(peaks) + 1)
            self.live.update(meters(f"{self.title}: {said}", names, peaks, self.highest), refresh=True)


def meters(title, names, peaks, highest):
    """One bar for each level, as a rich table.

    Parameters
    ----------
    title : str
    names : sequence
        Of the rows.
    peaks, highest : np.ndarray, shape (n,)
        Peaks of the last moment, and of all so far; linear, 1.0 = full scale.

    Returns
    -------
    rich.table.Table
    """
    # a gain's label may have [brackets]
    view = Table(title=escape(title), box=None, pad_edge=False, title_justify="left")
    for name, justify in (("input", "left"), ("level", "left"), ("dBFS", "right"), ("highest", "right")):
        view.add_column(name, justify=justify)
    for name, peak, most in zip(names, peaks, highest, strict=False):
        level, top = peak_dbfs(peak), peak_dbfs(most)
        cells = round(_CELLS * min(max(1 - level / QUIETEST, 0), 1))
        colour = "red" if top > HOT else "yellow" if level > WARM else "green"
        bar = Text("█" * cells, style=colour) + Text("·" * (_CELLS - cells), style="dim")
        view.add_row(str(name), bar, _decibels(level), _decibels(top))
    return view


def _decibels(level):
    return f"{level:.1f}" if level > -100 else "silent"
