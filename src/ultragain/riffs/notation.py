"""The grammar of a score, token by token: what may be written, and what to say when it is not.

`ultragain.riffs.score` describes the notation and gives the tokens their meaning.
"""

import re
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
_NOTE = re.compile(r"^(\d+):(x|\d+)(?:b(\d+))?$")
LENGTH = re.compile(r"^(1|2|4|8|16|32)([.t]?)$")
_PITCH = re.compile(r"^([A-G])([#b]?)([1-4])$")
HELP = "write notes as 6:0, 6:0+5:2, [x32010], h2:7, r or -, then ~ > ^, a length as /8, repeats as *4"


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
    """Strings, frets (None: dead) and bends of one token."""
    if body.startswith("["):
        return _shape(number, token, body)
    places = []
    for part in body.split("+"):
        match = _NOTE.match(part)
        if not match:
            raise error(number, token, HELP)
        string, fret = int(match[1]), None if match[2] == "x" else int(match[2])
        if not 1 <= string <= STRINGS:
            raise error(number, token, f"strings are 1 (high) to {STRINGS} (low)")
        if fret is not None and fret > FRETS:
            raise error(number, token, f"frets are 0 to {FRETS}, or x for a dead note")
        bend = int(match[3]) - (fret or 0) if match[3] else 0
        if match[3] and (fret is None or not 1 <= bend <= 4):
            raise error(number, token, "a bend goes 1 to 4 frets up from a fretted note, as 2:8b10")
        places.append((string, fret, bend))
    if len({place[0] for place in places}) < len(places):
        raise error(number, token, "the same string twice in one chord")
    return places


def _shape(number, token, body):
    inside = body[1:-1] if body.endswith("]") else ""
    frets = inside.split(",") if "," in inside else list(inside)
    known = all(re.match(r"^(x|\d|1\d|2[0-4])$", fret) for fret in frets)
    if len(frets) != STRINGS or not known or set(frets) == {"x"}:
        raise error(number, token, "a shape is six frets, low to high, x for silent: [x32010] or [8,10,10,9,8,8]")
    return [(STRINGS - i, int(fret), 0) for i, fret in enumerate(frets) if fret != "x"]
