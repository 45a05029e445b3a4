"""The grammar of a score, token by token: what may be written, and the errors where something else is.

`ultragain.guitar.score` describes the notation and gives the tokens their meaning.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from ultragain.errors import UltraGainError

STRINGS = 6
FRETS = 24
#: Dynamics as levels in dB below a full-force stroke: about the 30 dB that one right hand spans.
DYNAMICS = {"ppp": -30.0, "pp": -24.0, "p": -18.5, "mp": -13.5, "mf": -9.5, "f": -6.0, "ff": -3.0, "fff": 0.0}
PICKUP_POSITIONS = ("bridge", "middle", "neck")
PICKUP_KINDS = ("humbucker", "single")

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
TOKEN = re.compile(r"^([hp]?)([^/*~>^]+)([~>^]*)(?:/([^*~>^]*))?([~>^]*)(?:\*(.*))?$")
_NOTE = re.compile(r"^(\d+):(x|\d+)(?:([bs])(\d+)|(nh|ph))?$")
LENGTH = re.compile(r"^(1|2|4|8|16|32)([.t]?)$")
_PITCH = re.compile(r"^([A-G])([#b]?)([1-4])$")
HELP = "write notes as 6:0, 6:0+5:2, 6:3s5, 6:12nh, [x32010], h2:7, r or -, then ~ > ^, a length as /8, repeats as *4"
#: The highest partial that a finger on an open string can leave alone, and how far (part of the
#: open string) a node may be from its fret.
_HIGHEST_PARTIAL, _NEAR = 6, 0.01


@dataclass(frozen=True)
class Place:
    """What one string does in a token.

    Attributes
    ----------
    string : int
        1 (high) to 6 (low).
    fret : int or None
        None for a dead note, 0 for a natural harmonic.
    bend, slide : int
        Frets upwards; frets up or down.
    partial : int
        A finger touches a node of this partial; 1 if none does.
    pinched : bool
        The thumb touches the string just after the pick, wherever that is.
    """

    string: int
    fret: int | None
    bend: int = 0
    slide: int = 0
    partial: int = 1
    pinched: bool = False


def node(fret):
    """Lowest partial with a node of the open string at a fret, or None if it has none up to the sixth.

    A string that is touched at j / k of its length keeps the partials that are multiples of k.
    """
    at = 1 - 2 ** (-fret / 12)
    for partial in range(2, _HIGHEST_PARTIAL + 1):
        if any(abs(at - j / partial) < _NEAR for j in range(1, partial)):
            return partial
    return None


NODES = [fret for fret in range(1, FRETS + 1) if node(fret)]


def error(number, token, allowed):
    return UltraGainError(f"score, line {number}, '{token}': {allowed}")


def _number(number, words, name, low, high, unit):
    try:
        (value,) = [float(word) for word in words]
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise error(number, " ".join([name, *words]), f"{name} is one number from {low} to {high} {unit}")
    return value


def _tuning(number, words):
    matches = [_PITCH.match(word) for word in words]
    if len(matches) != STRINGS or not all(matches):
        raise error(number, " ".join(["tuning", *words]), "six notes, low to high, as in: tuning E2 A2 D3 G3 B3 E4")
    return tuple(
        12 * (int(octave) + 1) + _SEMITONES[letter] + {"#": 1, "b": -1, "": 0}[sign]
        for letter, sign, octave in (match.groups() for match in matches)
    )


def _pickup(number, words):
    if len(words) != 2 or words[0] not in PICKUP_POSITIONS or words[1] not in PICKUP_KINDS:
        allowed = f"{' | '.join(PICKUP_POSITIONS)}, then {' | '.join(PICKUP_KINDS)}"
        raise error(number, " ".join(["pickup", *words]), allowed)
    return tuple(words)


def time(number, words):
    match = re.match(r"^(\d{1,2})/(2|4|8|16)$", " ".join(words))
    if not match or int(match[1]) == 0:
        raise error(number, " ".join(["time", *words]), "a time signature as 4/4, 3/4, 6/8 or 12/8")
    return Fraction(int(match[1]), int(match[2]))


SETTINGS = {
    "tempo": lambda number, words: _number(number, words, "tempo", 20, 400, "quarter notes a minute"),
    "tuning": _tuning,
    "pickup": _pickup,
    "tone": lambda number, words: _number(number, words, "tone", 0, 10, "of a tone knob"),
    "pick": lambda number, words: _number(number, words, "pick", 0.03, 0.5, "of the string's length"),
    "strum": lambda number, words: _number(number, words, "strum", 0, 100, "milliseconds") / 1000,
    "tail": lambda number, words: _number(number, words, "tail", 0, 10, "seconds"),
}


def unfold(tokens):
    """Write repeats out; every token keeps the line it came from."""
    music, opened = [], None
    for number, token in tokens:
        if token == "|:":
            if opened is not None:
                raise error(number, token, "a repeat inside a repeat: close the first with :|")
            opened = len(music)
            music.append((number, "|"))
        elif token.startswith(":|"):
            match = re.match(r"^:\|(?:x(\d{1,2}))?$", token)
            if opened is None or not match or match[1] in ("0", "00"):
                raise error(number, token, "ends a repeat begun by |: and may say how often, as :|x3 (1 to 99)")
            music += music[opened:] * (int(match[1] or 2) - 1)
            music.append((number, "|"))
            opened = None
        else:
            music.append((number, token))
    if opened is not None:
        raise error(music[opened][0], "|:", "this repeat is never closed with :|")
    return music


def chord(number, token, body):
    """The places of one token, a list of Place."""
    if body.startswith("["):
        return _shape(number, token, body)
    places = [_place(number, token, part) for part in body.split("+")]
    if len({place.string for place in places}) < len(places):
        raise error(number, token, "the same string twice in one chord")
    return places


def _place(number, token, part):
    match = _NOTE.match(part)
    if not match:
        raise error(number, token, HELP)
    string, fret = int(match[1]), None if match[2] == "x" else int(match[2])
    to, harmonic = int(match[4] or 0), match[5]
    if not 1 <= string <= STRINGS:
        raise error(number, token, f"strings are 1 (high) to {STRINGS} (low)")
    if max(fret or 0, to if match[3] == "s" else 0) > FRETS:
        raise error(number, token, f"frets are 0 to {FRETS}, or x for a dead note")
    if fret is None and (match[3] or harmonic):
        raise error(number, token, "a dead note has no pitch to bend, slide or pick out")
    if match[3] == "b" and not 1 <= to - fret <= 4:
        raise error(number, token, "a bend goes 1 to 4 frets up from a fretted note, as 2:8b10")
    if match[3] == "s" and (fret == to or not (fret and to)):
        raise error(number, token, f"a slide goes from one fret to another, 1 to {FRETS}, as 6:3s5")
    if harmonic == "nh":
        partial = node(fret)
        if partial is None:
            raise error(number, token, f"natural harmonics are at frets {', '.join(map(str, NODES))}, as 6:12nh")
        return Place(string, 0, partial=partial)
    bend, slide = (to - fret if match[3] == kind else 0 for kind in "bs")
    return Place(string, fret, bend, slide, pinched=harmonic == "ph")


def _shape(number, token, body):
    inside = body[1:-1] if body.endswith("]") else ""
    frets = inside.split(",") if "," in inside else list(inside)
    known = all(re.match(r"^(x|\d|1\d|2[0-4])$", fret) for fret in frets)
    if len(frets) != STRINGS or not known or set(frets) == {"x"}:
        raise error(number, token, "a shape is six frets, low to high, x for silent: [x32010] or [8,10,10,9,8,8]")
    return [Place(STRINGS - i, int(fret)) for i, fret in enumerate(frets) if fret != "x"]
