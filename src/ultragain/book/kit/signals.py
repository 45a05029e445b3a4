"""Figures of signals: pure functions from samples to a matplotlib Figure."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from ultragain.style import DRY, PREDICTED, WET, panels


def overlays(passages, sample_rate):
    """Dry, wet and predicted of a few short passages, one below the other.

    Parameters
    ----------
    passages : list of (str, float, np.ndarray, np.ndarray, np.ndarray)
        Title, start in seconds, and dry, wet and predicted of shape (n_samples,). The prediction
        may be zero where it was not made.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with panels(max(1, len(passages)), 1, 0.7 + 1.65 * max(1, len(passages))) as (figure, axes):
        for axis, (title, start, dry, wet, predicted) in zip(axes[:, 0], passages, strict=False):
            milliseconds = 1000 * (start + np.arange(len(wet)) / sample_rate)
            factor = round_factor(np.abs(wet).max(), np.abs(dry).max())
            axis.plot(
                milliseconds, factor * dry, color=DRY, linewidth=1, linestyle="--", label=f"dry \u00d7 {factor:g}"
            )
            axis.plot(milliseconds, wet, color=WET, linewidth=1.5, label="wet")
            axis.plot(milliseconds, predicted, color=PREDICTED, linewidth=1.1, label="predicted")
            axis.set_title(title, loc="left", pad=3)
            axis.margins(x=0)
            axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            axis.legend(loc="upper right", ncols=3, columnspacing=1, handlelength=1.4, borderaxespad=0)
            low, high = axis.get_ylim()
            axis.set_ylim(low, high + 0.3 * (high - low))  # room for the legend
        axes[-1, 0].set_xlabel("time in the riff (ms)")
        figure.supylabel("amplitude (1 = full scale)", fontsize=10)
        return figure


def round_factor(wanted, have):
    """1, 2 or 5 times a power of ten that brings `have` near 0.6 of `wanted`, and never above it."""
    if not (have > 0 and wanted > 0):
        return 1.0
    ratio = 0.6 * wanted / have
    power = 10.0 ** np.floor(np.log10(ratio))
    return float(max(step for step in (1, 2, 5) if step * power <= ratio * 1.0000001) * power)
