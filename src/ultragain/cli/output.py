"""What several commands print with."""

import sys


def console():
    """Where tables are printed, rich.console.Console."""
    from rich.console import Console

    # a file or a pipe has no width of its own to keep to
    return Console(width=None if sys.stdout.isatty() else 200)
