"""Two hands that play a score: when they strike and let go, and the excitation that they put into a string.

Figures are ours, set against recordings of real guitars.
"""

from collections import Counter
from dataclasses import replace

import numpy as np

from ultragain.guitar import noises, waveguide

#: The force of a pick that crosses n strings is, on each of them, n to this power of its full force.
CROSSING = -0.35
#: From this force on, a pick that leaves a chord may brush the muted string beside it.
BRUSH_FROM, BRUSH_CHANCE = 0.4, 0.4

#: Metres from one turn to the next on strings 1 (high) to 6 (low): the wire they are wound with.
WINDING = (0.0, 0.0, 0.0, 0.00020, 0.00028, 0.00036)
#: Levels beside a full-force stroke: a finger that lands on a fret, hammers, lifts off, slides at
#: 1 m/s, a pick that settles on the string, and a hand that shifts on a muted one.
LAND, HAMMER, LIFT, SLIDE, SETTLE, RUB = 0.02, 0.10, 0.005, 0.012, 0.04, 0.0006
#: Corners of what skin and a pick put into a string, in Hz.
SKIN_HZ, PICK_HZ = 450.0, 5000.0
#: Shifts of the hand on each string it mutes, a second.
RUBS = 6.0
#: Metres a second: a finger that stays on the string travels no faster.
FASTEST = 2.5
#: Frets from which on a finger may slide to its next note rather than step.
SHIFT_FROM = 2


def perform(score, rng):
    """When and how hard each note is really struck, and when it is let go.

    Parameters
    ----------
    score : Score
    rng : np.random.Generator

    Returns
    -------
    list of Note
        In order of time, milliseconds off the score; muted strings that the pick brushes are
        dead notes of their own.
    """
    size = Counter(note.stroke for note in score.notes)
    lateness = np.clip(rng.normal(0, 0.002, 1 + max(size)), -0.004, 0.004)
    spread = score.strum / 5 * rng.uniform(0.7, 1.3, len(lateness))
    played = []
    for note in score.notes:
        start = max(0.0, note.start + lateness[note.stroke] + note.rank * spread[note.stroke])
        stop = max(start + 0.03, note.stop + np.clip(rng.normal(0, 0.008), -0.016, 0.016))
        played.append(replace(note, start=start, stop=stop, velocity=note.velocity * size[note.stroke] ** CROSSING))
    played += _brushed(score, played, size, rng)
    played.sort(key=lambda note: note.start)
    after, released = {}, []
    for note in reversed(played):
        released.append(_released(note, after.get(note.string)))
        after[note.string] = note
    return released[::-1]


def _brushed(score, played, size, rng):
    """Dead notes beside chords that are struck hard, where the score leaves the next string alone."""
    brushed = []
    for note in played:
        string = note.string + (1 if note.up else -1)
        if note.rank + 1 < size[note.stroke] or note.rank == 0 or not 1 <= string <= 6:
            continue
        hit = rng.random() < BRUSH_CHANCE
        force = note.velocity * rng.uniform(0.1, 0.3)
        free = not any(other.string == string and other.start - 0.1 < note.start < other.stop for other in played)
        if hit and free and note.velocity > BRUSH_FROM:
            start = note.start + score.strum / 5
            brushed.append(
                replace(
                    note,
                    string=string,
                    fret=0,
                    start=start,
                    stop=start + 0.05,
                    velocity=force,
                    dead=True,
                    bend=0,
                    slide=0,
                    partial=1,
                    vibrato=False,
                )
            )
    return brushed


def _released(note, following):
    """A finger that has another fret to go to leaves a moment before that is struck."""
    if following is None or following.legato or following.fret in (end_fret(note), 0):
        return note
    way = 0.012 + 0.004 * abs(following.fret - end_fret(note))
    return replace(note, stop=min(note.stop, following.start - min(way, 0.25 * (following.start - note.start))))


def end_fret(note):
    """Where the finger is when the note ends."""
    return note.fret + note.slide


def slide_times(note):
    """Seconds after the stroke at which the finger sets off, and how long it travels."""
    return 0.3 * note.held, min(0.03 + 0.025 * abs(note.slide), 0.4 * note.held)


def excite(string, played, score, open_hz, n, sample_rate, rng):
    """All that hands and pick put into one string.

    Parameters
    ----------
    string : int
        1 (high) to 6 (low).
    played : list of Note
        Of this string, in order of time.
    score : Score
        What was played.
    open_hz : float
        The open string's fundamental in Hz.
    n : int
        Samples to render.
    sample_rate : float
        In Hz.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray, shape (n,)
        Excitation for `waveguide.vibrate`.
    """
    hand = _Hand(string, score, open_hz, n, sample_rate, rng)
    quiet_from, before = 0.0, None
    for note in played:
        hand.arrive(before, note)
        hand.strike(note)
        if note.slide:
            begin, travel = slide_times(note)
            hand.slide(note.start + begin, note.fret, end_fret(note), travel, rng.uniform(0.7, 1.3))
        # Whoever strikes hard also lets go hard.
        hand.rub(note.stop, rng.uniform(0.06, 0.2), LIFT * note.velocity**0.5 * rng.uniform(0.2, 1.0))
        hand.rest(quiet_from, note.start - 0.03)
        quiet_from, before = note.stop + 0.02, note
    hand.rest(quiet_from, n / sample_rate)
    return hand.excitation


class _Hand:
    """Both hands at one string, and all they put into it so far."""

    def __init__(self, string, score, open_hz, n, sample_rate, rng):
        self.winding, self.score, self.open_hz = WINDING[string - 1], score, open_hz
        self.sample_rate, self.rng = sample_rate, rng
        self.excitation = np.zeros(n)

    def add(self, seconds, sound):
        """Put a sound in from a moment on; the part outside the music is cut off."""
        if seconds * self.sample_rate >= len(self.excitation):
            return
        first = round(seconds * self.sample_rate)
        sound = sound[max(0, -first) : max(0, len(self.excitation) - first)]
        first = max(0, first)
        self.excitation[first : first + len(sound)] += sound

    def arrive(self, before, note):
        """The finger comes to its fret, perhaps along the string, and presses it down."""
        if note.legato or note.dead or not note.fret:
            return
        moves = abs(note.fret - end_fret(before)) if before and before.fret else 0
        if moves >= SHIFT_FROM and note.start - before.stop < 0.5:
            travel = min(0.12, max(note.start - before.stop, 0.02))
            # A hand does not always leave the string when it moves, but it does when it has to jump.
            pressure = self.rng.uniform(0.0, 0.5)
            if _metres(end_fret(before), note.fret) < FASTEST * travel:
                self.slide(note.start - 0.01 - travel, end_fret(before), note.fret, travel, pressure)
        if moves or not before or before.stop < note.start:
            landing = LAND * self.rng.uniform(0.3, 1.0)
            self.add(note.start - self.rng.uniform(0.008, 0.03), landing * noises.click(self.sample_rate, self.rng))

    def strike(self, note):
        """The pick settles on the string and lets it go, or a finger hammers it down or pulls it off."""
        rng = self.rng
        velocity = note.velocity * 10 ** (np.clip(rng.normal(0, 1.1), -2.2, 2.2) / 20)
        at = self.score.pick * rng.uniform(0.85, 1.15)
        cutoff = (800 + 3400 * note.velocity**0.5) * rng.uniform(0.85, 1.15)
        scrape = 0.06 * rng.uniform(0.5, 1.5)
        if note.legato:
            velocity, cutoff, scrape, at = 0.3 * velocity, 0.5 * cutoff, 0.0, 0.4
            if note.fret:
                self.add(note.start, HAMMER * note.velocity * noises.click(self.sample_rate, rng))
        else:
            settling, pressure = rng.uniform(0.01, 0.035), SETTLE * note.velocity * rng.uniform(0.1, 1.0)
            self.add(note.start - settling, pressure * noises.rub(settling, PICK_HZ, self.sample_rate, rng))
        if note.palm or note.dead:
            cutoff, scrape = 0.6 * cutoff, 2 * scrape
        burst, release = waveguide.pluck_burst(
            -velocity if note.up else velocity, at / self.open_hz, cutoff, scrape, self.sample_rate, rng
        )
        if note.partial > 1:
            period = self.sample_rate / (self.open_hz * 2 ** (note.fret / 12))
            burst = waveguide.touched(burst, period, note.partial, rng)
        self.add(note.start - release / self.sample_rate, burst)

    def slide(self, seconds, fret, to, travel, pressure):
        metres = min(_metres(fret, to), FASTEST * travel)
        self.add(seconds, SLIDE * pressure * noises.squeak(metres, travel, self.winding, self.sample_rate, self.rng))

    def rub(self, seconds, length, level):
        self.add(seconds, level * noises.rub(length, SKIN_HZ, self.sample_rate, self.rng))

    def rest(self, begin, end):
        """Shifts of a hand that mutes the string, at independent random moments."""
        if end <= begin:
            return
        for moment in self.rng.uniform(begin, end, self.rng.poisson(RUBS * (end - begin))):
            level = RUB * 10 ** (np.clip(self.rng.normal(0, 4), -8, 8) / 20)
            self.rub(moment, min(self.rng.uniform(0.08, 0.4), end - moment), level)


def _metres(fret, to):
    return abs(noises.fret_metres(to) - noises.fret_metres(fret))
