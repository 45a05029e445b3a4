"""Figures of the faults that the checks look for, each planted in a good recording and shown beside it."""

import numpy as np
from scipy import signal

from ultragain.checks import latency as of_latency
from ultragain.checks import noise, overlap
from ultragain.style import BLUE, CYCLE, DRY, MARKERS, SKY, VERMILLION, WET, panels

# What is planted: each is well beyond its check's limit.
HUM_DB, HISS_DB, LATE_SECONDS, CLOCK_MILLIONTHS = -20, -30, 2e-3, 300


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
        f"the same samples, read as {wrong / 1000:g} kHz": (dry, wrong),
        "cut short": (dry[: int(0.7 * len(dry))], sample_rate),
    }
    curves = {title: (np.arange(len(samples)) / rate, samples) for title, (samples, rate) in rows.items()}
    return _stacked(curves, 3.6, "time (s)", "amplitude (1 = full scale)", DRY, 0.5)


def _stacked(curves, height, xlabel, ylabel, good, linewidth):
    """A panel for each curve, by title x and y: the first is good, in the colour `good`, the others have a fault."""
    with panels(len(curves), 1, height, sharex=True, sharey=True) as (figure, axes):
        for axis, (title, (x, y)) in zip(axes[:, 0], curves.items(), strict=True):
            axis.plot(x, y, color=good if axis is axes[0, 0] else VERMILLION, linewidth=linewidth)
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
                hertz, density = signal.welch(samples, sample_rate, nperseg=size, average="median")
                level = 10 * np.log10(np.maximum(density, 1e-20))
                shown = (hertz >= low) & (hertz <= min(high, 0.49 * sample_rate))
                axis.plot(
                    hertz[shown] / (1 if high < 1000 else 1000),
                    level[shown],
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


def correlations(dry, wet, stranger, sample_rate):
    """How a wet file is found in time: aligned, late, and not at all.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    stranger : np.ndarray, shape (n_samples,)
        Another riff's wet signal.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    delay = round(LATE_SECONDS * sample_rate)
    late = np.concatenate([np.zeros(delay), wet])[: len(wet)]
    rows = {"its own wet file": wet, "the same, late": late, "another riff's wet file": stranger}
    curves = {}
    for title, samples in rows.items():
        lags, heights = of_latency.correlation(dry, samples, sample_rate, 2.5 * LATE_SECONDS)
        curves[title] = 1000 * lags / sample_rate, np.abs(heights) / np.abs(heights).max()
    figure = _stacked(curves, 3.9, "how much later the wet file is (ms)", "correlation (highest = 1)", WET, 1.3)
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
            shape = np.array(of_latency.latency(dry, -wet if is_fault else wet, sample_rate).shape)
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
            found = [of_latency.latency(dry[s : s + size], samples[s : s + size], sample_rate) for s in starts]
            sure = [(s, each.samples) for s, each in zip(starts, found, strict=True) if not each.is_unrelated]
            if sure:
                at, late = np.array(sure).T
                axis.plot((at + size / 2) / sample_rate, late, color=color, marker=marker, markersize=4, label=label)
        axis.set(xlabel="time in the take (s)", ylabel="latency (samples)")
        axis.legend(loc="best")
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
        lags, heights = of_latency.correlation(
            samples[:n], riff[:n], sample_rate, 0.75 * n / sample_rate, n / sample_rate
        )
        curves[title] = lags / sample_rate, np.abs(heights) / np.abs(heights).max()
    return _stacked(curves, 2.9, "where the riff would be (s)", "correlation (highest = 1)", WET, 0.6)


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
