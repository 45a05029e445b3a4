"""The explorers' figures: pure functions from samples to a matplotlib Figure."""

from dataclasses import dataclass, field

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_hex, to_rgb
from matplotlib.ticker import MaxNLocator

from ultragain.book.kit.axes import frequency_axis, outline
from ultragain.book.kit.signals import round_factor
from ultragain.guitar.spectrum import third_octaves
from ultragain.style import DRY, ORANGE, STYLE, WET

# Places are fixed, in inches from the top left corner: to find them by what is drawn takes as long as drawing.
WIDTH, LEFT, RIGHT = 9.4, 0.75, 9.3
WAVE_END, SPECTRUM = 5.85, 6.75  # from left to right
TOP, OVERVIEW, FIRST = 0.05, 0.5, 1.3  # from top to bottom: the overview, its height, the first block
BLOCK, HEIGHT, ERROR = 3.45, 2.65, 0.8  # from block to block, height of its panels, and of the error's
COLUMNS = 600  # of a long signal: in each, its lowest and its highest sample are drawn
DRY_DASHES = (3.7, 1.6)
SPECTRUM_RANGE = 70  # dB
LOWEST_HERTZ, HIGHEST_HERTZ = 55, 21_000  # a little wider than the bands
SPECTRUM_SECONDS = 0.2  # at least, or there is nothing to see of low frequencies
#: Of models at one gain: the lengths of a line's dashes and of the spaces after them, in points.
DASHES = ((), (5, 1.5), (1.5, 1), (6, 1.5, 1.5, 1.5))


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
    predicted : list of np.ndarray, shape (n_samples,)
        At most as many as there are `DASHES`.
    """

    title: str
    color: str
    dry: np.ndarray
    wet: np.ndarray | None = None
    predicted: list = field(default_factory=list)


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
    height = FIRST + BLOCK * len(blocks) - 0.3
    with plt.rc_context(STYLE | {"figure.constrained_layout.use": False}):
        figure = plt.figure(figsize=(WIDTH, height))
        try:
            _overview(_axes(figure, LEFT, RIGHT, TOP, OVERVIEW), blocks[0], part, start, sample_rate)
            for number, block in enumerate(blocks):
                _block(figure, FIRST + BLOCK * number, block, part, start, sample_rate)
            return figure
        finally:
            plt.close(figure)


def _axes(figure, left, right, top, height, **options):
    """Axes at a place in inches."""
    width, whole = figure.get_size_inches()
    return figure.add_axes(
        (left / width, 1 - (top + height) / whole, (right - left) / width, height / whole), **options
    )


def _overview(axis, block, part, start, sample_rate):
    samples, color = (block.dry, DRY) if block.wet is None else (block.wet, WET)
    _trace(axis, samples, start, sample_rate, color=color, linewidth=0.5)
    begin, end = (start + sample / sample_rate for sample in (part.start, part.stop))
    axis.axvspan(begin, end, color=ORANGE, alpha=0.5, linewidth=1)
    axis.set(yticks=[], xlabel="time (s)")
    axis.margins(x=0)
    axis.grid(False)
    axis.spines["left"].set_visible(False)


def _block(figure, top, block, part, start, sample_rate):
    has_error = block.wet is not None and bool(block.predicted)
    wave = _axes(figure, LEFT, WAVE_END, top, HEIGHT - 1.2 * ERROR * has_error)
    error = _axes(figure, LEFT, WAVE_END, top + HEIGHT - ERROR, ERROR, sharex=wave) if has_error else None
    spectrum = _axes(figure, SPECTRUM, RIGHT, top, HEIGHT)

    seconds = (part.stop - part.start) / sample_rate
    scale, unit = (1, "s") if seconds > 1 else (1000, "ms")
    clock = (scale * (start + part.start / sample_rate), sample_rate / scale)
    whole = around(part, round(SPECTRUM_SECONDS * sample_rate), len(block.dry))
    faint = {"alpha": 0.7, "linewidth": 0.7} if part.stop - part.start > 2 * COLUMNS else {}

    def draw(samples, factor=1.0, **look):
        _trace(wave, factor * samples[part], *clock, **look | faint)
        spectrum.plot(*third_octaves(samples[whole], sample_rate), **look)

    factor = _factor(block, part)
    draw(block.dry, factor, color=DRY, linestyle=(0, DRY_DASHES), linewidth=1)
    if block.wet is not None:
        draw(block.wet, color=WET, linewidth=1.5)
    for number, predicted in enumerate(block.predicted):
        style = (0, DASHES[number]) if DASHES[number] else "-"
        look = {"color": tint(block.color, number), "linestyle": style, "linewidth": 1.2}
        draw(predicted, **look)
        if has_error:
            _trace(error, (block.wet - predicted)[part], *clock, **look | faint)

    wave.set_title(block.title, loc="left", pad=4)
    if factor != 1:
        wave.set_title(f"dry \u00d7 {factor:g}", loc="right", pad=4, fontsize=9)
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


def _factor(block, part):
    """By what the dry signal is drawn larger, to be seen beside the others."""
    heard = [*([] if block.wet is None else [block.wet]), *block.predicted]
    loudest = max((np.abs(samples[part]).max() for samples in heard), default=0)
    return round_factor(loudest, np.abs(block.dry[part]).max())


def _trace(axis, samples, start, rate, **look):
    """A signal over time from `start`, `rate` samples a unit of the axis."""
    axis.plot(*outline(start + np.arange(len(samples)) / rate, samples, COLUMNS), **look)


def around(part, at_least, n_samples):
    """A part made as long as `at_least` samples about its middle, inside a signal of `n_samples`."""
    count = min(n_samples, max(at_least, part.stop - part.start))
    begin = min(max((part.start + part.stop - count) // 2, 0), n_samples - count)
    return slice(begin, begin + count)


def tint(color, number):
    """The shade of a colour for one of several lines of it, the first of which is the colour itself."""
    share = 0.22 * number
    return to_hex([(1 - share) * part + share for part in to_rgb(color)])
