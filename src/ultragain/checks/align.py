"""Recordings corrected in a new folder: wet files moved onto their dry ones, inverted ones inverted back."""

import dataclasses
import os
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from ultragain import audio
from ultragain.checks.latency import EARLY_SECONDS, LATE_SECONDS, MAJORITY, SAME_SECONDS, Latency, compare_all, latency
from ultragain.errors import UltraGainError
from ultragain.files import one_form, printable, write_json
from ultragain.recording.layout import LAYOUT, SPLITS, Take, find_takes
from ultragain.recording.metadata import metadata_path, read_metadata

# What is left of a latency that is removed. The estimate is off by a few samples either way, and a wet file that is
# a little late costs a model a little of its window; for one that is early it would have to know the future.
LEFT_SECONDS = 0.1e-3


@dataclasses.dataclass
class Alignment:
    """What is done to one take.

    Attributes
    ----------
    file : str
        The wet file below the folder, as it can be printed.
    take : Take
        In the folder it comes from.
    sample_rate : int
        In Hz.
    found : Latency
    moved : int
        Samples by which the wet file is moved; positive: it was late.
    inverted : bool
        Whether its polarity is inverted.
    cut : int
        Samples that both files lose besides, because one was longer than the other.
    note : str
        What could not be decided; empty otherwise.
    metadata : dict or None
        Of the take, if there are any.
    """

    file: str
    take: Take
    sample_rate: int
    found: Latency
    moved: int = 0
    inverted: bool = False
    cut: int = 0
    note: str = ""
    metadata: dict | None = None

    def __str__(self):
        done = [f"moved {abs(self.moved)} samples {'earlier' if self.moved > 0 else 'later'}"] if self.moved else []
        done += ["inverted"] if self.inverted else []
        done += [f"cut by {self.cut} samples"] if self.cut else []
        done += [self.note] if self.note else []
        return f"{self.file}: {', '.join(done) or 'as it was'}"


def align(source, target):
    """Copy a folder of recordings, latency and polarity corrected.

    Each take is moved by its own latency; a take whose latency is not certain, by that of the
    others of its gain. Samples without a partner are cut off, none are made up. Metadata of a take
    (`Wet/w_<name>.json`) go with it; their entry `aligned` holds what was done.

    Parameters
    ----------
    source : path-like
        Top of the recordings layout; it is only read.
    target : path-like
        A folder that does not exist yet, or is empty.

    Returns
    -------
    list of Alignment

    Raises
    ------
    UltraGainError
        If the target is not empty or is in the source, or a file is missing or bad. The target
        appears whole or not at all.
    """
    source, target = Path(source), Path(target)
    if not source.is_dir():
        raise UltraGainError(f"{printable(source)}: no such recordings folder")
    if target.resolve().is_relative_to(source.resolve()):
        raise UltraGainError(
            f"{printable(target)}: is in the folder to be aligned, and nothing is aligned in place; name a new folder"
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UltraGainError(f"{printable(target)}: is there already; name a new folder")
    plans = []
    for gain in sorted(
        {one_form(path.name) for split in SPLITS for path in source.glob(f"{split}/*") if path.is_dir()}
    ):
        of_gain = [_look(source, take) for split in SPLITS for take in find_takes(source, split, gain)]
        _decide(of_gain)
        plans += of_gain
    if not plans:
        raise UltraGainError(f"{printable(source)}: holds no recordings (the layout is {LAYOUT})")
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent) as partial:
        whole = Path(partial) / "whole"
        for plan in plans:
            _write(plan, whole)
        if target.exists():
            target.rmdir()  # it is empty; Windows replaces no folder
        os.replace(whole, target)
    return plans


def _look(source, take):
    dry, wet, rate = _read(take)
    peak = max(np.abs(dry).max(), np.abs(wet).max())
    if peak > 1:
        raise UltraGainError(
            f"{printable(take.wet)}: it or its dry file goes to {peak:.2f} of full scale: turn them down first"
        )
    file = printable(take.wet.relative_to(source).as_posix())
    return Alignment(file, take, rate, latency(dry, wet, rate), cut=abs(len(dry) - len(wet)), metadata=_metadata(take))


def _metadata(take):
    """A take's metadata, None where there is no file."""
    path, metadata = metadata_path(take), read_metadata(take)
    if metadata is None and path.is_file():
        raise UltraGainError(f"{printable(path)}: holds no metadata of a take: mend it or remove it")
    return metadata


def _read(take):
    try:
        rate = soundfile.info(os.fsencode(take.dry)).samplerate
    except soundfile.LibsndfileError as error:
        raise UltraGainError(f"{printable(take.dry)}: cannot be read as audio ({error.error_string})") from error
    return audio.read(take.dry, rate), audio.read(take.wet, rate), rate


def _decide(plans):
    """How far each take of one gain is moved, and whether it is inverted."""
    certain = [plan for plan in plans if plan.found.is_certain]
    if not certain:
        for plan in plans:
            plan.note = "left alone: its latency is not certain, nor is any of its gain"
        return
    rate = certain[0].sample_rate
    lates, signs, usual = compare_all([plan.found for plan in certain], rate)
    usual, known = int(usual), ~np.isnan(lates)
    agree = np.mean(np.abs(lates[known] - usual) <= SAME_SECONDS * rate) >= MAJORITY
    for plan, late, sign in zip(certain, lates, signs, strict=True):
        if np.isnan(late):  # as far as is known, as late as the others
            late = usual if agree else plan.found.samples
        _move(plan, int(late), usual)
        if sign and np.sum(signs == sign) < np.sum(signs == -sign):
            plan.inverted = True
        elif sign and np.sum(signs == sign) == np.sum(signs == -sign):
            plan.note = "as many takes of its gain are inverted as are not: not inverted"
    for plan in plans:
        if plan in certain:
            continue
        if agree:
            _move(plan, usual, usual)
        else:
            plan.note = "left alone: its latency is not certain, and the others of its gain differ"


def _move(plan, late, usual):
    rate = plan.sample_rate
    if abs(late - usual) <= SAME_SECONDS * rate:
        late = usual  # one device, one latency: what differs is the estimate
    if not -EARLY_SECONDS * rate <= late <= LATE_SECONDS * rate:
        plan.moved = late - round(LEFT_SECONDS * rate)


def _write(plan, target):
    dry, wet, rate = _read(plan.take)
    n = min(len(dry), len(wet))
    dry, wet, step = dry[:n], wet[:n], abs(plan.moved)
    dry, wet = (dry[: n - step], wet[step:]) if plan.moved >= 0 else (dry[step:], wet[: n - step])
    take = dataclasses.replace(plan.take, folder=target)
    audio.write_wav(take.dry, dry, rate)
    audio.write_wav(take.wet, -wet if plan.inverted else wet, rate)
    if plan.metadata is not None:
        done = {"moved_earlier_samples": plan.moved, "inverted": plan.inverted, "cut_samples": plan.cut}
        write_json(metadata_path(take), plan.metadata | {"aligned": done})
