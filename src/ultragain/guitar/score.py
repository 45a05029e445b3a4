r"""Guitar parts written down as text.

A score is a few settings, one a line, and then music, token by token::

    tempo 120                 # quarter notes a minute
    time 4/4                  # optional: every bar line is then checked
    pickup bridge humbucker
    tone 6                    # optional: the guitar's tone knob, 0 to 10, 10 is open
    tail 0.6                  # seconds that ring on after the last note

    f pm
    |: 6:0/8 6:0/16*2 open 6:3+5:5/4> pm 6:0/8*4 :|
    mp ring [x32010]/2 2:5/8 h2:7 2:8b10/4~ | r/1

================= ==========================================================================
``6:0``           string 6 (low) to 1 (high), fret 0 to 24; ``6:x`` is a dead note
``6:0+5:2``       several strings at once; ``[x32010]`` or ``[8,10,10,9,8,8]`` a shape, low to high
``2:8b10``        bend from fret 8 to the pitch of fret 10, at most 4 frets up
``6:3s5``         slide from fret 3 to fret 5, up or down, on one stroke; ``6:3s5+5:5s7`` both strings
``6:12nh``        natural harmonic: the open string, touched at a fret that has a node
``3:7ph``         pinch harmonic: the thumb touches the string just after the pick
``h2:7`` ``p2:5`` hammer-on, pull-off: the string sounds on without being picked again
``r`` ``-``       rest (mutes every string); hold (prolongs what came before)
``~`` ``>`` ``^`` after a note or its length: vibrato, accent, up-stroke
``/8`` ``/8.`` ``/8t`` length 1 to 32, dotted, triplet; holds until another is given
``*4``            four times; sixteenths and faster are then picked down and up in turn
``ppp`` .. ``fff`` dynamics
``pm`` ``open``   palm mute on, off
``ring`` ``stop`` let strings ring until they are picked again, or not
``|: ... :|x3``   play three times (``:|`` alone: twice); ``|`` is a bar line
================= ==========================================================================
"""

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ultragain.errors import UltraGainError
from ultragain.guitar import notation

MAX_SECONDS = 600
ACCENT_DB = 3.0
#: From the pick's tip to the edge of the thumb that holds it, a part of the open string.
THUMB = 0.02


@dataclass(frozen=True)
class Note:
    """One string, struck or tapped once.

    Attributes
    ----------
    start, stop : float
        Seconds from the beginning: when the string is struck, and when the hand damps it.
    string, fret : int
        String 1 (high) to 6 (low), fret 0 to 24.
    velocity : float
        Amplitude of the stroke, 1 is full force.
    stroke : int
        Number of the stroke in the score; the notes of a chord share one.
    rank : int
        Place of this note in its stroke: 0 is struck first.
    legato, palm, dead, up, vibrato : bool
        Hammered or pulled, palm-muted, dead, struck upwards, with vibrato.
    bend, slide : int
        Semitones that the note is bent upwards; frets it slides up or down.
    partial : int
        The string is touched at a node of this partial, and keeps its multiples; 1 if it is not.
    held : float
        Seconds the fretting hand stays on the note; bends, slides and vibrato live in them.
    """

    start: float
    stop: float
    string: int
    fret: int
    velocity: float
    stroke: int
    rank: int = 0
    legato: bool = False
    palm: bool = False
    dead: bool = False
    up: bool = False
    vibrato: bool = False
    bend: int = 0
    slide: int = 0
    partial: int = 1
    held: float = 0.0


@dataclass(frozen=True)
class Score:
    """A checked score: settings, and its notes in order of time.

    Attributes
    ----------
    tempo : float
        Quarter notes a minute.
    tuning : tuple of int
        MIDI note numbers of the open strings, string 6 (low) first.
    pickup : tuple of str
        Position and kind.
    tone : float
        The guitar's tone knob, 0 to 10.
    pick : float
        Where the string is struck, as a part of its open length from the bridge.
    strum : float
        Seconds between the first and the last string of a six-string chord.
    tail : float
        Seconds after the music.
    music : float
        Seconds of music, the tail not counted.
    notes : tuple of Note
    """

    tempo: float = 120.0
    tuning: tuple = (40, 45, 50, 55, 59, 64)
    pickup: tuple = ("bridge", "humbucker")
    tone: float = 10.0
    pick: float = 0.12
    strum: float = 0.020
    tail: float = 0.5
    music: float = 0.0
    notes: tuple = field(default=(), repr=False)

    @property
    def seconds(self):
        """Length of the rendered audio, tail included."""
        return self.music + self.tail


def parse(text):
    """Read a score.

    Parameters
    ----------
    text : str
        A score as the head of this module describes it.

    Returns
    -------
    Score

    Raises
    ------
    UltraGainError
        One line that names line and token, and what is allowed there.
    """
    settings, bar, tokens = {}, None, []
    for number, line in enumerate(text.splitlines(), start=1):
        # A sharp in a tuning has no blank before it, a comment does.
        words = re.sub(r"(^|\s)#.*", "", line).split()
        if words and (words[0] in notation.SETTINGS or words[0] == "time"):
            if tokens:
                raise notation.error(number, words[0], "settings come before the music")
            if words[0] == "time":
                bar = notation.time(number, words[1:])
            else:
                settings[words[0]] = notation.SETTINGS[words[0]](number, words[1:])
        else:
            tokens += [(number, word) for word in words]
    reader = _Reader(Score(**settings), bar)
    for number, token in notation.unfold(tokens):
        reader.take(number, token)
    return reader.finish()


class _Reader:
    """Reads tokens one by one and keeps what they change: the time, the loudness, the hands."""

    def __init__(self, score, bar):
        self.score, self.bar = score, bar
        self.now = self.bar_start = Fraction(0)  # in whole notes, exact
        self.length = Fraction(1, 4)
        self.level_db = notation.DYNAMICS["mf"]
        self.palm = self.ringing = False
        self.strokes = 0
        self.notes = []
        self.last = []  # indices of the notes that a hold would prolong

    def seconds(self, whole_notes):
        return float(whole_notes * 240 / Fraction(self.score.tempo))

    def take(self, number, token):
        if token in notation.DYNAMICS:
            self.level_db = notation.DYNAMICS[token]
        elif token in ("pm", "open"):
            self.palm = token == "pm"
        elif token in ("ring", "stop"):
            self.ringing = token == "ring"
            if token == "stop":
                self.damp()
        elif token == "|":
            self.bar_line(number)
        else:
            self.play(number, token)
        if self.seconds(self.now) > MAX_SECONDS:
            raise notation.error(number, token, f"the score is longer than {MAX_SECONDS} seconds")

    def bar_line(self, number):
        beats = self.now - self.bar_start
        if self.bar is not None and beats not in (0, self.bar):
            wrong = f"this bar holds {beats} of a whole note, the time signature asks for {self.bar}"
            raise notation.error(number, "|", wrong)
        self.bar_start = self.now

    def damp(self):
        now = self.seconds(self.now)
        self.notes = [replace(note, stop=min(note.stop, now)) for note in self.notes]

    def play(self, number, token):
        match = notation.TOKEN.match(token)
        if not match:
            raise notation.error(number, token, notation.HELP)
        legato, body, marks, length, more_marks, times = match.groups()
        marks += more_marks
        if length is not None:
            match = notation.LENGTH.match(length)
            if not match:
                allowed = "a length is /1 /2 /4 /8 /16 or /32, dotted as /8. or a triplet as /8t"
                raise notation.error(number, token, allowed)
            self.length = Fraction(1, int(match[1])) * {"": 1, ".": Fraction(3, 2), "t": Fraction(2, 3)}[match[2]]
        if times is not None and not re.match(r"^[1-9]\d?$", times):
            raise notation.error(number, token, "repeats are *1 to *99")
        if body in ("r", "-") and (legato or marks):
            raise notation.error(number, token, "a rest or a hold takes a length and nothing else")
        for count in range(int(times or 1)):
            if body == "r":
                self.damp()
                self.last = []
            elif body == "-":
                self.hold(number, token)
            else:
                alternate = times is not None and self.length <= Fraction(1, 16) and count % 2 == 1
                self.strike(number, token, bool(legato), body, marks, alternate)
            self.now += self.length

    def hold(self, number, token):
        if not self.last:
            raise notation.error(number, token, "a hold needs a note before it")
        longer = self.seconds(self.length)
        for i in self.last:
            note = self.notes[i]
            self.notes[i] = replace(note, stop=note.stop + longer, held=note.held + longer)

    def sounds(self, string):
        now = self.seconds(self.now)
        return any(note.string == string and note.stop >= now - 1e-9 for note in self.notes)

    def strike(self, number, token, legato, body, marks, alternate):
        places = notation.chord(number, token, body)
        if legato and (len(places) > 1 or not self.sounds(places[0].string)):
            raise notation.error(number, token, "a hammer-on or pull-off needs one string that is already sounding")
        if legato and (places[0].partial > 1 or places[0].pinched):
            raise notation.error(number, token, "a harmonic is picked, not hammered or pulled")
        up = ("^" in marks) != alternate
        level_db = min(0.0, self.level_db + ACCENT_DB * (">" in marks))
        start, held = self.seconds(self.now), self.seconds(self.length)
        stop = float("inf") if self.ringing else start + held
        places.sort(key=lambda place: place.string if up else -place.string)
        self.last = []
        for rank, place in enumerate(places):
            self.last.append(len(self.notes))
            self.notes.append(
                Note(
                    start=start,
                    stop=stop,
                    held=held,
                    string=place.string,
                    fret=place.fret or 0,
                    bend=place.bend,
                    slide=place.slide,
                    partial=self.pinched(place) if place.pinched else place.partial,
                    velocity=10 ** (level_db / 20),
                    stroke=self.strokes,
                    rank=rank,
                    legato=legato,
                    palm=self.palm,
                    dead=place.fret is None,
                    up=up,
                    vibrato="~" in marks,
                )
            )
        self.strokes += 1

    def pinched(self, place):
        """Partial whose node is nearest to a thumb just beyond the pick, in what the fret leaves of the string."""
        at = (self.score.pick + THUMB) * 2 ** (place.fret / 12)
        return min(max(round(1 / at), 3), 7)

    def finish(self):
        if not self.notes:
            raise UltraGainError(f"score: no notes; {notation.HELP}")
        return replace(self.score, music=self.seconds(self.now), notes=tuple(self.notes))
