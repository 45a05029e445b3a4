"""What is to be captured: folders in the recordings layout, or two files, and the experiment that follows from them."""

import contextlib
import os

import numpy as np
import soundfile
import yaml

from ultragain import audio
from ultragain.errors import UltraGainError
from ultragain.fields import name_problem
from ultragain.files import one_form, printable, whole_file
from ultragain.models.catalog import FAMILIES
from ultragain.recording.layout import LAYOUT, TEST, TRAIN, Take, find_takes

DRY_NAMES, WET_NAMES = ("dry", "di", "input"), ("wet", "amp", "output")
GAIN, BEGINNING, END = "Capture", "beginning", "end"  # of two files: what they become
TEST_SHARE = 0.15  # of two files: their end, which no model hears in training
LEAST_SECONDS = 7.0  # of audio to train on
FIRST_MINUTES = 2  # of the first model's training
DEEPEST = 3  # folders down to look for recordings


def find_captures(folder):
    """Folders below one, or itself, that hold something to capture: the layout, or two files.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Path
        Sorted.

    Raises
    ------
    UltraGainError
        If there is none.
    """
    found = []
    for place, names, _ in os.walk(folder):
        here = type(folder)(place)
        if TRAIN in names or two_files(here):
            found.append(here)
            names.clear()
        elif len(here.relative_to(folder).parts) >= DEEPEST:
            names.clear()
    if not found:
        raise UltraGainError(
            f"{printable(folder)}: holds nothing to capture: neither {LAYOUT} nor two files {DRY_NAMES[0]}.wav and "
            f"{WET_NAMES[0]}.wav"
        )
    return sorted(found)


def two_files(folder):
    """A dry and a wet file that lie in a folder under one of their usual names, a pair of Path; None otherwise."""
    files = {path.stem.lower(): path for path in sorted(folder.glob("*")) if path.suffix.lower() in (".wav", ".flac")}
    found = [next((files[name] for name in names if name in files), None) for names in (DRY_NAMES, WET_NAMES)]
    return tuple(found) if all(found) else None


def laid_out(folder, root):
    """A folder in the recordings layout: itself, or one in data/recordings that its two files were divided into.

    Parameters
    ----------
    folder : Path
    root : Path
        The project's folder.

    Returns
    -------
    Path

    Raises
    ------
    UltraGainError
        If the files cannot be read or differ in length, or other recordings are there already.
    """
    for name in folder.absolute().parts[-2:]:
        if problem := name_problem(one_form(name)):
            raise UltraGainError(f"{printable(name)}: {problem}: rename the folder, it names the device or its version")
    files = two_files(folder)
    if not files or (folder / TRAIN).is_dir():
        return folder
    rate = soundfile.info(os.fsencode(files[1])).samplerate
    dry, wet = (audio.load(path, rate) for path in files)
    if len(dry) != len(wet):
        raise UltraGainError(
            f"{printable(files[1])}: holds {len(wet)} samples, {files[0].name} {len(dry)}: export both from the same "
            "beginning to the same end"
        )
    end = round((1 - TEST_SHARE) * len(dry))
    if end < LEAST_SECONDS * rate:
        raise UltraGainError(
            f"{printable(files[0])}: {len(dry) / rate:.1f} s are too short, {LEAST_SECONDS / (1 - TEST_SHARE):.0f} s "
            "are needed: play for a minute or more"
        )
    name, version = map(one_form, folder.absolute().parts[-2:])
    target = root / "data" / "recordings" / name / version
    parts = {TRAIN: (BEGINNING, slice(None, end)), TEST: (END, slice(end, None))}
    takes = [(Take(target, split, GAIN, take), dry[part], wet[part]) for split, (take, part) in parts.items()]
    for take, *pair in takes:
        for path, samples in zip((take.dry, take.wet), pair, strict=True):
            if path.is_file():
                there = audio.load(path, rate) if soundfile.info(os.fsencode(path)).samplerate == rate else []
                if len(there) != len(samples) or not np.allclose(there, samples, rtol=0, atol=2**-22):
                    raise UltraGainError(
                        f"{path}: is there already, of other recordings: rename {printable(folder)} or remove {target}"
                    )
    for take, *pair in takes:
        for path, samples in zip((take.dry, take.wet), pair, strict=True):
            audio.write_wav(path, samples, rate)
    return target


def write_experiment(folder, path, family, minutes, threads):
    """Describe a folder of recordings as an experiment.

    Parameters
    ----------
    folder : Path
        In the recordings layout.
    path : Path
        Of the experiment file, which is written anew.
    family : str
    minutes : float
        Of training, in all, for each gain.
    threads : int
        Cores that one model is trained on.

    Raises
    ------
    UltraGainError
        If there is nothing to train on, or to score.
    """
    gains = sorted(one_form(each.name) for each in (folder / TRAIN).iterdir() if each.is_dir())
    if not gains:
        raise UltraGainError(f"{printable(folder / TRAIN)}: holds no folder of a gain (the layout is {LAYOUT})")
    riffs = [{take.name for take in find_takes(folder, TEST, gain)} for gain in gains]
    if not (common := sorted(set.intersection(*riffs))):
        raise UltraGainError(
            f"{printable(folder / TEST)}: holds no riff at every gain ({', '.join(gains)}) to score the models on: put "
            "some recordings there that are not in Train"
        )
    (first, *_) = find_takes(folder, TRAIN, gains[0]) or [None]
    if first is None:
        raise UltraGainError(f"{printable(folder / TRAIN / gains[0])}: holds no recordings (the layout is {LAYOUT})")
    name, version = map(one_form, folder.absolute().parts[-2:])
    grid = {"minutes": budgets(minutes)} | ({"units": [64]} if "units" in FAMILIES[family].dimensions else {})
    settings = {
        "title": f"{name}, {version}",
        "device": {
            "name": name,
            "version": version,
            "description": f"{name}, {version}",
            "recordings": f"data/recordings/{name}/{version}",
            "gains": _positions(gains),
        },
        "sample_rate": soundfile.info(os.fsencode(first.wet)).samplerate,
        "family": family,
        "grid": grid,
        "training": {"threads": threads, "seed": 25, "validation_share": 0.1},
        "test_riffs": common,
        "sizes": {"train_seconds": 190, "scored_seconds": "whole"},
        "default_profile": "full",
        "profiles": {"full": {}},
    }
    text = f"# Written by `ultragain capture {printable(folder)}`; `ultragain keys` explains every key.\n\n"
    with whole_file(path) as temporary:
        temporary.write_text(text + yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")


def budgets(minutes):
    """Minutes of the trainings of each gain: a first model soon, and a better one in the rest of the time."""
    return [minutes] if minutes <= 2 * FIRST_MINUTES else [FIRST_MINUTES, minutes - FIRST_MINUTES]


def _positions(gains):
    """A position for each label: the number that it is, or if one is none, all spread over the knob."""
    with contextlib.suppress(ValueError):
        found = {gain: float(gain) for gain in gains}
        if all(0 <= position <= 10 for position in found.values()) and len(set(found.values())) == len(gains):
            return found
    return {gain: round(10 * (number + 1) / (len(gains) + 1), 2) for number, gain in enumerate(gains)}
