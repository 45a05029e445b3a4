"""Scores of a prediction against a wet recording: ESR, MSE, MAE."""

import numpy as np

from ultragain.errors import SilentTargetError

ESR_EPSILON = 1e-8  # keeps the ESR of a silent batch finite while a model learns; 1e-50 would be zero in float32
NOTHING_LEARNED = 0.9  # the ESR from which on a model has learned nothing: silence has 1


def esr(target, predicted):
    """Error-to-signal ratio of a whole signal.

    Parameters
    ----------
    target, predicted : np.ndarray, shape (n_samples,)
        Wet recording and model output, linear amplitude, aligned.

    Returns
    -------
    float
        sum((target - predicted)**2) / sum(target**2); 0 is perfect, 1 is what silence scores.

    Raises
    ------
    SilentTargetError
        If `target` has no energy: the ratio is undefined.

    References
    ----------
    Wright et al., "Real-Time Guitar Amplifier Emulation with Deep Learning", Appl. Sci. 10(3), 2020.
    """
    target = np.asarray(target, np.float64)
    energy = np.sum(target**2)
    if energy == 0:
        raise SilentTargetError("ESR against a silent wet signal is undefined: score a passage with sound in it")
    return float(np.sum((target - predicted) ** 2) / energy)


def mse(target, predicted):
    """Mean squared error of two aligned signals, shape (n_samples,): a float in squared full scale."""
    return float(np.mean((np.asarray(target, np.float64) - predicted) ** 2))


def mae(target, predicted):
    """Mean absolute error of two aligned signals, shape (n_samples,): a float in full scale."""
    return float(np.mean(np.abs(np.asarray(target, np.float64) - predicted)))
