"""What several figures draw in the same way: axes of percent and of frequency, dots, medians, legends."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from ultragain.style import CYCLE, MARKERS, WET


def log_percent(axes, name, values, headroom=1.15):
    """Make the x or y axis logarithmic, with enough ticks that are written as plain percentages."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values) & (values > 0)]
    axes.set(**{f"{name}scale": "log"})
    axis = getattr(axes, f"{name}axis")
    if values.size:
        low, high = values.min() / 1.15, values.max() * headroom
        axes.set(**{f"{name}lim": (low, high)})
        decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)))
        axis.set_major_locator(FixedLocator(ticks_within(low, high, np.outer(10**decades, (1, 2, 5)).ravel())))
    axis.set_major_formatter(FuncFormatter(lambda percent, _: f"{percent:g}"))
    axis.set_minor_formatter(NullFormatter())


def log_minutes(axis, minutes):
    """Make an x axis logarithmic, for some minutes, with plain numbers as ticks."""
    low, high = np.min(minutes) / 1.3, np.max(minutes) * 1.3
    axis.set_xscale("log")
    axis.set_xlim(low, high)
    axis.xaxis.set_major_locator(FixedLocator(ticks_within(low, high, (0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500))))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def ticks_within(low, high, usual):
    """Ticks of a logarithmic axis: the usual ones, or where fewer than three of them fit, round numbers.

    Parameters
    ----------
    low, high : float
        Ends of the axis.
    usual : sequence of float

    Returns
    -------
    list of float
        At least three, from `low` to `high`.
    """
    fit = [tick for tick in usual if low <= tick <= high]
    if len(fit) < 3:  # over so little the axis is nearly linear
        evenly = MaxNLocator(5, steps=[1, 2, 5, 10], min_n_ticks=3).tick_values(low, high)
        fit = [tick for tick in evenly if low <= tick <= high]
    return fit


def frequency_axis(axis, marks=(100, 1000, 10_000)):
    """Make an x axis logarithmic, with hertz written as 100, 1k, 10k."""
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator(marks))
    axis.xaxis.set_major_formatter(
        FuncFormatter(lambda hertz, _: f"{hertz / 1000:g}k" if hertz >= 1000 else f"{hertz:g}")
    )
    axis.xaxis.set_minor_formatter(NullFormatter())


def outline(x, y, columns=500):
    """The lowest and the highest point of each of many short pieces of a curve: drawn, it looks the same.

    Parameters
    ----------
    x, y : np.ndarray, shape (n,)
    columns : int
        How many pieces, at most: a figure's width in pixels, about.

    Returns
    -------
    tuple of np.ndarray
        x and y, shape (n,) or (at most 2 columns,).
    """
    size = -(-len(y) // columns)
    if size < 3:
        return x, y
    pieces = np.pad(y, (0, -len(y) % size), "edge").reshape(-1, size)
    ends = np.sort([pieces.argmin(axis=1), pieces.argmax(axis=1)], axis=0) + size * np.arange(len(pieces))
    places = np.minimum(ends.T.ravel(), len(y) - 1)
    return x[places], y[places]


def dots(axis, place, values, number, horizontal=False):
    """One dot a value, spread a little sideways in a fixed pattern so that none hides another."""
    values = np.asarray(values, float)
    aside = place + 0.28 * (((np.arange(len(values)) + 0.5) * 0.618 + 0.2 * number) % 1 - 0.5) * 2
    axis.plot(
        *((values, aside) if horizontal else (aside, values)),
        linestyle="",
        marker=MARKERS[number % len(MARKERS)],
        markersize=4.5,
        color=CYCLE[number % len(CYCLE)],
        alpha=0.75,
        markeredgewidth=0,
    )


def median_bar(axis, place, values, horizontal=False):
    """A bar at the median of some values."""
    median = np.nanmedian(np.asarray(values, float)) if len(values) else np.nan
    ends = ([median, median], [place - 0.38, place + 0.38])
    axis.plot(*(ends if horizontal else ends[::-1]), color=WET, linewidth=2)


def gain_legend(figure, gains, median=True):
    """A legend above the figure: a marker a gain, and where there is one the bar of the median."""
    handles = [
        plt.Line2D(
            [], [], linestyle="", marker=MARKERS[i % len(MARKERS)], color=CYCLE[i % len(CYCLE)], label=f"gain {gain}"
        )
        for i, gain in enumerate(gains)
    ]
    if median:
        handles.append(plt.Line2D([], [], color=WET, linewidth=2, label="median"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), columnspacing=1, handletextpad=0.4)
