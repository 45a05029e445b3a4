"""How long the virtual preamp remembers: what a loud note does to the quiet one after it."""

import numpy as np
from scipy.signal import fftconvolve

from ultragain.circuits import solver

TONE_HERTZ = 1000
TONE_VOLTS = 1e-3  # peak at the input jack: small enough not to clip by itself
BURST_VOLTS = 1.0
BURST_SECONDS, LEAD_SECONDS, WATCHED_SECONDS = 0.1, 0.05, 0.15
SMOOTHING_SECONDS = 0.004


def recovery(netlist, sample_rate):
    """Level of a quiet tone after a burst of the loudest playing.

    The tone's amplitude is read by demodulation, against the same tone without a burst before it,
    so that the slow shift of the output itself, which the coupling capacitors let through, does
    not count as tone.

    Parameters
    ----------
    netlist : Netlist
        The preamp with its knobs set.
    sample_rate : int
        In Hz.

    Returns
    -------
    seconds : np.ndarray, shape (n,)
        Since the burst ended.
    level_db : np.ndarray, shape (n,)
        dB re the tone that no burst came before.
    """
    lead, burst, watched = (round(part * sample_rate) for part in (LEAD_SECONDS, BURST_SECONDS, WATCHED_SECONDS))
    carrier = np.exp(2j * np.pi * TONE_HERTZ * np.arange(lead + burst + watched) / sample_rate)
    amplitude = np.full(len(carrier), TONE_VOLTS)
    amplitude[lead : lead + burst] = BURST_VOLTS
    shape = np.hanning(round(SMOOTHING_SECONDS * sample_rate))

    def tone(volts):
        sent = solver.amplify(netlist, volts, sample_rate)
        return np.abs(fftconvolve(sent * carrier.conj(), shape, mode="same"))

    after, undisturbed = tone(amplitude * carrier.imag), tone(TONE_VOLTS * carrier.imag)
    # half the smoothing would still hear the burst, or the end of the signal
    edge = len(shape) // 2 + 1
    heard = slice(lead + burst + edge, len(carrier) - edge)
    seconds = (np.arange(len(carrier)) - lead - burst)[heard] / sample_rate
    return seconds, 20 * np.log10(after[heard] / undisturbed[heard])


def settling_time(seconds, level_db, within_db=1.0):
    """Seconds after which a level stays within some dB of 0; NaN if it never does.

    Parameters
    ----------
    seconds, level_db : np.ndarray, shape (n,)
    within_db : float

    Returns
    -------
    float
    """
    outside = np.flatnonzero(np.abs(level_db) > within_db)
    if not outside.size:
        return float(seconds[0])
    return float(seconds[outside[-1] + 1]) if outside[-1] + 1 < len(seconds) else float("nan")
