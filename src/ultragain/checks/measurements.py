"""Takes with what was measured on them, and measurements kept by the content of what was measured."""

import hashlib
import json
import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from ultragain.checks.latency import Latency
from ultragain.files import digest, file_digest, printable, write_json
from ultragain.recording.layout import Take

VERSION = 7  # raise it whenever anything that is measured would come out otherwise


@dataclass(frozen=True, eq=False)  # a take is its place, whatever was measured
class MeasuredTake(Take):
    """A take, and what was measured on it.

    Attributes
    ----------
    of_dry, of_wet : dict or None
        From `measure_file`, or `refused` alone, the reason why a file cannot be opened; None where it is missing.
    of_pair : dict or None
        From `measure_pair`; None unless both files hold finite sound at one rate.
    clicks : dict of str to float
        Level of the calibration clicks on the `dry` and the `wet` input, in dBFS, as far as the take's
        metadata know it.
    """

    of_dry: dict | None = None
    of_wet: dict | None = None
    of_pair: dict | None = None
    clicks: dict = field(default_factory=dict)

    @property
    def dry_file(self):
        """The dry file below the recordings folder, as it can be printed."""
        return printable(self.dry.relative_to(self.folder).as_posix())

    @property
    def wet_file(self):
        """The wet file below the recordings folder, as it can be printed."""
        return printable(self.wet.relative_to(self.folder).as_posix())

    @property
    def latency(self):
        """Of the wet file: a `Latency`, or None."""
        return Latency(**self.of_pair["latency"]) if self.of_pair else None

    @property
    def files(self):
        """(file, measurement) of what is there of dry and wet."""
        return [(file, of) for file, of in ((self.dry_file, self.of_dry), (self.wet_file, self.of_wet)) if of]


class Measurements:
    """Measurements by the content of what was measured.

    Parameters
    ----------
    path : Path, optional
        JSON file they are kept in; without it they are not kept.
    """

    def __init__(self, path=None):
        self._path, self._used, self._digests = path, {}, {}
        self._kept = self._load()
        self.made = 0  # how often something had to be measured

    def _load(self):
        try:
            content = json.loads(self._path.read_text())
            return content["measurements"] if content["version"] == VERSION else {}
        except (AttributeError, OSError, ValueError, KeyError, TypeError):
            return {}  # nothing kept, or nothing that can be read: measure again

    def get(self, kind, paths, measure):
        """`measure()`, unless the same was measured on files of the same content."""
        key = f"{kind} {hashlib.sha256(' '.join(map(self._digest, paths)).encode()).hexdigest()}"
        if key not in self._used:
            if key not in self._kept:
                self._kept[key] = measure()
                self.made += 1
            self._used[key] = self._kept[key]
        return self._used[key]

    def _digest(self, path):
        if path not in self._digests:
            self._digests[path] = file_digest(path)
        return self._digests[path]

    def save(self):
        """Keep what was asked for since the beginning, and nothing older."""
        if self._path and (self.made or len(self._used) != len(self._kept)):
            write_json(self._path, {"version": VERSION, "measurements": self._used})


def measurements_file(root, folder):
    """Where the measurements on a folder's recordings are kept."""
    return Path(root) / "data" / "recordings" / ".checked" / f"{digest(str(Path(folder).resolve()))[:16]}.json"


def samples_of(path):
    """Samples of a file that was found readable, the mean of its channels, shape (n_samples,), float32."""
    samples, _ = soundfile.read(os.fsencode(path), dtype="float32", always_2d=True)
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)


def by_gain(takes):
    """Takes in groups of one gain, dict of str to list."""
    groups = defaultdict(list)
    for take in takes:
        groups[take.gain].append(take)
    return groups


def decibels(amplitude):
    """An amplitude, or a ratio of two, in dB; -180 for silence."""
    return float(20 * np.log10(max(amplitude, 1e-9)))
