"""What a value in an experiment file may be: types that pydantic checks, each with its message."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# YAML 1.1 reads 1e-4 as text; people write it all the same.
Number = Annotated[float, Field(strict=False, allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Knob = Annotated[Number, Field(ge=0, le=10)]


def is_path_component(name):
    """Whether a name may become a file's or folder's name on any system."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]*", name) is not None


def _path_component(name):
    if not is_path_component(name):
        raise ValueError(
            "must begin with a letter or digit and go on with those or _ . + - (it names a folder or file)"
        )
    return name


def _seconds_or_whole(value):
    if value != "whole" and not (type(value) in (int, float) and 0 < value < float("inf")):
        raise ValueError("must be a number of seconds above 0, or whole")
    return value


def without_repeats(values):
    """Refuse a list that names a value twice."""
    if len(set(values)) != len(values):
        raise ValueError("names a value twice")
    return values


def _inside_project(path):
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        raise ValueError(
            "must be a folder inside the project, e.g. data/recordings/MyAmp/Lead (--recordings takes any folder)"
        )
    return path


def _time(value):
    # YAML 1.1 makes a number of 10:00:00 (but not of 08:00:00)
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]+:[0-5][0-9]:[0-5][0-9]", value):
        raise ValueError('must be hours, minutes and seconds in quotation marks: "10:00:00"')
    return value


def _written_as(pattern, words):
    """A text that goes into a job script or onto a command line, and so holds nothing that means something there."""

    def check(text):
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {words}")
        return text

    return Annotated[str, AfterValidator(check)]


Name = Annotated[str, AfterValidator(_path_component)]
SecondsOrWhole = Annotated[Any, AfterValidator(_seconds_or_whole)]
Word = _written_as(r"[A-Za-z0-9_][A-Za-z0-9_.@:,+/-]*", "one word of letters, digits and _ . @ : , + / -")
Line = _written_as(r"[^\r\n]+", "one line")
Memory = _written_as(r"[0-9]+ ?[MGT]i?B", "a number and its unit, e.g. 4GB")
Time = Annotated[Any, AfterValidator(_time)]
FolderInside = Annotated[str, AfterValidator(_inside_project)]


class Section(BaseModel):
    """A part of the file: no key that is not named, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
