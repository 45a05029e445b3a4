"""One sweep at a time in a folder of runs, and one training at a time of a run."""

import contextlib
import fcntl
import json
import os
import socket
import time
from datetime import UTC, datetime

from ultragain.errors import UltraGainError

NAME, TRAINING = ".sweep.lock", ".lock"
ASK_EVERY = 1.0  # s, between two tries to take a lock that somebody else holds


@contextlib.contextmanager
def only_sweep(folder):
    """Hold a folder of runs, so that no second sweep trains the same models.

    The operating system lets go of the lock when its process dies, however it dies.

    Raises
    ------
    UltraGainError
        If another sweep holds it; the message says which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / NAME, "a+") as file:
        if not _take(file):
            raise UltraGainError(
                f"{folder}: another sweep is at work there{_holder(file)}; `ultragain status` shows how far it is"
            )
        started = datetime.now(UTC).isoformat(timespec="seconds")
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "started": started}))
        file.flush()
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
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / TRAINING, "a+") as file:
        while not (is_taken := _take(file)) and not give_up():
            time.sleep(ASK_EVERY)
        yield is_taken


def since(folder):
    """When the sweep began that is at work in a folder of runs, in seconds since the epoch; None if there is none."""
    try:
        with open(folder / NAME, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return (folder / NAME).stat().st_mtime
    except OSError:  # no sweep was ever at work there, or nobody may look
        pass
    return None


def _take(file):
    """Take the lock on an open file, without waiting; return whether that worked."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise UltraGainError(
            f"{file.name}: this disk knows no locks ({error.strerror}), and without them two sweeps could train the same: "
            "keep the project on another one"
        ) from error
    return True


def _holder(file):
    try:
        file.seek(0)
        holder = json.load(file)
        return f" (process {holder['pid']} on {holder['host']}, since {holder['started']})"
    except (ValueError, KeyError, TypeError):
        return ""
