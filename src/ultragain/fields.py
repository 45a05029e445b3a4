"""What a value in an experiment file may be: types that pydantic checks, each with its message."""

import math
import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ultragain.files import one_form


def _no_switch(value):
    if isinstance(value, bool):
        raise ValueError("must be a number")  # Python takes true for 1
    return value


# YAML 1.1 reads 1e-4 as text; people write it all the same.
Number = Annotated[float, BeforeValidator(_no_switch), Field(strict=False, allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Knob = Annotated[Number, Field(ge=0, le=10)]


NAME_BYTES = 100  # with a model's settings behind it a name still fits into the 255 that file systems allow
#: What Windows keeps for its own devices, whatever stands behind the dot.
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{i}" for port in ("COM", "LPT") for i in range(1, 10))}
#: Letters, marks on letters, digits, punctuation and symbols: signs that can be seen.
_VISIBLE = "LMNPS"


def name_problem(name):
    """Why a name may not become a file's or a folder's name on every system.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        A phrase such as "may not hold :"; empty if it may. The rules are those of Windows, the strictest
        (Microsoft, "Naming Files, Paths, and Namespaces"), and no hidden files.
    """
    bad = [
        sign for sign in name if sign in '<>:"/\\|?*' or (sign != " " and unicodedata.category(sign)[0] not in _VISIBLE)
    ]
    if not name:
        return "must not be empty"
    if bad:
        return f"may not hold {bad[0] if bad[0].isprintable() else f'U+{ord(bad[0]):04X}'}"
    if name[0] in " .-_~" or name[-1] in " .":  # of those with _ first, figures show nothing in their legends
        return "may not begin with a blank or one of . - _ ~, nor end with a blank or a dot"
    if name.partition(".")[0].rstrip().upper() in DEVICES:
        return "is a name that Windows keeps for itself"
    if len(name.encode()) > NAME_BYTES:
        return f"may not be longer than {NAME_BYTES} bytes"
    return ""


def _name(name):
    name = one_form(name)
    if problem := name_problem(name):
        raise ValueError(f"{problem} (it names a folder or file)")
    return name


def _control(value):
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise ValueError("must be a number" if isinstance(value, float) else "must be a number, true or false, or a name")


def _rig_setting(value):
    if isinstance(value, bool | str | int | float):
        return value
    positions = value.values() if isinstance(value, dict) else [None]
    if any(isinstance(position, bool) or not isinstance(position, int | float) for position in positions):
        raise ValueError("must be text, a number, true or false, or the numbers of all gains, e.g. {Low: 8, High: 5}")
    return {label: float(position) for label, position in value.items()}


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
    if "\\" in path and not PureWindowsPath(path).anchor:
        raise ValueError("must have / between its folders, on Windows too, e.g. data/recordings/MyAmp/Lead")
    pure = PurePosixPath(path)
    if pure.is_absolute() or PureWindowsPath(path).anchor or ".." in pure.parts:
        raise ValueError(
            "must be a folder inside the project, e.g. data/recordings/MyAmp/Lead (--recordings takes any folder)"
        )
    return path


def _time(value):
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


Name = Annotated[str, AfterValidator(_name)]
Control = Annotated[Any, AfterValidator(_control)]
RigSetting = Annotated[Any, AfterValidator(_rig_setting)]
SecondsOrWhole = Annotated[Any, AfterValidator(_seconds_or_whole)]
Word = _written_as(r"[A-Za-z0-9_][A-Za-z0-9_.@:,+/-]*", "one word of letters, digits and _ . @ : , + / -")
Line = _written_as(r"[^\r\n]+", "one line")
Memory = _written_as(r"[0-9]+ ?[MGT]i?B", "a number and its unit, e.g. 4GB")
Time = Annotated[Any, AfterValidator(_time)]
FolderInside = Annotated[str, AfterValidator(_inside_project)]


class Section(BaseModel):
    """A part of the file: no key that is not named, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
