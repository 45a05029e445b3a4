"""Figures of faults that a correlation of two recordings shows: latency, polarity, two clocks, audio used twice."""

import numpy as np

from ultragain.book.recording_check.figures import stacked
from ultragain.checks import latency, overlap
from ultragain.style import BLUE, DRY, MARKERS, SKY, VERMILLION, WET, panels

# What is planted: each is well beyond its check's limit.
LATE_SECONDS, CLOCK_MILLIONTHS = 2e-3, 300


def correlations(dry, wet, stranger, stranger_name, sample_rate):
    """How a wet file is found in time: aligned, late, and not at all.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    stranger : np.ndarray, shape (n_samples,)
        Another take's wet signal.
    stranger_name : str
        What it is of, e.g. another riff.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    delay = round(LATE_SECONDS * sample_rate)
    late = np.concatenate([np.zeros(delay), wet])[: len(wet)]
    rows = {"its own wet file": wet, "the same, late": late, f"that of {stranger_name}": stranger}
    curves = {}
    for title, samples in rows.items():
        lags, heights = latency.correlation(dry, samples, sample_rate, 2.5 * LATE_SECONDS)
        curves[title] = 1000 * lags / sample_rate, np.abs(heights) / np.abs(heights).max()
    figure = stacked(curves, 3.9, "how much later the wet file is (ms)", "correlation (highest = 1)", WET, 1.3)
    for axis in figure.axes:
        axis.axvline(0, color=DRY, linewidth=0.9, linestyle=":")
    return figure


def shapes(takes, sample_rate):
    """The shapes of the correlations of several takes, one of them inverted.

    Parameters
    ----------
    takes : dict of str to (np.ndarray, np.ndarray)
        By name: dry and wet, shape (n_samples,). The last one's wet file is inverted.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with panels(1, 1, 2.9) as (figure, axes):
        axis, names = axes[0, 0], list(takes)
        for i, (name, (dry, wet)) in enumerate(takes.items()):
            is_fault = name == names[-1]
            shape = np.array(latency.latency(dry, -wet if is_fault else wet, sample_rate).shape)
            milliseconds = 1000 * (np.arange(len(shape)) - len(shape) // 2) / sample_rate
            axis.plot(
                milliseconds,
                shape,
                color=VERMILLION if is_fault else (BLUE, DRY, SKY)[i % 3],
                linestyle="-" if is_fault else ("--", "-.", ":")[i % 3],
                label=f"{name}, inverted" if is_fault else name,
            )
        axis.set(xlabel="time around the peak (ms)", ylabel="correlation")
        axis.legend(loc="best")
        return figure


def drifting(dry, wet, sample_rate):
    """Latency along a take, with one clock and with two.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = np.arange(len(wet))
    two = np.interp(n * (1 + 1e-6 * CLOCK_MILLIONTHS), n, wet)
    size = max(len(dry) // 6, 1)
    with panels(1, 1, 2.6) as (figure, axes):
        axis = axes[0, 0]
        for label, samples, color, marker in (
            ("one clock", wet, DRY, MARKERS[1]),
            ("two clocks", two, VERMILLION, MARKERS[0]),
        ):
            starts = range(0, len(dry) - size + 1, max(1, size // 2))
            found = [latency.latency(dry[s : s + size], samples[s : s + size], sample_rate) for s in starts]
            sure = [(s, each.samples) for s, each in zip(starts, found, strict=True) if not each.is_unrelated]
            if sure:
                at, late = np.array(sure).T
                axis.plot((at + size / 2) / sample_rate, late, color=color, marker=marker, markersize=4, label=label)
        axis.set(xlabel="time in the take (s)", ylabel="latency (samples)")
        axis.legend(loc="best")
        return figure


def overlapping(train, riff, sample_rate):
    """A test riff looked for in training audio: as it is, and with a passage of the riff in it.

    Parameters
    ----------
    train, riff : np.ndarray, shape (n_samples,)
        Dry.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    part = slice(0, round(overlap.BLOCK_SECONDS * sample_rate))
    with_riff = train[part].copy()
    place = len(with_riff) // 4
    passage = riff[: len(with_riff) // 2]
    passage = passage[: len(with_riff) - place]
    with_riff[place : place + len(passage)] = passage
    curves = {}
    for title, samples in {"as recorded": train[part], "with a passage of the riff in it": with_riff}.items():
        n = min(len(samples), len(riff))
        lags, heights = latency.correlation(samples[:n], riff[:n], sample_rate, 0.75 * n / sample_rate, n / sample_rate)
        curves[title] = lags / sample_rate, np.abs(heights) / np.abs(heights).max()
    return stacked(curves, 2.9, "where the riff would be (s)", "correlation (highest = 1)", WET, 0.6)
