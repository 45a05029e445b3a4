"""The explorers' figures: pure functions from samples to a matplotlib Figure."""

from dataclasses import dataclass, field

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator

from ultragain.book.kit.axes import frequency_axis
from ultragain.book.kit.signals import round_factor
from ultragain.guitar.spectrum import third_octaves
from ultragain.metrics import esr
from ultragain.style import DRY, ORANGE, STYLE, WET
from ultragain.words import percent

WIDTH, OVERVIEW, HEIGHT = 9.4, 0.75, 3.3  # inches; the heights are those of the overview and of each block
COLUMNS = 600  # of a long signal: in each, its lowest and its highest sample
SPECTRUM_RANGE = 70  # dB
LOWEST_HERTZ, HIGHEST_HERTZ = 55, 21_000  # a little wider than the bands
SPECTRUM_SECONDS = 0.2  # at least, or there is nothing to see of low frequencies
LINES = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1.5, 1.5, 1.5)))  # of models at one gain; their number is the most


@dataclass(frozen=True)
class Block:
    """Signals that are drawn into one another.

    Attributes
    ----------
    title : str
    color : str
        Of the predictions.
    dry : np.ndarray, shape (n_samples,)
    wet : np.ndarray, shape (n_samples,), or None
        None where no amplifier has played it.
    predicted : dict of str to np.ndarray
        By what the legend calls each, shape (n_samples,).
    """

    title: str
    color: str
    dry: np.ndarray
    wet: np.ndarray | None = None
    predicted: dict = field(default_factory=dict)


def zoomed(blocks, part, start, sample_rate):
    """Where a part is in a signal, then for each block the part's waveforms, their errors, and spectra.

    Parameters
    ----------
    blocks : list of Block
        Of signals of equal length.
    part : slice
        What is shown of them.
    start : float
        When the signals begin, in seconds.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    height = OVERVIEW + HEIGHT * len(blocks)
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(WIDTH, height))
        try:
            rows = figure.add_gridspec(1 + len(blocks), 1, height_ratios=[OVERVIEW, *[HEIGHT] * len(blocks)])
            _overview(figure.add_subplot(rows[0]), blocks[0], part, start, sample_rate)
            for number, block in enumerate(blocks, 1):
                _block(figure, rows[number], block, part, start, sample_rate)
            return figure
        finally:
            plt.close(figure)


def _overview(axis, block, part, start, sample_rate):
    samples, color = (block.dry, DRY) if block.wet is None else (block.wet, WET)
    _trace(axis, samples, start, sample_rate, color=color, linewidth=0.5)
    begin, end = (start + sample / sample_rate for sample in (part.start, part.stop))
    axis.axvspan(begin, end, color=ORANGE, alpha=0.5, linewidth=1)
    axis.set(yticks=[], xlabel="time (s)")
    axis.margins(x=0)
    axis.grid(False)
    axis.spines["left"].set_visible(False)


def _block(figure, place, block, part, start, sample_rate):
    left, right = place.subgridspec(1, 2, width_ratios=[1.8, 1])
    has_error = block.wet is not None and bool(block.predicted)
    waves = left.subgridspec(1 + has_error, 1, height_ratios=[1.7, 1][: 1 + has_error])
    wave = figure.add_subplot(waves[0])
    error = figure.add_subplot(waves[1], sharex=wave) if has_error else None
    right = right.subgridspec(2, 1, height_ratios=[1.5, 1])
    spectrum, key = figure.add_subplot(right[0]), figure.add_subplot(right[1])

    seconds = (part.stop - part.start) / sample_rate
    scale, unit = (1, "s") if seconds > 1 else (1000, "ms")
    clock = (scale * (start + part.start / sample_rate), sample_rate / scale)
    whole = around(part, round(SPECTRUM_SECONDS * sample_rate), len(block.dry))
    faint = {"alpha": 0.7, "linewidth": 0.7} if part.stop - part.start > 2 * COLUMNS else {}

    def draw(samples, label, factor=1.0, **look):
        _trace(wave, factor * samples[part], *clock, label=label, **look | faint)
        spectrum.plot(*third_octaves(samples[whole], sample_rate), **look)

    factor = _factor(block, part)
    draw(block.dry, "dry" if factor == 1 else f"dry \u00d7 {factor:g}", factor, color=DRY, linestyle="--", linewidth=1)
    if block.wet is not None:
        draw(block.wet, "wet", color=WET, linewidth=1.5)
    for number, (label, predicted) in enumerate(block.predicted.items()):
        look = {"color": tint(block.color, number), "linestyle": LINES[number % len(LINES)], "linewidth": 1.2}
        draw(predicted, label, **look)
        if has_error:
            _trace(error, (block.wet - predicted)[part], *clock, **look | faint)

    wave.set_title(block.title, loc="left", pad=4)
    wave.set_ylabel("amplitude")
    wave.margins(x=0)
    wave.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if has_error:
        wave.tick_params(labelbottom=False)
        error.set_ylabel("error")
    (error or wave).set_xlabel(f"time ({unit})")
    spectrum.set_title(f"spectrum of {(whole.stop - whole.start) / sample_rate:.2g} s", loc="left", pad=4)
    spectrum.set(xlabel="frequency (Hz)", ylabel="dBFS in 1/3 octave")
    low, high = spectrum.get_ylim()
    spectrum.set_ylim(max(low, high - SPECTRUM_RANGE), high)
    spectrum.set_xlim(LOWEST_HERTZ, min(HIGHEST_HERTZ, sample_rate / 2))
    frequency_axis(spectrum)
    key.axis("off")
    key.legend(*wave.get_legend_handles_labels(), loc="center left", borderaxespad=0)


def _factor(block, part):
    """By what the dry signal is drawn larger, to be seen beside the others."""
    heard = [*([] if block.wet is None else [block.wet]), *block.predicted.values()]
    loudest = max((np.abs(samples[part]).max() for samples in heard), default=0)
    return round_factor(loudest, np.abs(block.dry[part]).max())


def _trace(axis, samples, start, rate, **look):
    """A signal over time from `start`, `rate` samples a unit of the axis; a long one as its extremes in columns."""
    if len(samples) <= 2 * COLUMNS:
        axis.plot(start + np.arange(len(samples)) / rate, samples, **look)
        return
    edges = np.linspace(0, len(samples), COLUMNS + 1)[:-1].astype(int)
    extremes = np.stack([np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)], axis=1)
    axis.plot(start + np.repeat(edges, 2) / rate, extremes.ravel(), **look)


def around(part, at_least, n_samples):
    """A part made as long as `at_least` samples about its middle, inside a signal of `n_samples`."""
    count = min(n_samples, max(at_least, part.stop - part.start))
    begin = min(max((part.start + part.stop - count) // 2, 0), n_samples - count)
    return slice(begin, begin + count)


def tint(color, number):
    """The shade of a colour for one of several lines of it, the first of which is the colour itself."""
    share = 0.22 * (number % len(LINES))
    return tuple((1 - share) * part + share for part in to_rgb(color))


def esr_of(wet, predicted):
    """The ESR of a part in words; a silent one has none."""
    return f"ESR {percent(esr(wet, predicted))} here" if wet.any() else "silent here"
