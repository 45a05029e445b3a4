"""How long a circuit takes to recover: what a loud note does to the quiet one after it."""

import numpy as np
from scipy.signal import fftconvolve

from ultragain.circuits import solver

TONE_HERTZ = 1000
TONE_VOLTS = 1e-4  # peak at the input jack: at gain 8 the preamp distorts it by less than 1 %
BURST_VOLTS = 1.0
BURST_SECONDS, LEAD_SECONDS, WATCHED_SECONDS = 0.1, 0.05, 0.15
SMOOTHING_SECONDS = 0.004
SETTLED_DB = 1.0  # what counts as settled


def recovery(netlist, sample_rate):
    """Level of a quiet tone after a burst of the loudest playing.

    The device plays the burst twice, with the tone and without it. The difference of the two is
    what the tone made of itself, free of the burst and of the slow shift that the burst leaves
    in the output. Its amplitude is read by demodulation, against the tone without any burst.

    Parameters
    ----------
    netlist : Netlist
        The device with its knobs set.
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
    loud = (
        np.where((np.arange(len(carrier)) >= lead) & (np.arange(len(carrier)) < lead + burst), BURST_VOLTS, 0)
        * carrier.imag
    )
    quiet = TONE_VOLTS * carrier.imag
    shape = np.hanning(round(SMOOTHING_SECONDS * sample_rate))

    def tone_on_top_of(volts):
        sent = solver.amplify(netlist, volts + quiet, sample_rate) - solver.amplify(netlist, volts, sample_rate)
        return np.abs(fftconvolve(sent * carrier.conj(), shape, mode="same"))

    after, undisturbed = tone_on_top_of(loud), tone_on_top_of(np.zeros_like(quiet))
    # half the smoothing would still reach into the burst, or beyond the end
    edge = len(shape) // 2 + 1
    heard = slice(lead + burst + edge, len(carrier) - edge)
    seconds = (np.arange(len(carrier)) - lead - burst)[heard] / sample_rate
    return seconds, 20 * np.log10(after[heard] / undisturbed[heard])


def settling_time(seconds, level_db, within_db=SETTLED_DB):
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
