"""Level meters and the time left, while a take is recorded."""

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
    """A live view of all inputs; a context manager, called with the seconds left and the inputs' peaks.

    Where there is no terminal it shows nothing.

    Parameters
    ----------
    title : str
        What is being recorded.
    console : rich.console.Console, optional
        Standard error if not given.
    """

    def __init__(self, title, console=None):
        self.title, self.highest = title, 0.0
        self.console = console or Console(stderr=True)
        self.live = Live(console=self.console, auto_refresh=False, transient=True) if self.console.is_terminal else None

    def __enter__(self):
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *error):
        if self.live:
            self.live.stop()

    def __call__(self, seconds_left, peaks):
        self.highest = np.maximum(self.highest, peaks)
        if self.live:
            self.live.update(meters(self.title, seconds_left, peaks, self.highest), refresh=True)


def meters(title, seconds_left, peaks, highest):
    """One bar an input, as a rich table.

    Parameters
    ----------
    title : str
    seconds_left : float
    peaks, highest : np.ndarray, shape (n_inputs,)
        Peaks of the last moment, and of the take so far; linear, 1.0 = full scale.

    Returns
    -------
    rich.table.Table
    """
    named = f"{escape(title)}: {seconds_left:.0f} s left"  # a gain's label may have [brackets]
    view = Table(title=named, box=None, pad_edge=False, title_justify="left")
    for name, justify in (("input", "left"), ("level", "left"), ("dBFS", "right"), ("highest", "right")):
        view.add_column(name, justify=justify)
    for number, (peak, most) in enumerate(zip(peaks, highest, strict=False), start=1):
        level, top = peak_dbfs(peak), peak_dbfs(most)
        cells = round(_CELLS * min(max(1 - level / QUIETEST, 0), 1))
        colour = "red" if top > HOT else "yellow" if level > WARM else "green"
        bar = Text("█" * cells, style=colour) + Text("·" * (_CELLS - cells), style="dim")
        view.add_row(str(number), bar, _decibels(level), _decibels(top))
    return view


def _decibels(level):
    return f"{level:.1f}" if level > -100 else "silent"
