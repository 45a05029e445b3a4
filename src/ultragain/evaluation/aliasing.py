"""Aliasing of a model or a device: how much of what it makes of a sine is folded back from above half the sample rate.

A nonlinear effect puts harmonics above half the sample rate, and they come back at frequencies that are no harmonics.
The aliasing-to-signal ratio (ASR) is the power at all other frequencies over the power at the harmonics. R. Sato and
J. Smith, "Aliasing Reduction in Neural Amp Modeling by Smoothing Activations", 2025, arXiv:2505.04082: their DFT's
length, too, is a prime, so that no folded harmonic falls on a harmonic, unless its order exceeds that length.
The constant part counts here as neither: it is the harmonic of order zero.
"""

import numpy as np

from ultragain.errors import UltraGainError

FREQUENCY = 1318.5  # Hz: E6, the highest note of a guitar with 24 frets, whose harmonics fold most
AMPLITUDE = 0.25  # of full scale
SETTLING_SECONDS = 1.0  # before the analysed stretch: coupling capacitors, a model's zeros at the beginning


def aliasing_to_signal(effect, sample_rate, frequency=FREQUENCY, amplitude=AMPLITUDE):
    """ASR of an effect, which is played `tone`.

    Parameters
    ----------
    effect : callable
        Dry audio, np.ndarray of shape (n_samples,), to wet audio of the same shape.
    sample_rate : int
        In Hz.
    frequency, amplitude : float
        The sine's, in Hz and full scale.

    Returns
    -------
    float
        A power ratio: 10 log10 of it is in dB. Noise counts as aliasing. In float32, some 1e-14 of it is rounding.

    Raises
    ------
    UltraGainError
        As `tone` and `ratio_of`.
    """
    return ratio_of(effect(tone(sample_rate, frequency, amplitude)), sample_rate, frequency)


def tone(sample_rate, frequency=FREQUENCY, amplitude=AMPLITUDE):
    """A sine that lasts `SETTLING_SECONDS` and then about one second, in which it has a whole number of periods.

    Returns
    -------
    np.ndarray, shape (n_samples,)
        float64.

    Raises
    ------
    UltraGainError
        If the frequency is not between 1 Hz and half the sample rate.
    """
    length, periods = _stretch(sample_rate, frequency)
    # the phase in whole steps of a period: exact wherever the sine stands
    steps = periods * np.arange(-_settling(sample_rate), length) % length
    return amplitude * np.sin(2 * np.pi * steps / length)


def ratio_of(wet, sample_rate, frequency=FREQUENCY):
    """ASR of what an effect made of `tone`.

    Parameters
    ----------
    wet : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.
    frequency : float
        The tone's, in Hz.

    Returns
    -------
    float

    Raises
    ------
    UltraGainError
        If `wet` is not as long as the tone, or has no power at its harmonics.
    """
    length, periods = _stretch(sample_rate, frequency)
    if np.shape(wet) != (asked := (_settling(sample_rate) + length,)):
        raise UltraGainError(f"aliasing: the effect put out shape {np.shape(wet)}, not {asked}: play it the whole tone")
    power = np.abs(np.fft.rfft(np.asarray(wet, np.float64)[-length:])) ** 2
    harmonics = power[periods::periods].sum()
    if not harmonics > 0:
        raise UltraGainError(
            f"aliasing: the effect put out no {frequency:g} Hz and no harmonic of it: nothing to compare"
        )
    return float((power[1:].sum() - harmonics) / harmonics)


def _stretch(sample_rate, frequency):
    """Samples of the analysed stretch, the largest prime within a second, and the sine's periods in it."""
    if not 1 <= frequency < sample_rate / 2:
        raise UltraGainError(
            f"aliasing: a sine of {frequency:g} Hz at {sample_rate} Hz: choose 1 Hz to half the sample rate"
        )
    length = next(n for n in range(sample_rate, 1, -1) if all(n % d for d in range(2, int(n**0.5) + 1)))
    return length, round(frequency * length / sample_rate)


def _settling(sample_rate):
    return round(SETTLING_SECONDS * sample_rate)
