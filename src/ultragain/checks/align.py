"""Recordings put right: wet files moved onto their dry ones and turned the same way up, in a new folder."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from ultragain import audio
from ultragain.checks.latency import EARLY_SECONDS, LATE_SECONDS, SAME_SECONDS, Latency, compare_all, latency
from ultragain.errors import UltraGainError
from ultragain.files import printable, write_json
from ultragain.recording.layout import Take, find_takes
from ultragain.rig.take import metadata_path

SPLITS = ("Train", "Val", "Test", "Replicate")
# What is left of a latency that is taken away. The estimate is off by a few samples either way, and a wet file that
# is a little late costs a model a little of its window; one that is early asks it to know the future.
LEFT_SECONDS = 0.1e-3
MOST = 2 / 3  # of the takes of a gain must agree before one that cannot be told goes with them


@dataclass
class Alignment:
    """What is done to one take.

    Attributes
    ----------
    place : str
        Of the wet file, below the folder, as it can be printed.
    take : Take
        In the folder it comes from.
    sample_rate : int
        In Hz.
    found : Latency
    moved : int
        Samples by which the wet file is moved; positive: it was late.
    turned : bool
        Whether it is turned over.
    cut : int
        Samples that both files lose besides, because one was longer than the other.
    note : str
        What could not be decided; empty otherwise.
    known : dict or None
        The take's metadata, if there are any.
    """

    place: str
    take: Take
    sample_rate: int
    found: Latency
    moved: int = 0
    turned: bool = False
    cut: int = 0
    note: str = ""
    known: dict | None = None

    def __str__(self):
        done = [f"moved {abs(self.moved)} samples {'earlier' if self.moved > 0 else 'later'}"] if self.moved else []
        done += ["turned over"] if self.turned else []
        done += [f"cut by {self.cut} samples"] if self.cut else []
        done += [self.note] if self.note else []
        return f"{self.place}: {', '.join(done) or 'as it was'}"


def align(source, target):
    """Copy a folder of recordings, latency and polarity put right.

    Each take is moved by its own latency; a take whose latency is not certain, by that of the
    others of its gain. Samples without a partner are cut off, none are made up. Metadata of a take
    (`Wet/w_<name>.json`) go with it, and under `aligned` they say what was done.

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
        If the target is not empty or lies in the source, or a file is missing or bad. The target
        appears whole or not at all.
    """
    source, target = Path(source), Path(target)
    if not source.is_dir():
        raise UltraGainError(f"{printable(source)}: no such recordings folder")
    if target.resolve().is_relative_to(source.resolve()):
        raise UltraGainError(
            f"{printable(target)}: lies in the folder to be aligned, and nothing is aligned in place; name a new folder"
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UltraGainError(f"{printable(target)}: is there already; name a new folder")
    plans = []
    for gain in sorted({path.name for split in SPLITS for path in source.glob(f"{split}/*") if path.is_dir()}):
        of_gain = [_look(source, take) for split in SPLITS for take in find_takes(source, split, gain)]
        _decide(of_gain)
        plans += of_gain
    if not plans:
        layout = "{Train,Test}/<gain>/{Dry/d_<name>.wav,Wet/w_<name>.wav}"
        raise UltraGainError(f"{printable(source)}: holds no recordings ({layout})")
    place = target.resolve().parent
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=place) as partial:
        whole = Path(partial) / "whole"
        for plan in plans:
            _write(plan, source, whole)
        os.replace(whole, target.resolve())
    return plans


def _look(source, take):
    dry, wet, rate = _read(take)
    peak = max(np.abs(dry).max(), np.abs(wet).max())
    if peak > 1:
        raise UltraGainError(
            f"{printable(take.wet)}: it or its dry file goes to {peak:.2f} of full scale: turn them down first"
        )
    place = printable(take.wet.relative_to(source).as_posix())
    return Alignment(place, take, rate, latency(dry, wet, rate), cut=abs(len(dry) - len(wet)), known=_metadata(take))


def _metadata(take):
    """What is known of a take, None where nothing is."""
    path = metadata_path(take)
    if not path.is_file():
        return None
    try:
        known = json.loads(path.read_bytes())
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise UltraGainError(f"{printable(path)}: holds no metadata of a take: mend it or remove it")
    return known


def _read(take):
    try:
        rate = soundfile.info(os.fsencode(take.dry)).samplerate
    except soundfile.LibsndfileError as error:
        raise UltraGainError(f"{printable(take.dry)}: cannot be read as audio ({error.error_string})") from error
    return audio.read(take.dry, rate), audio.read(take.wet, rate), rate


def _decide(plans):
    """How far each take of one gain is moved, and whether it is turned over."""
    certain = [plan for plan in plans if plan.found.is_certain]
    if not certain:
        for plan in plans:
            plan.note = "left alone: its latency is not certain, nor is any of its gain"
        return
    rate = certain[0].sample_rate
    lates, signs, usual = compare_all([plan.found for plan in certain], rate)
    usual, told = int(usual), ~np.isnan(lates)
    agree = np.mean(np.abs(lates[told] - usual) <= SAME_SECONDS * rate) >= MOST
    for plan, late, sign in zip(certain, lates, signs, strict=True):
        if np.isnan(late):  # as late as the others, as far as can be told
            late = usual if agree else plan.found.samples
        _move(plan, int(late), usual)
        if sign and np.sum(signs == sign) < np.sum(signs == -sign):
            plan.turned = True
        elif sign and np.sum(signs == sign) == np.sum(signs == -sign):
            plan.note = "as many takes stand one way up as the other: not turned over"
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


def _write(plan, source, target):
    dry, wet, rate = _read(plan.take)
    n = min(len(dry), len(wet))
    dry, wet, step = dry[:n], wet[:n], abs(plan.moved)
    dry, wet = (dry[: n - step], wet[step:]) if plan.moved >= 0 else (dry[step:], wet[: n - step])
    take = Take(plan.take.name, *(target / path.relative_to(source) for path in (plan.take.dry, plan.take.wet)))
    audio.write_wav(take.dry, dry, rate)
    audio.write_wav(take.wet, -wet if plan.turned else wet, rate)
    if plan.known is not None:
        done = {"moved_earlier_samples": plan.moved, "turned_over": plan.turned, "cut_samples": plan.cut}
        write_json(metadata_path(take), plan.known | {"aligned": done})
