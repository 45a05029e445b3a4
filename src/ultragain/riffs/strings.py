"""A guitar that plays a score: hands, six strings, a pickup and the input of an audio interface.

The strings themselves are in `ultragain.riffs.waveguide`; here each stroke of the score becomes
what a player does to them. Figures for strings and hands are ours, set by ear and against
recordings of real guitars, inside what Lindroos, Penttinen & Valimaki, "Parametric Electric Guitar
Synthesis", Computer Music Journal 35(3), 2011, and Smith, PASP, "Making Virtual Electric Guitars",
2010, give.
"""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
from scipy import signal

from ultragain.errors import UltraGainError
from ultragain.riffs import waveguide
from ultragain.riffs.score import Score, parse

#: One gain for everything ever rendered, so that riffs keep their loudness to one another: the
#: loudest stroke of the library's music then peaks near -3 dBFS.
CALIBRATION = 0.123
NOISE_DBFS = -85.0
#: Below, the highest fret's period is too short for the loop's filters.
SAMPLE_RATES = (22_050, 192_000)

#: For strings 1 (high) to 6 (low): inharmonicity B of the open string, seconds to fall by 60 dB at
#: the fundamental and at waveguide.HIGH, and how loud the magnet makes its gauge.
INHARMONICITY = (4e-5, 7e-5, 1.3e-4, 2.5e-5, 3e-5, 4e-5)
T60 = (4.5, 5.0, 5.5, 7.0, 7.5, 8.0)
T60_HIGH = (2.4, 2.4, 2.2, 2.0, 1.9, 1.8)
LOUDNESS = (0.70, 0.75, 0.90, 0.90, 0.95, 1.00)

#: Decay times under the edge of the hand on the bridge, under a flat hand, and of a released string.
PALM = (0.50, 0.06)
DEAD = (0.06, 0.02)
DAMPED = (0.15, 0.06)
#: The polarisation across the frets dies this much sooner: the fast first part of every decay.
SECOND_T60 = 0.15
#: A pick that crosses n strings lends each of them the n-th part to this power of its force.
CROSSING = -0.35

#: Position (part of the open string, from the bridge) and output; middle of the coils.
PICKUP_AT = {"bridge": (0.065, 1.7), "middle": (0.15, 1.1), "neck": (0.25, 1.0)}
#: Half the distance between coils (part of the open string), resonance in Hz and its Q.
PICKUP_COILS = {"humbucker": (0.014, 2800.0, 1.3), "single": (0.0, 4200.0, 2.0)}


def render(score, sample_rate, rng):
    """Play a score.

    Parameters
    ----------
    score : str or Score
        Text as `ultragain.riffs.score` describes it, or what it was parsed to.
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
    position, output = PICKUP_AT[score.pickup[0]]
    half, resonance, q = PICKUP_COILS[score.pickup[1]]
    strokes = _hand(score, rng)
    n = round(score.seconds * sample_rate)
    heard = np.zeros(n)
    for string in range(1, 7):
        played = [(start, note) for start, note in strokes if note.string == string]
        # Drawn for silent strings too: leaving one out must not change how the others are played.
        detune = rng.uniform(0.3, 1.0)
        if played:
            player = _String(score, string, detune, sample_rate, n)
            wave = waveguide.vibrate(player.pluck(played, rng), player.control(played, rng), waveguide.SECOND)
            coils = {(position - half) / player.open_hz, (position + half) / player.open_hz}
            heard += LOUDNESS[string - 1] * waveguide.position_comb(wave, sorted(coils), sample_rate)
    electric = signal.sosfilt(waveguide.pickup_filter(resonance, q, sample_rate), heard)
    noise = 10 ** (NOISE_DBFS / 20) * rng.standard_normal(n)
    return CALIBRATION * output * electric + noise


def _hand(score, rng):
    """When and how hard each note is really struck: (seconds, note), milliseconds beside the score."""
    size = Counter(note.stroke for note in score.notes)
    lateness = np.clip(rng.normal(0, 0.002, 1 + max(size)), -0.004, 0.004)
    spread = score.strum / 5 * rng.uniform(0.7, 1.3, len(lateness))
    return [
        (
            max(0.0, note.start + lateness[note.stroke] + note.rank * spread[note.stroke]),
            replace(note, velocity=note.velocity * size[note.stroke] ** CROSSING),
        )
        for note in score.notes
    ]


class _String:
    """What the hands do to one string, as an excitation and as control curves."""

    def __init__(self, score, string, detune, sample_rate, n):
        self.score, self.string, self.detune = score, string, detune
        self.sample_rate, self.n = sample_rate, n
        self.open_hz = 440 * 2 ** ((score.tuning[6 - string] - 69) / 12)

    def hz(self, note):
        return self.open_hz * 2 ** (note.fret / 12)

    def row(self, seconds):
        """Row of the control table in which a moment lies."""
        return min(max(0, round(seconds * self.sample_rate / waveguide.HOP)), self.n // waveguide.HOP + 1)

    def pluck(self, played, rng):
        """Excitation of all strokes, shape (n_samples,)."""
        excitation = np.zeros(self.n)
        for start, note in played:
            velocity = note.velocity * 10 ** (np.clip(rng.normal(0, 0.8), -1.6, 1.6) / 20)
            at = self.score.pick * rng.uniform(0.9, 1.1)
            cutoff = 800 + 3400 * note.velocity**0.5
            scrape = 0.06
            if note.legato:
                velocity, cutoff, scrape, at = 0.3 * velocity, 0.5 * cutoff, 0.0, 0.4
            elif note.palm or note.dead:
                cutoff, scrape = 0.6 * cutoff, 2 * scrape
            burst, release = waveguide.pluck_burst(
                -velocity if note.up else velocity, at / self.open_hz, cutoff, scrape, self.sample_rate, rng
            )
            first = round(start * self.sample_rate) - release
            burst = burst[max(0, -first) : max(0, self.n - first)]
            first = max(0, first)
            excitation[first : first + len(burst)] += burst
        return excitation

    def control(self, played, rng):
        """Control table for `waveguide.vibrate`."""
        rows = self.n // waveguide.HOP + 2
        hz, cents, touch = np.full(rows, self.open_hz), np.zeros(rows), np.ones(rows)
        gain, gain_2, pole, stiffness = np.zeros((4, rows))
        before = None
        for (start, note), (following, _) in zip(played, [*played[1:], (math.inf, None)], strict=True):
            # The finger is down, and the pick on the string, a moment before the stroke.
            first = self.row(start - 0.002)
            last = self.row(min(following - 0.002, self.n / self.sample_rate)) + 1
            if before is not None and not note.legato:
                self.hush(touch, start, self.hz(before))
            times = self.decay(note, rng)
            self.loss((gain, gain_2, pole), first, last, 0.002, note, times)
            _ramp(hz, first, last, self.row(0.003), self.hz(note))
            curl = INHARMONICITY[self.string - 1] * 4 ** (note.fret / 12)
            _ramp(
                stiffness, first, last, self.row(0.002),
                waveguide.stiffness_coefficient(self.sample_rate / self.hz(note), curl),
            )  # fmt: skip
            if note.stop < following - 0.002 and note.stop < self.n / self.sample_rate:
                self.loss((gain, gain_2, pole), self.row(note.stop), last, 0.008, note, DAMPED)
            moments = (np.arange(first, last) * waveguide.HOP) / self.sample_rate - start
            cents[first:last] = self.bending(note, moments, rng)
            before = note
        hz *= 2 ** (cents / 1200)
        filters = waveguide.loss_delay(pole, 2 * np.pi * hz / self.sample_rate)
        filters += waveguide.stiffness_delay(stiffness, 2 * np.pi * hz / self.sample_rate)
        period = self.sample_rate / hz
        slower = period * 2 ** (self.detune / 1200)
        return np.stack([period - filters, slower - filters, gain * touch, gain_2 * touch, pole, stiffness], axis=1)

    def decay(self, note, rng):
        """Seconds to fall by 60 dB, at the fundamental and at `waveguide.HIGH`."""
        if note.dead:
            return DEAD
        if note.palm:
            pressure = rng.uniform(0.75, 1.3)
            return PALM[0] * pressure, PALM[1] * pressure
        # Short strings lose more: their ends move more often.
        shorter = 2 ** (-note.fret / 24)
        return T60[self.string - 1] * shorter, T60_HIGH[self.string - 1] * shorter

    def loss(self, curves, first, last, seconds, note, times):
        """Let the two polarisations lose energy as asked from a row on; the second loses it faster."""
        gain, pole = waveguide.loop_filter(self.hz(note), *times, self.sample_rate)
        faster = 10 ** (-3 / self.hz(note) * (1 / SECOND_T60 - 1) / times[0])
        for curve, target in zip(curves, (gain, gain * faster, pole), strict=True):
            _ramp(curve, first, last, self.row(seconds), target)

    def hush(self, touch, start, hz):
        """The pick lands: what the string still carried passes it once, and loses 20 dB."""
        down, fade = self.row(start - 0.006), max(1, self.row(0.002))
        up = down + fade + self.row(1 / hz)
        _ramp(touch, down, up, fade, 0.1)
        _ramp(touch, up, len(touch), fade, 1.0)

    def bending(self, note, moments, rng):
        """Cents above the fret at times after the stroke, shape as `moments`."""
        after = np.maximum(moments, 0)
        # A hard stroke stretches the string; low, slack strings most (Lindroos et al. 2011).
        cents = (2 + 2 * self.string) * note.velocity**2 * np.exp(-after / 0.12)
        if note.bend:
            begin, length = 0.15 * note.held, min(0.15, 0.5 * note.held)
            cents += 100 * note.bend * _smooth((after - begin) / length)
        if note.vibrato:
            rate, depth = rng.uniform(4.8, 5.8), rng.uniform(15, 25)
            # A finger can only stretch the string, never slacken it.
            swing = 1 - np.cos(2 * np.pi * rate * np.maximum(after - 0.15, 0))
            cents += depth * swing * _smooth((after - 0.15) / 0.2)
        return cents


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
