"""Spectra in third-octave bands."""

import numpy as np
from scipy import signal


def third_octaves(samples, sample_rate):
    """Level in thirds of an octave from 63 Hz up, from Welch's method; bands as in IEC 61260-1, base two.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    centres, levels : np.ndarray, shape (n_bands,)
        Hz, and mean power in dB re a full-scale square wave; NaN where a band is empty.
    """
    size = min(len(samples), 8192)
    hertz, density = signal.welch(samples, sample_rate, nperseg=size)
    centres = 1000 * 2 ** (np.arange(-12, 14) / 3)
    centres = centres[centres * 2 ** (1 / 6) < sample_rate / 2]
    edges = np.concatenate([centres * 2 ** (-1 / 6), centres[-1:] * 2 ** (1 / 6)])
    power = np.array(
        [density[(hertz >= low) & (hertz < high)].sum() for low, high in zip(edges[:-1], edges[1:], strict=True)]
    ) * (hertz[1] - hertz[0])
    return centres, 10 * np.log10(np.where(power > 0, power, np.nan))
