"""What a person sees of a sweep: a live view in a terminal, lines in a log, a table afterwards."""

import time
from collections import Counter

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ultragain.sweep.progress import seconds_left, standings
from ultragain.words import duration, three_digits

STATES = ("done", "running", "unfinished", "waiting", "damaged", "failed")
NOTHING = "learned nothing"  # what is said of a run that is done and no use


class Display:
    """Shows a sweep while it runs. A context manager, to be called with what has ended so far.

    In a terminal a view of the running trainings is kept up to date; elsewhere a line is written
    whenever a run ends.

    Parameters
    ----------
    plan : Plan
    root : Path
        The project's folder.
    console : rich.console.Console, optional
        Standard error if not given.
    """

    def __init__(self, plan, root, console=None):
        self.plan, self.root = plan, root
        self.console = console or Console(stderr=True)
        self.live = Live(console=self.console, auto_refresh=False, transient=True) if self.console.is_terminal else None
        self.started, self.dashboard, self.shown = time.monotonic(), None, set()
        self.workers = 1  # the most that were seen side by side: a cluster sends them one by one

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.live:
            self.live.stop()

    def __call__(self, outcomes, dashboard):
        if self.live and not self.live.is_started:  # not before: models are built with a bar of their own
            self.live.start()
        if dashboard and dashboard != self.dashboard:
            self.console.print(f"dashboard: {dashboard}", highlight=False, markup=False, soft_wrap=True)
            self.dashboard = dashboard
        table = standings(self.plan, self.root)
        self.workers = max(self.workers, sum(row.state == "running" for row in table))
        line = summary(table, self.workers, time.monotonic() - self.started)
        useless = {row.run.id for row in table if row.has_learned_nothing}
        for outcome in outcomes:
            if outcome.run.id not in self.shown:
                self.shown.add(outcome.run.id)
                reason = outcome.reason or (NOTHING if outcome.run.id in useless else "")
                ended = f"{outcome.state}: {outcome.run.id}{reason and ': '}{reason}"
                self.console.print(
                    ended if self.live else f"{ended} ({line})", highlight=False, markup=False, soft_wrap=True
                )
        if self.live:
            work, trained = sum(row.work for row in table), sum(row.work * row.share for row in table)
            view = [running_table(table)] if any(row.state == "running" for row in table) else []
            bar = Table.grid(padding=(0, 1))
            bar.add_row(ProgressBar(total=work, completed=trained, width=24), Text(line))
            self.live.update(Group(*view, bar), refresh=True)


def summary(table, workers=1, elapsed=None):
    """One line: how many runs are where, and the time.

    Parameters
    ----------
    table : list of Standing
    workers : int
        Runs side by side, for the time left.
    elapsed : float, optional
        Seconds since the sweep began; without it no times are given.

    Returns
    -------
    str
    """
    counts = Counter(row.state for row in table)
    words = [f"{counts['done']} of {len(table)} runs done", *(f"{counts[s]} {s}" for s in STATES[1:] if counts[s])]
    if useless := sum(row.has_learned_nothing for row in table):
        words.insert(1, f"{useless} of them {NOTHING}")
    if elapsed is not None:
        words.append(f"{duration(elapsed)} elapsed")
        left = seconds_left(table, workers)
        if left is not None and counts["done"] < len(table):
            words.append(f"at most {duration(left)} left")
    return ", ".join(words)


def running_table(table):
    """The running trainings as a rich table."""
    return _rich([row for row in table if row.state == "running"], with_state=False)


def status_table(table):
    """All runs of a plan as a rich table."""
    return _rich(sorted(table, key=lambda row: STATES.index(row.state)), with_state=True)


def _rich(rows, with_state):
    columns = ["run", *(["state"] if with_state else []), "epoch", "val ESR %", "best %", "s/epoch"]
    made = Table(box=None, pad_edge=False)
    for name in columns:
        made.add_column(name, justify="left" if name in ("run", "state") else "right", no_wrap=True)
    for row in rows:
        state = f"{row.state}, {NOTHING}" if row.has_learned_nothing else row.state
        made.add_row(
            Text(row.run.id),  # a gain's label may have [brackets]
            *([state] if with_state else []),
            f"{row.epoch}/{row.epochs}" if row.epoch or row.state == "running" else "",
            *("" if value is None else three_digits(100 * value) for value in (row.val_esr, row.best_val_esr)),
            "" if row.seconds_per_epoch is None else f"{row.seconds_per_epoch:.1f}",
        )
    return made
