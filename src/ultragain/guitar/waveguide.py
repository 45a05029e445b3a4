"""One plucked string as a digital waveguide.

The string is a delay line one period long that feeds itself through a loss filter and a cascade of
all-passes (stiffness). What travels in it is velocity, which is what a magnetic pickup senses, so an
ideal pluck is a rectangle as long as the round trip from the pick to the bridge.

References
----------
K. Karplus, A. Strong, "Digital Synthesis of Plucked-String and Drum Timbres", Computer Music Journal 7(2), 1983.
D. Jaffe, J. O. Smith, "Extensions of the Karplus-Strong Plucked-String Algorithm", CMJ 7(2), 1983.
J. O. Smith, "Physical Audio Signal Processing" (PASP), 2010, "Making Virtual Electric Guitars".
N. Lindroos, H. Penttinen, V. Valimaki, "Parametric Electric Guitar Synthesis", CMJ 35(3), 2011.
"""

import math

import numpy as np
from scipy import signal

from ultragain.compiled import compiled

#: Frequency at which the second decay time of a string is given.
HIGH = 3000.0
STAGES = 4
#: Samples between two rows of a control table; the kernel interpolates linearly.
HOP = 16
#: Columns of a control table.
DELAY, DELAY_2, GAIN, GAIN_2, POLE, STIFFNESS = range(6)
#: Share of the second polarisation (parallel to the body) that the pickup senses.
SECOND = 0.8


def loop_filter(frequency, t60, t60_high, sample_rate):
    """One-pole loss filter that gives a string two decay times.

    The loop's gain over one period T is 10**(-3 T / t60) at the fundamental, and
    at `HIGH` what the decay there asks for.

    Parameters
    ----------
    frequency : float
        Fundamental in Hz.
    t60, t60_high : float
        Seconds in which the fundamental, and a partial at `HIGH`, fall by 60 dB.
    sample_rate : float
        In Hz.

    Returns
    -------
    gain, pole : float
        Of H(z) = gain (1 - pole) / (1 - pole z^-1).

    References
    ----------
    Jaffe & Smith 1983 (decay by loop gain); Smith, PASP, "Loss filters".
    """
    wanted = 10 ** (-3 / (frequency * t60))
    # With a fundamental close to HIGH both conditions would be one: set the second an octave higher.
    high = max(HIGH, 2 * frequency)
    ratio = min(10 ** (-3 / (frequency * t60_high)) / wanted, 1 - 1e-9)
    w, w_high = 2 * math.pi * frequency / sample_rate, 2 * math.pi * min(high / sample_rate, 0.45)
    # |H(w_high)| / |H(w)| = ratio is a quadratic in the pole, and its roots are each other's inverse.
    beta = (math.cos(w) - ratio**2 * math.cos(w_high)) / (1 - ratio**2)
    # One pole can fall no steeper than this; only a dead string would need more.
    beta = max(beta, 1.001)
    pole = beta - math.sqrt(beta**2 - 1)
    magnitude = (1 - pole) / math.sqrt(1 - 2 * pole * math.cos(w) + pole**2)
    # Below one at DC, so that an offset that a bend leaves there decays.
    return min(wanted / magnitude, 0.99999), pole


def loss_delay(pole, w):
    """Phase delay of the loss filter in samples at `w` radians a sample."""
    return np.arctan2(pole * np.sin(w), 1 - pole * np.cos(w)) / w


def stiffness_coefficient(period, inharmonicity):
    """Coefficient of `STAGES` first-order all-passes that stretch the partials as stiffness does.

    Partials of a stiff string lie at k f0 sqrt(1 + B k^2) (Fletcher 1964). To second order in
    frequency an all-pass of low-frequency delay D loses D (D^2 - 1) / 12 w^2 samples of it, the string
    wants period * B k^2 / 2: a cubic in D.

    Parameters
    ----------
    period : float
        In samples.
    inharmonicity : float
        B.

    Returns
    -------
    float
        a of (a + z^-1) / (1 + a z^-1), 0 or below.
    """
    wanted = 3 * period**3 * inharmonicity / (2 * math.pi**2 * STAGES)
    delay = max(root.real for root in np.roots([1, 0, -1, -wanted]) if abs(root.imag) < 1e-6)
    return (1 - delay) / (1 + delay)


def stiffness_delay(coefficient, w):
    """Phase delay of the whole all-pass cascade in samples at `w` radians a sample."""
    return STAGES * (1 - 2 * np.arctan2(coefficient * np.sin(w), 1 + coefficient * np.cos(w)) / w)


@compiled
def vibrate(pluck, control, second):
    """Let one string sound in its two polarisations.

    Parameters
    ----------
    pluck : np.ndarray, shape (n_samples,)
        Velocity put into the string.
    control : np.ndarray, shape (n_samples // HOP + 2, 6)
        Row i holds at sample i * HOP: delay-line lengths (samples, 3 or more) and gains of the two
        polarisations, pole of the loss filter, all-pass coefficient.
    second : float
        Level of the second polarisation.

    Returns
    -------
    np.ndarray, shape (n_samples,)
        Velocity wave that leaves the bridge.
    """
    n = len(pluck)
    size = 16
    while size < control[:, :2].max() + 8:
        size *= 2
    mask = size - 1
    out = np.zeros(n)
    for polarisation in range(2):
        weight = 1.0 if polarisation == 0 else second
        if weight == 0.0:
            continue
        line = np.zeros(size)
        state = np.zeros(STAGES + 1)
        smoothed = 0.0
        for row in range((n + HOP - 1) // HOP):
            delay, gain = control[row, polarisation], control[row, 2 + polarisation]
            pole, a = control[row, 4], control[row, 5]
            delay_step = (control[row + 1, polarisation] - delay) / HOP
            gain_step = (control[row + 1, 2 + polarisation] - gain) / HOP
            pole_step = (control[row + 1, 4] - pole) / HOP
            a_step = (control[row + 1, 5] - a) / HOP
            for i in range(row * HOP, min(n, (row + 1) * HOP)):
                # Third-order Lagrange interpolation: flat where the partials are, no states to disturb on bends.
                whole = int(delay)
                d = delay - whole
                at = i - whole
                x = (
                    line[(at + 1) & mask] * (-d * (d - 1) * (d - 2) / 6)
                    + line[at & mask] * ((d + 1) * (d - 1) * (d - 2) / 2)
                    + line[(at - 1) & mask] * (-(d + 1) * d * (d - 2) / 2)
                    + line[(at - 2) & mask] * ((d + 1) * d * (d - 1) / 6)
                )
                smoothed = (1 - pole) * x + pole * smoothed
                x = gain * smoothed
                for stage in range(STAGES):
                    # state[k] is the last input of stage k, which is the last output of stage k - 1.
                    y = state[stage] + a * (x - state[stage + 1])
                    state[stage] = x
                    x = y
                state[STAGES] = x
                # A string at rest would otherwise end in denormals, which cost a hundred times as much.
                if abs(x) < 1e-15:
                    x = 0.0
                x += pluck[i]
                line[i & mask] = x
                out[i] += weight * x
                delay += delay_step
                gain += gain_step
                pole += pole_step
                a += a_step
    return out


def pluck_burst(velocity, position, cutoff, scrape, sample_rate, rng):
    """What one stroke puts into the string: the scrape of the pick, then the release.

    Parameters
    ----------
    velocity : float
        Amplitude of the release; negative for an up-stroke.
    position : float
        Seconds that a wave needs from the pick to the bridge and back. Its comb has nulls at the
        multiples of 1 / position (Jaffe & Smith 1983, "pick position").
    cutoff : float
        Hz: a soft or wide contact rounds the corners (Jaffe & Smith 1983, "dynamics").
    scrape : float
        Level of the scrape that goes before the release (Lindroos et al. 2011), relative to it.
    sample_rate : float
        In Hz.
    rng : np.random.Generator

    Returns
    -------
    burst : np.ndarray, shape (n_burst,)
    release : int
        Index at which the string leaves the pick.
    """
    release = round(0.006 * sample_rate)
    length = position * sample_rate
    rounding = round(3 * sample_rate / cutoff)
    burst = np.zeros(release + math.ceil(length) + 1 + rounding)
    whole = int(length)
    burst[release : release + whole] = 1.0
    burst[release + whole] = length - whole
    rise = np.linspace(0, 1, release) ** 2
    burst[:release] += scrape * rise * rng.standard_normal(release)
    pole = math.exp(-2 * math.pi * cutoff / sample_rate)
    # Twice: once leaves a corner that is brighter than any measured guitar above 5 kHz.
    rounded = signal.lfilter([(1 - pole) ** 2], [1, -2 * pole, pole**2], burst)
    return velocity * rounded, release


def touched(burst, period, partial, rng):
    """A stroke on a string that a finger touches at a node of one partial.

    What was struck, put in again each part of a period: its spectrum is then a comb that passes the
    multiples of the partial whole and, but for the finger's width, nothing of the others.

    Parameters
    ----------
    burst : np.ndarray, shape (n_burst,)
    period : float
        Of the string without the finger, in samples.
    partial : int
        2 or more.
    rng : np.random.Generator
        The finger is never quite on the node: each part differs by about 4 percent.

    Returns
    -------
    np.ndarray, shape (n_burst + period, rounded up)

    References
    ----------
    N. Fletcher, T. Rossing, "The Physics of Musical Instruments", 2nd ed., 1998:
    a touched string keeps the modes with a node at the finger.
    """
    sounding = np.zeros(len(burst) + math.ceil(period))
    for part in range(partial):
        whole, d = divmod(part * period / partial, 1.0)
        weight = (1 + 0.04 * rng.standard_normal()) / partial
        for shift, share in ((int(whole), 1 - d), (int(whole) + 1, d)):
            sounding[shift : shift + len(burst)] += weight * share * burst
    return sounding
