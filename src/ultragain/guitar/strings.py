"""A guitar that plays a score: six strings, a pickup and the input of an audio interface.

The hands are in `ultragain.guitar.hands`, a string alone in `ultragain.guitar.waveguide`;
here each note becomes the pitch, the stiffness and the losses that a string has while it sounds.
Figures for strings are ours, set by ear and against recordings of real guitars, inside what Lindroos,
Penttinen & Valimaki, "Parametric Electric Guitar Synthesis", Computer Music Journal 35(3), 2011, and
Smith, PASP, "Making Virtual Electric Guitars", 2010, give.
"""

import math

import numpy as np
from scipy import signal

from ultragain.errors import UltraGainError
from ultragain.guitar import hands, pickups, waveguide
from ultragain.guitar.score import Score, parse

#: One gain for everything ever rendered, so that riffs keep their loudness to one another: the
#: loudest stroke of the library's music then peaks near -3 dBFS.
CALIBRATION = 0.135
NOISE_DBFS = -96.0
#: Below, the highest fret's period is too short for the loop's filters.
SAMPLE_RATES = (22_050, 192_000)

#: For strings 1 (high) to 6 (low): inharmonicity B of the open string, seconds to fall by 60 dB at
#: the fundamental and at waveguide.HIGH, and how loud the magnet makes its gauge.
INHARMONICITY = (4e-5, 7e-5, 1.3e-4, 2.5e-5, 3e-5, 4e-5)
T60 = (6.0, 7.0, 7.5, 9.5, 10.5, 11.5)
T60_HIGH = (2.6, 2.6, 2.4, 2.2, 2.1, 2.0)
LOUDNESS = (0.70, 0.75, 0.90, 0.90, 0.95, 1.00)

#: Decay times under the edge of the hand on the bridge, under a flat hand, and of a released string.
PALM = (1.10, 0.075)
DEAD = (0.06, 0.02)
DAMPED = (0.10, 0.04)
#: The polarisation across the frets decays this much faster: the fast first part of every decay.
SECOND_T60 = 0.30

#: What of a string's velocity wave the bridge passes on to another string (one way between strings,
#: after Karjalainen, Valimaki & Tolonen, "Plucked-String Models", CMJ 22(3), 1998).
COUPLING = 0.001


def render(score, sample_rate, rng):
    """Play a score.

    Parameters
    ----------
    score : str or Score
        Text as `ultragain.guitar.score` describes it, or what it was parsed to.
    sample_rate : float
        In Hz, 22,050 to 192,000.
    rng : np.random.Generator
        The player's hand and the interface's noise: the same state gives the same samples.

    Returns
    -------
    np.ndarray, shape (round(score.seconds * sample_rate),)
        float64, linear amplitude; 1.0 is 0 dBFS and 1 V at the amplifier's input jack.

    Raises
    ------
    UltraGainError
        If the score cannot be read, or the sample rate is outside its range.
    """
    if not SAMPLE_RATES[0] <= sample_rate <= SAMPLE_RATES[1]:
        low, high = SAMPLE_RATES
        raise UltraGainError(f"sample rate {sample_rate}: guitars are rendered at {low} to {high} Hz")
    if not isinstance(score, Score):
        score = parse(score)
    position, output = pickups.AT[score.pickup[0]]
    half, frequency, q = pickups.COILS[score.pickup[1]]
    played = hands.perform(score, rng)
    n = round(score.seconds * sample_rate)
    heard, bridge = np.zeros(n), np.zeros(n)
    # Only low strings drive high ones, whose partials are among theirs: without feedback this is stable.
    for string in range(6, 0, -1):
        notes = [note for note in played if note.string == string]
        player = _String(score, string, rng.uniform(0.3, 1.0), sample_rate, n)
        excitation = hands.excite(string, notes, score, player.open_hz, n, sample_rate, rng)
        wave = waveguide.vibrate(excitation + COUPLING * bridge, player.control(notes, rng), waveguide.SECOND)
        bridge += wave
        coils = {(position - half) / player.open_hz, (position + half) / player.open_hz}
        heard += LOUDNESS[string - 1] * pickups.position_comb(wave, sorted(coils), sample_rate)
    electric = signal.lfilter(*pickups.resonance(frequency, q, score.tone, sample_rate), heard)
    noise = 10 ** (NOISE_DBFS / 20) * rng.standard_normal(n)
    return CALIBRATION * output * electric + noise


class _String:
    """One string under the hands: pitch, losses and stiffness, row by row of a control table."""

    def __init__(self, score, string, detune, sample_rate, n):
        self.string, self.detune, self.sample_rate, self.n = string, detune, sample_rate, n
        self.open_hz = 440 * 2 ** ((score.tuning[6 - string] - 69) / 12)
        rows = n // waveguide.HOP + 2
        self.hz, self.cents, self.touch = np.full(rows, self.open_hz), np.zeros(rows), np.ones(rows)
        self.gain, self.gain_2, self.pole, self.stiffness = np.zeros((4, rows))
        # Until it is played, a hand mutes it.
        self.lose(DAMPED, 0, 0, rows, 0.0)
        self.stiffen(0, 0, rows, 0.0)

    def pitch(self, fret):
        return self.open_hz * 2 ** (fret / 12)

    def row(self, seconds):
        """Row of the control table at a moment."""
        return min(max(0, round(seconds * self.sample_rate / waveguide.HOP)), self.n // waveguide.HOP + 1)

    def control(self, played, rng):
        """Control table for `waveguide.vibrate`."""
        end = self.n / self.sample_rate
        before = None
        following = [note.start for note in played[1:]] + [math.inf]
        for note, after in zip(played, following, strict=False):
            # The finger is down, and the pick on the string, a moment before the stroke.
            start, after = note.start, min(after - 0.002, end)
            first, last = self.row(start - 0.002), self.row(after) + 1
            if before is not None and not note.legato:
                self.hush(start, self.pitch(hands.end_fret(before)))
            times = self.decay(note, rng)
            self.lose(times, note.fret, first, last, 0.002)
            self.stiffen(note.fret, first, last, 0.002)
            _ramp(self.hz, first, last, self.row(0.003), self.pitch(note.fret))
            landed = hands.end_fret(note)
            if note.slide:
                begin, travel = hands.slide_times(note)
                off = self.row(start + begin)
                self.lose(times if note.palm else self.ringing(landed), landed, off, last, travel)
                self.stiffen(landed, off, last, travel)
            if note.stop < after:
                self.lose(DAMPED, landed, self.row(note.stop), last, rng.uniform(0.004, 0.02))
            moments = (np.arange(first, last) * waveguide.HOP) / self.sample_rate - start
            self.cents[first:last] = self.bending(note, moments, rng)
            before = note
        hz = self.hz * 2 ** (self.cents / 1200)
        filters = waveguide.loss_delay(self.pole, 2 * np.pi * hz / self.sample_rate)
        filters += waveguide.stiffness_delay(self.stiffness, 2 * np.pi * hz / self.sample_rate)
        period = self.sample_rate / hz
        slower = period * 2 ** (self.detune / 1200)
        gains = self.gain * self.touch, self.gain_2 * self.touch
        return np.stack([period - filters, slower - filters, *gains, self.pole, self.stiffness], axis=1)

    def decay(self, note, rng):
        """Seconds to fall by 60 dB, at the fundamental and at `waveguide.HIGH`."""
        if note.dead:
            return DEAD
        if note.palm:
            pressure = rng.uniform(0.75, 1.3)
            return PALM[0] * pressure, PALM[1] * pressure
        return self.ringing(note.fret)

    def ringing(self, fret):
        # Short strings lose more: their ends move more often.
        shorter = 2 ** (-fret / 24)
        return T60[self.string - 1] * shorter, T60_HIGH[self.string - 1] * shorter

    def lose(self, times, fret, first, last, seconds):
        """Let the two polarisations lose energy as asked from a row on; the second loses it faster."""
        gain, pole = waveguide.loop_filter(self.pitch(fret), *times, self.sample_rate)
        faster = 10 ** (-3 / self.pitch(fret) * (1 / SECOND_T60 - 1) / times[0])
        for curve, target in ((self.gain, gain), (self.gain_2, gain * faster), (self.pole, pole)):
            _ramp(curve, first, last, self.row(seconds), target)

    def stiffen(self, fret, first, last, seconds):
        """What is left of the string is as stiff as the whole, and shorter."""
        curl = INHARMONICITY[self.string - 1] * 4 ** (fret / 12)
        coefficient = waveguide.stiffness_coefficient(self.sample_rate / self.pitch(fret), curl)
        _ramp(self.stiffness, first, last, self.row(seconds), coefficient)

    def hush(self, start, hz):
        """The pick lands: the wave still on the string passes it once, and loses 20 dB."""
        down, fade = self.row(start - 0.006), max(1, self.row(0.002))
        up = down + fade + self.row(1 / hz)
        _ramp(self.touch, down, up, fade, 0.1)
        _ramp(self.touch, up, len(self.touch), fade, 1.0)

    def bending(self, note, moments, rng):
        """Cents above the fret at times after the stroke, shape as `moments`."""
        after = np.maximum(moments, 0)
        # A hard stroke stretches the string; low, slack strings most (Lindroos et al. 2011).
        cents = (2 + 2 * self.string) * note.velocity**2 * np.exp(-after / 0.12)
        if note.bend:
            begin, length = 0.15 * note.held, min(0.15, 0.5 * note.held)
            cents += 100 * note.bend * _smooth((after - begin) / length)
        if note.slide:
            begin, length = hands.slide_times(note)
            way = _frets(abs(note.slide) * _smooth((after - begin) / length))
            cents += math.copysign(100, note.slide) * way
        if note.vibrato:
            rate, depth = rng.uniform(4.8, 5.8), rng.uniform(15, 25)
            # A finger can only stretch the string, never slacken it.
            swing = 1 - np.cos(2 * np.pi * rate * np.maximum(after - 0.15, 0))
            cents += depth * swing * _smooth((after - 0.15) / 0.2)
        return cents


def _frets(way):
    """Frets that sound while a finger slides: between two frets the string ends at the one last passed."""
    whole = np.floor(way)
    return whole + _smooth((way - whole - 0.35) / 0.3)


def _smooth(x):
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _ramp(curve, first, last, rows, target):
    """Go from a curve's present value to another in some rows, and stay there to row `last`."""
    last = min(last, len(curve))
    if first >= last:
        return
    present = curve[first - 1] if first else target
    rows = max(1, rows)
    curve[first:last] = target
    short = min(rows, last - first)
    curve[first : first + short] = present + (target - present) * np.arange(1, short + 1) / rows
