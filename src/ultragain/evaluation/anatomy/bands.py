"""Error by frequency band."""

import numpy as np
from scipy import fft

from ultragain.evaluation.anatomy.tables import intervals, shared_out

#: Octaves from just below the low E string's 82 Hz; below them what is heard as a rumble, and what is not heard.
BANDS_HERTZ = (20, 80, 160, 320, 640, 1280, 2560, 5120, 10240)


def by_band(played, sample_rate, unpredicted=0):
    """Error by frequency, in octaves.

    Wet signal and error of each riff are transformed whole, without a taper, so the energies of all
    bands add up to that of the signal (Parseval). A passage that begins or ends in loud playing spreads a
    little of what is cut off there over all bands.

    Parameters
    ----------
    played : list of (np.ndarray, np.ndarray, np.ndarray)
        dry, wet, predicted of each riff, shape (n_samples,).
    sample_rate : int
        In Hz.
    unpredicted : int
        Samples at the beginning of each that are not scored.

    Returns
    -------
    pd.DataFrame
        As `anatomy.tables` says, without time_share; index "Hz" from 0 to half the sample rate, that
        included, bounds those of `BANDS_HERTZ` that are below it.
    """
    bounds = [hertz for hertz in BANDS_HERTZ if hertz < sample_rate / 2]
    sums = np.zeros((2, len(bounds) + 1))
    for _, wet, predicted in played:
        wet = wet[unpredicted:]
        size = fft.next_fast_len(len(wet), real=True)  # silence at the end adds no energy
        band = np.digitize(fft.rfftfreq(size, 1 / sample_rate), bounds)
        for row, samples in enumerate([wet - predicted[unpredicted:], wet]):
            sums[row] += np.bincount(band, _line_energies(samples, size), minlength=len(bounds) + 1)
    return shared_out(*sums, intervals(0, bounds, sample_rate / 2, "Hz"))


def _line_energies(samples, size):
    """Energy of each line of `rfft` over `size` samples: together, the signal's."""
    energies = np.square(np.abs(fft.rfft(samples, size))) / size
    # all lines but 0 Hz and half the sample rate stand for two, at a positive and at a negative frequency
    energies[1 : (size + 1) // 2] *= 2
    return energies
