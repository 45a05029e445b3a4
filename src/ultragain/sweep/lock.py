"""One sweep at a time in a folder of runs, and one training at a time of a run."""

import contextlib
import json
import os
import socket
import time
from datetime import UTC, datetime

from ultragain.errors import UltraGainError
from ultragain.files import locked, write_json

SWEEP, TRAINING = ".sweep.lock", ".lock"
HOLDER = ".sweep.json"  # a file of its own: on Windows nobody else can read a locked one
ASK_EVERY = 1.0  # s, between two tries to take a lock that somebody else holds
LOOK_TAKES = 0.5  # s; `since` takes the lock for a moment to see whether it is free, and a sweep waits that long


@contextlib.contextmanager
def only_sweep(folder):
    """Hold a folder of runs, so that no second sweep trains the same models.

    The operating system releases the lock when its process dies, however it dies.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    UltraGainError
        If another sweep holds it (the message says which), or the disk knows no locks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        if not _take(held, folder / SWEEP, LOOK_TAKES):
            raise UltraGainError(
                f"{folder}: another sweep is running there{_holder(folder)}; `ultragain status` shows how far it is"
            )
        started = datetime.now(UTC).isoformat(timespec="seconds")
        held.callback((folder / HOLDER).unlink, missing_ok=True)
        write_json(folder / HOLDER, {"pid": os.getpid(), "host": socket.gethostname(), "started": started})
        yield


@contextlib.contextmanager
def only_training(folder, give_up):
    """Hold the state of one training, as soon as nobody else does.

    A worker whose scheduler died, or whose sweep was killed, goes on with its run for a while.

    Parameters
    ----------
    folder : Path
    give_up : callable
        Asked every second while somebody else holds it.

    Yields
    ------
    bool
        Whether it is held; if not, `give_up()` came true before.

    Raises
    ------
    UltraGainError
        If the disk knows no locks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        while not (is_taken := _take(held, folder / TRAINING)) and not give_up():
            time.sleep(ASK_EVERY)
        yield is_taken


def since(folder):
    """When the sweep began that is at work in a folder of runs.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    float or None
        Seconds since the epoch; None if no sweep is at work there, or nobody may look.
    """
    if not (folder / SWEEP).exists():
        return None
    with contextlib.suppress(OSError, UltraGainError), contextlib.ExitStack() as held:
        if not _take(held, folder / SWEEP):
            return (folder / HOLDER).stat().st_mtime
    return None


def _take(held, path, within=0):
    """Take a lock for as long as an ExitStack lasts; return whether that worked within some seconds."""
    return held.enter_context(locked(path, "two sweeps could train the same", within))


def _holder(folder):
    try:
        holder = json.loads((folder / HOLDER).read_text())
        return f" (process {holder['pid']} on {holder['host']}, since {holder['started']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
