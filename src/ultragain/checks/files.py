"""Checks of the files themselves: where they are, and whether they can be read as what they should be."""

import os

from ultragain.checks.finding import failure, warning
from ultragain.fields import name_problem
from ultragain.recording.layout import LAYOUT, REPLICATE, TEST, Take, take_of

AUDIO = {".wav", ".flac", ".aif", ".aiff", ".mp3", ".ogg", ".m4a"}


def check_layout(folder, requirements):
    """Audio that is where nothing will look for it."""
    if requirements.takes is not None:
        return
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        is_hidden = any(part.startswith(".") for part in place.parts)
        if path.suffix.lower() not in AUDIO or is_hidden or not os.path.isfile(path):
            continue
        if (take := take_of(place)) is None:
            yield warning(place.as_posix(), "is not used", f"the layout is {LAYOUT}")
            continue
        split, gain, name = take
        used = getattr(Take(folder, *take), place.parts[2].lower())
        problem = name_problem(gain) or (split in (TEST, REPLICATE) and name_problem(name))
        if problem:
            yield failure(place.as_posix(), f"has a name that no experiment can give: it {problem}", "rename it")
        elif gain not in requirements.gains:
            yield warning(
                place.as_posix(), f"is not used: {gain} is no gain of the experiment", "name the gain in the experiment"
            )
        elif not os.path.samefile(path, used):
            yield warning(place.as_posix(), f"is not used: {used.name} has the same name", "keep one of them")


def check_pairing(take, requirements):
    """A file whose dry or wet counterpart is missing."""
    for file, of, other in ((take.dry_file, take.of_dry, take.of_wet), (take.wet_file, take.of_wet, take.of_dry)):
        if of is None:
            pair = "though its pair is there" if other else "and so is its pair"
            yield failure(file, f"is missing, {pair}", "record the take again, or remove its pair")


def check_readable(take, requirements):
    """Files that cannot be opened, are no audio, or hold no samples."""
    for file, of in take.files:
        if "refused" in of:
            yield failure(
                file,
                f"cannot be opened ({of['refused']})",
                "check the file's permissions, and the disk for errors",
            )
        elif "error" in of:
            yield failure(file, f"cannot be read as audio ({of['error']})", "export it again as WAV")
        elif of.get("samples") == 0:
            yield failure(file, "holds no samples", "record the take again")


def check_sample_rate(take, requirements):
    """Files of another sample rate than the experiment's."""
    for file, of in take.files:
        if of.get("rate", requirements.sample_rate) != requirements.sample_rate:
            yield failure(
                file,
                f"is {of['rate']} Hz, not {requirements.sample_rate} Hz",
                "set the rate in the recording program; `ultragain reamp` and other converters resample dry and wet "
                "alike",
            )


def check_channels(take, requirements):
    """Files that are not mono."""
    for file, of in take.files:
        if of.get("channels", 1) != 1:
            yield failure(file, f"has {of['channels']} channels", "export it as mono")


def check_length(take, requirements):
    """A wet file that is not as long as its dry one."""
    dry, wet = (of.get("samples") if of else None for of in (take.of_dry, take.of_wet))
    if dry and wet and dry != wet:
        yield failure(
            take.wet_file,
            f"holds {wet:,} samples, its dry file {dry:,}",
            "cut both alike, or let `ultragain align` do it",
        )


def check_finite(take, requirements):
    """Samples that are not numbers."""
    for file, of in take.files:
        if of.get("is_finite") is False:
            yield failure(
                file, "holds samples that are not numbers (NaN or infinity)", "export it again, as 24-bit integers"
            )
