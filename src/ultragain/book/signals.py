"""Figures of signals: pure functions from samples to a matplotlib Figure."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from ultragain.style import DRY, PREDICTED, SKY, VERMILLION, WET, panels


def chunks(dry, wet, contexts, sample_rate):
    """How one stretch of a recording is cut at each context.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
        The stretch; windows are counted from its beginning.
    contexts : list of int
        In samples.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a context: the dry chunks, and the wet samples that the model has to say.
    """
    milliseconds = 1000 * np.arange(len(dry)) / sample_rate
    with panels(len(contexts), 1, 0.9 + 1.25 * len(contexts), sharex=True, sharey=True) as (figure, axes):
        for axis, context in zip(axes[:, 0], contexts, strict=True):
            axis.plot(milliseconds, dry / np.abs(dry).max(), color=DRY, label="dry (x)")
            axis.plot(milliseconds, wet / np.abs(wet).max(), color=WET, linewidth=0.9, label="wet")
            for number in range(len(dry) // context):
                if number % 2 == 0:
                    axis.axvspan(
                        *(1000 * np.array([number, number + 1]) * context / sample_rate),
                        color=SKY,
                        alpha=0.22,
                        linewidth=0,
                    )
            last = np.arange(context - 1, len(wet), context)
            axis.plot(
                milliseconds[last],
                (wet / np.abs(wet).max())[last],
                linestyle="",
                marker="o",
                markersize=4.5,
                color=VERMILLION,
                label="target (y)",
            )
            axis.set_title(f"context {context}: {1000 * context / sample_rate:.1f} ms", loc="left", pad=2)
            axis.set_yticks([-1, 0, 1])
        axes[-1, 0].set_xlabel("time (ms)")
        figure.supylabel("amplitude (each scaled to 1)", fontsize=10)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
        return figure


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
            factor = _round_factor(np.abs(wet).max(), np.abs(dry).max())
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


def _round_factor(wanted, have):
    """1, 2 or 5 times a power of ten that brings `have` near 0.6 of `wanted`, and never above it."""
    if not (have > 0 and wanted > 0):
        return 1.0
    ratio = 0.6 * wanted / have
    power = 10.0 ** np.floor(np.log10(ratio))
    return float(max(step for step in (1, 2, 5) if step * power <= ratio * 1.0000001) * power)
