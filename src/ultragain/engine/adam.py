"""Learning from a gradient: Adam, clipping by the norm, and averaged weights, over one flat array of all weights."""

import numpy as np

from ultragain.compiled import compiled

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7  # Keras's defaults


@compiled(nogil=True)
def adam(theta, gradient, m, v, rate, step):
    """Take one step of Adam, in Keras's float32 order of operations.

    Parameters
    ----------
    theta, m, v : np.ndarray, shape (n_weights,), float32
        Weights, and the running means of gradient and squared gradient; all three are replaced.
    gradient : np.ndarray, shape (n_weights,), float32
    rate : float
        Learning rate.
    step : int
        Number of this step, from 1.

    References
    ----------
    Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015; the order of operations is that
    of keras.optimizers.Adam.update_step.
    """
    one = np.float32(1)
    power_1 = np.float32(np.float64(np.float32(BETA_1)) ** step)
    power_2 = np.float32(np.float64(np.float32(BETA_2)) ** step)
    alpha = np.float32(rate) * np.sqrt(one - power_2) / (one - power_1)
    rest_1, rest_2, epsilon = np.float32(1 - BETA_1), np.float32(1 - BETA_2), np.float32(EPSILON)
    for n in range(len(theta)):
        g = gradient[n]
        m[n] += (g - m[n]) * rest_1
        v[n] += (g * g - v[n]) * rest_2
        theta[n] -= m[n] * alpha / (np.sqrt(v[n]) + epsilon)


@compiled(nogil=True)
def clip(gradient, limit):
    """Shorten a gradient that is longer than `limit`; returns its norm before (not finite: nothing is changed)."""
    total = 0.0
    for g in gradient:
        total += np.float64(g) * np.float64(g)
    norm = np.sqrt(total)
    if norm > limit and np.isfinite(norm):
        gradient *= np.float32(limit / norm)
    return norm


@compiled(nogil=True)
def average(mean, theta, decay):
    """Move a running mean of the weights on: mean = decay mean + (1 - decay) theta."""
    share = np.float32(decay)
    for n in range(len(theta)):
        mean[n] = theta[n] + (mean[n] - theta[n]) * share  # with decay 0 exactly theta
