"""One sweep at a time in a folder of runs."""

import contextlib
import fcntl
import json
import os
import socket
from datetime import datetime, timezone

from ultragain.errors import UltraGainError

NAME = ".sweep.lock"


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
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UltraGainError(
                f"{folder}: another sweep is at work there{_holder(file)}; `ultragain status` shows how far it is"
            ) from None
        started = datetime.now(timezone.utc).isoformat(timespec="seconds")
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "started": started}))
        file.flush()
        yield


def is_held(folder):
    """Whether a sweep is at work in a folder of runs."""
    try:
        with open(folder / NAME, "rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _holder(file):
    try:
        file.seek(0)
        holder = json.load(file)
        return f" (process {holder['pid']} on {holder['host']}, since {holder['started']})"
    except (ValueError, KeyError, TypeError):
        return ""
