"""What hands do to strings besides playing them: clicks on frets, squeaks, rubbing.

All of it is put into a string like a stroke, so that the string and the pickup colour it as they
colour notes.

References
----------
J. Pakarinen, H. Penttinen, B. Bank, "Analysis of handling noises on wound strings", Journal of the
Acoustical Society of America 122(6), 2007: a finger that slides over a winding excites the string at
the rate of turns it passes, so the squeak's pitch follows the finger's speed.
J. Pakarinen, T. Puputti, V. Valimaki, "Virtual Slide Guitar", Computer Music Journal 32(3), 2008.
"""

import math

import numpy as np
from scipy import signal

#: Metres between nut and bridge.
SCALE = 0.648
#: Corner of the hiss of a finger that slides.
HISS_HZ = 2800.0


def fret_metres(fret):
    """Metres from the nut to a fret."""
    return SCALE * (1 - 2 ** (-fret / 12))


def click(sample_rate, rng):
    """A string that meets a fret: 2 ms of noise that decays within a quarter of a millisecond.

    Parameters
    ----------
    sample_rate : float
        In Hz.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray, shape (round(0.002 * sample_rate),)
        Its first sample is near 1.
    """
    seconds = np.arange(round(0.002 * sample_rate)) / sample_rate
    rough = 1 + 0.5 * rng.standard_normal(len(seconds))
    return np.exp(-seconds / 0.00025) * rough


def squeak(metres, seconds, winding, sample_rate, rng):
    """A finger that travels along a string while it touches it.

    Parameters
    ----------
    metres, seconds : float
        Of the way; the finger speeds up and slows down as a smooth step does.
    winding : float
        Metres from one turn of a wound string to the next; 0 for a plain one, which only hisses.
    sample_rate : float
        In Hz.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray, shape (round(seconds * sample_rate),)
        As loud as the finger is fast: amplitude about 1 at 1 m/s on a wound string.
    """
    n = round(seconds * sample_rate)
    x = (np.arange(n) + 0.5) / max(n, 1)
    speed = metres / seconds * 6 * x * (1 - x)
    hiss = _soft(rng.standard_normal(n), HISS_HZ, sample_rate)
    if not winding:
        return 0.3 * speed * hiss
    # The turns are even; the pressure of a finger is not.
    turns = np.cumsum(speed) / sample_rate / winding
    pressure = 1 + 0.5 * _soft(rng.standard_normal(n), 60.0, sample_rate)
    return speed * (pressure * np.sin(2 * math.pi * (turns + rng.random())) + 0.5 * hiss)


def rub(seconds, cutoff, sample_rate, rng):
    """Skin or a pick that shifts on a string.

    Parameters
    ----------
    seconds : float
    cutoff : float
        Hz: the softer what rubs, the lower.
    sample_rate : float
        In Hz.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray, shape (round(seconds * sample_rate),)
        RMS near 1 in its middle, from nothing to nothing.
    """
    n = round(seconds * sample_rate)
    return np.hanning(n) * _soft(rng.standard_normal(n), cutoff, sample_rate)


def _soft(noise, cutoff, sample_rate):
    """Noise through two equal one-pole low-passes, RMS kept near 1."""
    pole = math.exp(-2 * math.pi * cutoff / sample_rate)
    power = (1 - pole) ** 4 * (1 + pole**2) / (1 - pole**2) ** 3
    return signal.lfilter([(1 - pole) ** 2 / math.sqrt(power)], [1, -2 * pole, pole**2], noise)
