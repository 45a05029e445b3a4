"""Other people's captures as devices: files in data/captures, and the audio that they play."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soxr

from ultragain.errors import UltraGainError
from ultragain.fields import name_problem
from ultragain.files import file_digest, printable, whole_file
from ultragain.formats.capture import read_capture

FOLDER, SUFFIX = "data/captures", ".nam"


@dataclass(frozen=True)
class CaptureEffect:
    """A capture as what turns dry audio into wet.

    Attributes
    ----------
    path : Path
        Of its file.
    """

    path: Path

    @cached_property
    def _capture(self):
        return read_capture(self.path.read_bytes(), self.path)

    @property
    def identity(self):
        """All that decides what it sounds like."""
        return {"capture": file_digest(self.path)}

    def play(self, dry, sample_rate, rng=None):
        """What it makes of audio at any rate; it has no noise of its own, so `rng` decides nothing.

        Parameters
        ----------
        dry : np.ndarray, shape (n_samples,)
        sample_rate : int
            In Hz.
        rng : object

        Returns
        -------
        np.ndarray, shape (n_samples,)

        Raises
        ------
        UltraGainError
            If its file is no capture, or it plays beyond full scale.
        """
        own = self._capture.sample_rate
        wet = self._capture.play(soxr.resample(dry, sample_rate, own) if own != sample_rate else dry)
        if own != sample_rate:
            wet = soxr.resample(wet, own, sample_rate)
            wet = np.pad(wet, (0, max(0, len(dry) - len(wet))))[: len(dry)]
        if np.max(np.abs(wet), initial=0) > 1:
            raise UltraGainError(
                f"{self.path.name}: reaches {20 * np.log10(np.abs(wet).max()):.1f} dB above full scale: play it softer"
            )
        return wet


def capture_effect(name, root):
    """The capture of a name.

    Raises
    ------
    UltraGainError
        If there is none.
    """
    path = Path(root) / FOLDER / f"{name}{SUFFIX}"
    if name_problem(name) or not path.is_file():
        raise UltraGainError(
            f"{printable(name)}: no capture has this name; `ultragain import FILE.nam --as NAME` adds one"
        )
    return CaptureEffect(path)


def add_capture(source, name, root, overwrite=False):
    """Keep a `.nam` file as a device, if it can be played here.

    Parameters
    ----------
    source : path-like
    name : str
        For experiments and commands.
    root : Path
        The project's folder.
    overwrite : bool
        Whether one of that name is replaced.

    Returns
    -------
    (Path, ultragain.formats.capture.Capture)

    Raises
    ------
    UltraGainError
        If it is no capture of a kind that is known, the name is none for a file, or it is taken.
    """
    source = Path(source)
    if problem := name_problem(name):
        raise UltraGainError(f"--as {printable(name)}: {problem}: it names a file")
    content = source.read_bytes()
    capture = read_capture(content, printable(source))
    target = Path(root) / FOLDER / f"{name}{SUFFIX}"
    if target.exists() and not overwrite:
        raise UltraGainError(f"{target}: is there already; choose another --as, or --overwrite")
    with whole_file(target) as temporary:
        temporary.write_bytes(content)
    return target, capture


def told(capture):
    """What a file tells of itself, in a phrase."""
    known = ("name", "modeled_by", "gear_make", "gear_model", "gear_type", "tone_type")
    return (
        ", ".join(f"{capture.metadata[key]}" for key in known if capture.metadata.get(key))
        or "of itself it tells nothing"
    )
