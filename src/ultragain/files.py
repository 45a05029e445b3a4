"""Finding the project, naming content, and writing files that appear whole or not at all."""

import contextlib
import hashlib
import json
import os
import tempfile
import unicodedata
from pathlib import Path

from filelock import FileLock, Timeout

from ultragain.errors import UltraGainError


def project_root(start=None):
    """Folder of the project: the nearest one above `start` that holds the book's `_toc.yml`.

    Parameters
    ----------
    start : path-like, optional
        Where to begin; the current folder by default. This is why a notebook works both from
        the repository root and from `notebooks/`.

    Returns
    -------
    Path

    Raises
    ------
    UltraGainError
        If no folder above `start` holds a book.
    """
    start = Path(start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "_toc.yml").is_file() and (folder / "experiments").is_dir():
            return folder
    raise UltraGainError(f"{start} is not inside an UltraGain checkout (no _toc.yml above it): cd into the clone")


def printable(name):
    """A file's name, or any text with one in it, as it can be printed: bytes that are no UTF-8 are shown as \\xe9."""
    return f"{name}".encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def one_form(name):
    """A name in the one form in which names are compared: Unicode's NFC, where an umlaut is one sign.

    The same name may be made of other signs, depending on the system that wrote it; a person sees no difference.
    """
    return unicodedata.normalize("NFC", name)


def alike(folder, *names):
    """What is there of names, one inside the other, in whatever form, and with .wav in whatever case.

    Parameters
    ----------
    folder : Path
    *names : str

    Yields
    ------
    Path
    """
    if not names:
        yield folder
        return
    try:
        there = sorted(os.listdir(folder))
    except OSError:
        there = []
    for name in there:
        if _plain(name) == _plain(names[0]):
            yield from alike(folder / name, *names[1:])


def as_written(folder, *names):
    """The first of what is there of names, one inside the other; their own path if nothing is."""
    path = Path(folder, *names)
    if os.path.exists(path):
        return path
    return next((found for found in alike(folder, *names) if found.exists()), path)


def _plain(name):
    name = one_form(name)
    return f"{name[:-4]}.wav" if name.lower().endswith(".wav") else name


@contextlib.contextmanager
def whole_file(path):
    """Write a file that appears whole or not at all.

    Yields a temporary path with the same suffix beside `path`; on success it replaces `path` in
    one step, on any error it is removed and whatever stood at `path` is untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".partial-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files private to their owner; recordings and results are to be shared
        temporary.chmod(0o666 & ~_umask())
        with open(temporary, "r+b") as file:
            os.fsync(file)  # after a power cut there must not be a name without content
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(path, value):
    """Write `value` as indented JSON, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1) + "\n")


@contextlib.contextmanager
def locked(path, otherwise, within=-1):
    """Hold a lock that the operating system releases when its process dies, however it dies.

    Parameters
    ----------
    path : Path
        File of the lock, in a folder that is there. It stays: a lock that is kept when released never becomes one of
        filelock's soft locks, which outlive their process.
    otherwise : str
        What could happen without locks, for the message, e.g. "two sweeps could train the same".
    within : float
        Seconds to wait for it; without end if negative.

    Yields
    ------
    bool
        Whether it is held; if not, somebody else holds it.

    Raises
    ------
    UltraGainError
        If the disk knows no locks.
    """
    lock = FileLock(path, preserve_lock_file=True)
    try:
        lock.acquire(timeout=within)
    except Timeout:
        yield False
        return
    except OSError as error:
        if error.filename is not None:  # the file could not be opened
            raise
        raise UltraGainError(
            f"{path}: this disk does not support file locks ({error.strerror}), and without them {otherwise}: "
            "keep the project on another one"
        ) from error
    try:
        yield True
    finally:
        lock.release()


def digest(value):
    """Hex SHA-256 of a JSON-able value, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def file_digest(path):
    """Hex SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
