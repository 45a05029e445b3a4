"""What a training leaves on disk after every epoch, so that a killed one goes on where it was."""

import contextlib
import hashlib
import io
import math
import os
import signal
import socket
import statistics
import sys
import threading
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ultragain.errors import UltraGainError
from ultragain.files import whole_file, write_json

STATE, PROGRESS, STOP = "state.npz", "progress.json", "stop"
FORMAT = 1  # of the state file; raised when what stands in it changes
_CHECKSUM_BYTES = hashlib.sha256().digest_size


class TrainingStopped(UltraGainError):
    """A training ended early because somebody stopped it; its state is saved."""


@dataclass
class Course:
    """How far a training has come.

    Everything that early stopping needs follows from the history, and the shuffling from the epoch's
    number, so neither is kept.

    Attributes
    ----------
    history : list of dict of str to float
        One row an epoch.
    variables : list of np.ndarray
        The model's and the optimizer's, after the last epoch.
    best_weights : list of np.ndarray
        The model's, after the best epoch.
    seconds : list of float
        What each epoch took.
    """

    history: list = field(default_factory=list)
    variables: list = field(default_factory=list)
    best_weights: list = field(default_factory=list)
    seconds: list = field(default_factory=list)

    @property
    def epoch(self):
        """Epochs trained."""
        return len(self.history)

    @property
    def best_epoch(self):
        """Number, from 1, of the first epoch with the lowest val_esr; 0 before the first.

        As in Keras, nothing is better than a first epoch that diverged: NaN compares with no number.
        """
        best = 0
        for number, row in enumerate(self.history):
            if row["val_esr"] < self.history[best]["val_esr"]:
                best = number
        return best + 1 if self.history else 0

    def is_over(self, epochs, patience):
        """Whether all epochs are trained, or `patience` of them passed without a better val_esr."""
        return self.epoch >= epochs or self.epoch - self.best_epoch >= patience


class Checkpoint:
    """The state of one training in a folder.

    Parameters
    ----------
    folder : Path
        Holds `state.npz`, which appears whole or not at all, and `progress.json` for people and
        programs that watch. A file `stop` beside the folder asks the training to stop.
    identity : str
        Digest of everything that decides how the training goes: a state with another one is refused.
    epochs : int
        The most that will be trained.
    """

    def __init__(self, folder, identity, epochs):
        self.folder, self.identity, self.epochs = Path(folder), identity, epochs

    def load(self):
        """The course so far; a new one if there is none, or, with a warning, if it cannot be used."""
        path = self.folder / STATE
        try:
            content = _content(self.folder)
        except FileNotFoundError:
            return Course()
        if content is None:
            warnings.warn(f"{path}: is damaged (its checksum is wrong), so the training starts over", stacklevel=2)
            return Course()
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            if (int(arrays["format"]), str(arrays["identity"])) != (FORMAT, self.identity):
                warnings.warn(f"{path}: is of another training or version, so the training starts over", stacklevel=2)
                return Course()
            return _course(arrays)

    def save(self, course):
        """Replace the state in the folder in one step, and write the progress."""
        arrays = {
            "format": FORMAT,
            "identity": self.identity,
            "columns": list(course.history[0]),
            "history": np.array([list(row.values()) for row in course.history], np.float64),
            "seconds": np.array(course.seconds, np.float64),
            **{f"variable{number}": value for number, value in enumerate(course.variables)},
            **{f"best{number}": value for number, value in enumerate(course.best_weights)},
        }
        file = io.BytesIO()
        np.savez(file, **arrays)
        content = file.getvalue()
        with whole_file(self.folder / STATE) as temporary:
            temporary.write_bytes(content + hashlib.sha256(content).digest())
        self.write_progress(course)

    def write_progress(self, course):
        """Write `progress.json`."""
        best = course.best_epoch
        write_json(
            self.folder / PROGRESS,
            {
                "epoch": course.epoch,
                "epochs": self.epochs,
                "val_esr": _finite(course.history[-1]["val_esr"]) if course.history else None,
                "best_val_esr": _finite(course.history[best - 1]["val_esr"]) if best else None,
                "best_epoch": best,
                "seconds_per_epoch": statistics.median(course.seconds) if course.seconds else None,
                "updated": datetime.now(UTC).isoformat(timespec="seconds"),
                "host": socket.gethostname(),
                "pid": os.getpid(),
            },
        )

    def stop_if_asked(self, course, interrupted):
        """Raise TrainingStopped if the training was interrupted, or a file `stop` stands beside the folder."""
        if interrupted or (self.folder.parent / STOP).exists():
            raise TrainingStopped(
                f"stopped after epoch {course.epoch} of {self.epochs}, which is saved in {self.folder}; "
                "the same command goes on from there"
            )


def is_damaged(folder):
    """Whether a folder's state is there and its checksum is wrong: `Checkpoint` will not go on from it."""
    try:
        return _content(folder) is None
    except FileNotFoundError:
        return False


def look(folder):
    """How far a training has come whose state a folder keeps, whoever trains it: a Course; None if nothing is there."""
    try:
        content = _content(folder)
    except FileNotFoundError:
        return None
    if content is None:
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return _course(arrays) if int(arrays["format"]) == FORMAT else None


def _course(arrays):
    columns = [str(name) for name in arrays["columns"]]
    return Course(
        history=[dict(zip(columns, row, strict=True)) for row in arrays["history"].tolist()],
        variables=_numbered(arrays, "variable"),
        best_weights=_numbered(arrays, "best"),
        seconds=arrays["seconds"].tolist(),
    )


def _content(folder):
    """A folder's state without its checksum, bytes; None if that is wrong."""
    content = (Path(folder) / STATE).read_bytes()
    content, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
    return content if hashlib.sha256(content).digest() == checksum else None


@contextlib.contextmanager
def interrupts_wait():
    """Hold the first Ctrl-C back, for the epoch to end; a second one acts at once.

    Yields a threading.Event that is set by the first. Python receives signals in its main thread
    alone: in another one nothing is held back.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.getsignal(signal.SIGINT)

    def hold(number, frame):
        asked.set()
        signal.signal(signal.SIGINT, before)
        print("interrupted: this epoch is finished and saved first; a second interrupt stops at once", file=sys.stderr)

    signal.signal(signal.SIGINT, hold)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _numbered(arrays, name):
    """The arrays name0, name1, ... of a file."""
    count = sum(key.startswith(name) for key in arrays.files)
    return [arrays[f"{name}{number}"] for number in range(count)]


def _finite(value):
    return value if math.isfinite(value) else None  # JSON has no NaN
