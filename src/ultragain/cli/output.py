"""What several commands print with."""

import errno
import io
import os
import sys


def console():
    """Where tables are printed, rich.console.Console."""
    from rich.console import Console

    # a file or a pipe has no width of its own to keep to
    return Console(width=None if sys.stdout.isatty() else 200)


def print_anywhere():
    """Make printing no reason to fail: on a terminal that lacks a sign, or into a pipe whose reader has gone.

    A sign that cannot be printed is shown by its number, as \\xe4. What nobody reads any more is dropped, and the
    command goes on to its own end: `ultragain check DIR | head` still exits with 1 if a recording fails.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue
        try:
            raw = _Pipe(stream.fileno(), "w", closefd=False)
        except OSError:  # not a file of the system
            stream.reconfigure(errors="backslashreplace")
            continue
        stream.flush()
        writer = io.BufferedWriter(raw)
        is_direct = stream.line_buffering
        setattr(sys, name, io.TextIOWrapper(writer, stream.encoding, "backslashreplace", line_buffering=is_direct))


class _Pipe(io.FileIO):
    """A file whose reader may go; after any error it takes everything and keeps nothing."""

    def write(self, data):
        try:
            return super().write(data)
        except OSError as error:
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), self.fileno())
            if error.errno not in (errno.EPIPE, errno.EINVAL):  # the latter is what Windows says
                raise
            return len(data)
