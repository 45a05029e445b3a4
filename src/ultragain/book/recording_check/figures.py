"""Figures of the faults that the checks look for, each planted in a good recording and shown beside it.

Those of timing are in `timing_figures`.
"""

import numpy as np
from scipy import signal

from ultragain.book.kit.axes import outline
from ultragain.checks import noise
from ultragain.style import BLUE, CYCLE, DRY, MARKERS, VERMILLION, WET, panels
from ultragain.words import hertz

# What is planted: each is well beyond its check's limit.
HUM_DB, HISS_DB = -20, -30


def files(dry, sample_rate):
    """A riff as it is, with the wrong sample rate in its header, and cut short.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    wrong = 48_000 if sample_rate != 48_000 else 44_100
    rows = {
        "as recorded": (dry, sample_rate),
        f"the same samples, read as {hertz(wrong)}": (dry, wrong),
        "cut short": (dry[: int(0.7 * len(dry))], sample_rate),
    }
    curves = {title: (np.arange(len(samples)) / rate, samples) for title, (samples, rate) in rows.items()}
    return stacked(curves, 3.6, "time (s)", "amplitude (1 = full scale)", DRY, 0.5)


def stacked(curves, height, xlabel, ylabel, good, linewidth):
    """A panel for each curve, by title x and y: the first is good, in the colour `good`, the others have a fault."""
    with panels(len(curves), 1, height, sharex=True, sharey=True) as (figure, axes):
        for axis, (title, (x, y)) in zip(axes[:, 0], curves.items(), strict=True):
            axis.plot(*outline(x, y), color=good if axis is axes[0, 0] else VERMILLION, linewidth=linewidth)
            axis.set_title(title, loc="left", pad=2)
        axes[-1, 0].set_xlabel(xlabel)
        figure.supylabel(ylabel, fontsize=10)
        return figure


def levels(dry, wet, sample_rate):
    """Four faults of level, each on the loudest moment of a take: the good wave, and what becomes of it.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    moment = _loudest(dry, round(0.03 * sample_rate))
    played, back = dry[moment] / np.abs(dry[moment]).max(), wet[moment] / np.abs(wet[moment]).max()
    gone = back.copy()
    gone[len(gone) // 3 : 2 * len(gone) // 3] = 0
    faults = {
        "clipped at full scale": (0.9 * played, np.clip(2 * played, -1, 1)),
        "clipped, then turned down": (0.9 * played, 0.6 * np.clip(2 * played, -1, 1)),
        "offset": (0.6 * back, 0.6 * back + 0.3),
        "dropout": (0.9 * back, 0.9 * gone),
    }
    with panels(2, 2, 3.9, sharex=True, sharey=True) as (figure, axes):
        for axis, (title, (good, bad)) in zip(axes.flat, faults.items(), strict=True):
            milliseconds = 1000 * np.arange(len(good)) / sample_rate
            axis.plot(milliseconds, good, color=DRY, linestyle="--", linewidth=1, label="good")
            axis.plot(milliseconds, bad, color=VERMILLION, label="fault")
            axis.set_title(title, loc="left", pad=3)
        axes[0, 0].set_ylim(-1.15, 1.15)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
        figure.supxlabel("time (ms)", fontsize=10)
        figure.supylabel("amplitude (1 = full scale)", fontsize=10)
        return figure


def _loudest(samples, length):
    """The slice of this length with the most energy."""
    length = min(length, len(samples))
    energy = np.cumsum(np.concatenate([[0], samples**2]))
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return slice(start, start + length)


def spectra_with_noise(dry, sample_rate):
    """A dry recording's spectrum, with hum and with hiss.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    t, rms = np.arange(len(dry)) / sample_rate, np.std(dry)
    tone = sum(np.sin(2 * np.pi * f * noise.MAINS_HERTZ[0] * t) / f for f in (1, 2, 3, 5))
    hum = dry + tone / np.std(tone) * rms * 10 ** (HUM_DB / 20)
    hiss = dry + np.random.default_rng(25).normal(scale=rms * 10 ** (HISS_DB / 20), size=len(dry))
    size = min(len(dry), sample_rate)
    with panels(1, 2, 2.9) as (figure, axes):
        for axis, (title, bad), (low, high) in zip(
            axes[0], {"hum": hum, "hiss": hiss}.items(), ((20, 320), (500, 20_000)), strict=True
        ):
            for samples, color, label, style in ((bad, VERMILLION, "fault", "-"), (dry, DRY, "good", "--")):
                # the median, because a hum shows where the music pauses
                frequencies, density = signal.welch(samples, sample_rate, nperseg=size, average="median")
                level = 10 * np.log10(np.maximum(density, 1e-20))
                shown = (frequencies >= low) & (frequencies <= min(high, 0.49 * sample_rate))
                axis.plot(
                    *outline(frequencies[shown] / (1 if high < 1000 else 1000), level[shown]),
                    color=color,
                    label=label,
                    linewidth=0.8,
                    linestyle=style,
                )
            axis.set_title(title, loc="left", pad=3)
            axis.set_xlabel("frequency (Hz)" if high < 1000 else "frequency (kHz)")
        axes[0, 0].set_ylabel("level (dBFS in 1 Hz)")
        axes[0, 1].legend(loc="upper right")
        return figure


def loud_and_quiet(takes, sample_rate):
    """Wet level against dry level, a cloud a gain, and where a bypassed amplifier would put it.

    Parameters
    ----------
    takes : dict of str to (np.ndarray, np.ndarray)
        By gain, in rising order: dry and wet, shape (n_samples,).
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    size = round(0.05 * sample_rate)
    with panels(1, 1, 3.2) as (figure, axes):
        axis = axes[0, 0]
        for i, (gain, pair) in enumerate(takes.items()):
            count = len(pair[0]) // size
            dry, wet = (
                20 * np.log10(np.std(part[: count * size].reshape(count, size), axis=1) + 1e-6) for part in pair
            )
            is_loud = dry > dry.max() - 40
            axis.plot(
                dry[is_loud],
                wet[is_loud],
                linestyle="",
                marker=MARKERS[i % len(MARKERS)],
                markersize=3,
                color=CYCLE[i % len(CYCLE)],
                label=gain,
            )
        low, high = axis.get_xlim()
        axis.plot([low, high], [low, high], color=DRY, linestyle="--", label="bypassed")
        axis.set(xlabel="dry level (dBFS)", ylabel="wet level (dBFS)")
        axis.legend(loc="lower right")
        return figure


def difference(first, second, sample_rate):
    """Two recordings of one riff, and their difference.

    Parameters
    ----------
    first, second : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    moment = _loudest(first, round(0.03 * sample_rate))
    milliseconds = 1000 * np.arange(len(first[moment])) / sample_rate
    with panels(1, 1, 2.6) as (figure, axes):
        axis = axes[0, 0]
        axis.plot(milliseconds, first[moment], color=WET, label="first")
        axis.plot(milliseconds, second[moment], color=BLUE, linestyle="--", label="second")
        axis.plot(milliseconds, second[moment] - first[moment], color=VERMILLION, label="difference")
        axis.set(xlabel="time (ms)", ylabel="amplitude (1 = full scale)")
        figure.legend(loc="outside upper center", ncols=3)
        return figure
