"""The pickups: coils at a place, their resonance, and the tone knob.

References
----------
J. O. Smith, "Physical Audio Signal Processing" (PASP), 2010, "Making Virtual Electric Guitars".
N. Lindroos, H. Penttinen, V. Valimaki, "Parametric Electric Guitar Synthesis", CMJ 35(3), 2011.
M. Zollner, "Physics of the Electric Guitar", 2014: coil, pots and cable as one circuit.
"""

import math

import numpy as np
from scipy import signal

#: Position (part of the open string, from the bridge) and output; middle of the coils.
AT = {"bridge": (0.065, 1.7), "middle": (0.15, 1.1), "neck": (0.25, 1.0)}
#: Half the distance between coils (part of the open string), resonance in Hz and its Q.
COILS = {"humbucker": (0.014, 2300.0, 1.3), "single": (0.0, 3800.0, 1.8)}

#: The guitar's circuit in units of the coil at its resonance, which has 1 of inductance and works
#: into 1 of capacitance: its wire's resistance, the tone pot and the tone capacitor. For a coil of
#: 5 H at 2.3 kHz they are 7 kilohms, 500 kilohms and 29 nF.
WIRE, POT, CAPACITOR = 0.1, 7.0, 30.0
#: An audio taper: in its middle the pot has a tenth of its resistance.
TAPER = 81.0


def position_comb(wave, delays, sample_rate):
    """What coils at given distances from the bridge pick up of a string's velocity.

    The wave passes each coil on its way to the bridge and back, inverted: 1 - z^-d for each.

    Parameters
    ----------
    wave : np.ndarray, shape (n_samples,)
    delays : tuple of float
        Seconds from a coil to the bridge and back; two coils for a humbucker.
    sample_rate : float
        In Hz.

    Returns
    -------
    np.ndarray, shape (n_samples,)
    """
    heard = wave.copy()
    for delay in delays:
        whole, d = divmod(delay * sample_rate, 1.0)
        later = np.zeros_like(wave)
        for shift, weight in ((int(whole), 1 - d), (int(whole) + 1, d)):
            later[shift:] += weight * wave[: len(wave) - shift]
        heard -= later / len(delays)
    return heard


def resonance(frequency, q, knob, sample_rate):
    """Low-pass that coil, cable and tone control form together.

    Parameters
    ----------
    frequency, q : float
        Resonance in Hz with the tone knob open and its height, 4 at most.
    knob : float
        0 to 10. Turned down, the resonance is first flattened, and near 0 it moves to where the
        coil resonates with the tone capacitor.
    sample_rate : float
        In Hz.

    Returns
    -------
    b, a : np.ndarray, shape (4,)
        For `scipy.signal.lfilter`, 0 dB at DC.
    """
    pot = POT * (TAPER ** (knob / 10) - 1) / (TAPER - 1)
    # What the volume pot and the amplifier must take, so that the height is q with the knob open.
    load = 1 / q - 1 / POT - WIRE
    branch, coil = np.array([pot * CAPACITOR, 1.0]), np.array([1.0, WIRE])
    # 1 / (1 + coil * (load + tone branch)), times what the tone branch divides by. Highest powers first.
    below = np.convolve(branch, np.convolve(coil, [1.0, load]) + [0.0, 0.0, 1.0])
    below[1:] += np.convolve(coil, [CAPACITOR, 0.0])
    above = branch * below[-1]
    # Bilinear transform with the resonance kept where it is.
    warped = 2 * sample_rate * math.tan(math.pi * frequency / sample_rate)
    above, below = above / warped ** np.arange(1, -1, -1), below / warped ** np.arange(3, -1, -1)
    return signal.bilinear(above, below, sample_rate)
