"""Figures of the recording chapter: pure functions from measurements and samples to a matplotlib Figure."""

import base64
import html
import io

import numpy as np
from IPython.display import HTML
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from ultragain.book.kit.axes import frequency_axis, outline
from ultragain.circuits.measured import HERTZ
from ultragain.guitar.spectrum import third_octaves
from ultragain.style import BLUE, BROWN, CYCLE, DRY, MARKERS, SKY, VERMILLION, WET, panels

STYLES = ("-", "--", "-.", ":")  # with the colours, so that lines differ without them


def stage_waveforms(stages, sample_rate, knob):
    """A note at every stage of a circuit, a column a gain.

    Parameters
    ----------
    stages : dict of float to dict
        By the gain knob's position, what `measured.stage_voltages` returns.
    sample_rate : int
        In Hz.
    knob : str
        What the circuit calls its gain.

    Returns
    -------
    matplotlib.figure.Figure
        All panels of a row have one scale; dotted lines are the voltages at rest.
    """
    names = list(next(iter(stages.values())))
    with panels(len(names), len(stages), 0.7 + 0.82 * len(names), sharex=True, sharey="row") as (figure, axes):
        for (position, voltages), column in zip(stages.items(), axes.T, strict=True):
            for (stage, (samples, rest)), axis in zip(voltages.items(), column, strict=True):
                axis.axhline(rest, color=DRY, linewidth=0.9, linestyle=":")
                axis.plot(
                    *outline(1000 * np.arange(len(samples)) / sample_rate, samples, columns=200),
                    color=DRY if stage == "input" else WET,
                )
                axis.margins(x=0)
                axis.yaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
                axis.xaxis.set_major_locator(MaxNLocator(3, integer=True, steps=[1, 2, 5, 10]))
                axis.tick_params(labelsize=8.5)
            column[0].set_title(f"{knob} {position:g}", pad=16)
        for name, axis in zip(names, axes[:, 0], strict=True):
            axis.text(0, 1.04, name, transform=axis.transAxes, ha="left", va="bottom", fontsize=9, color=BLUE)
        figure.supxlabel("time (ms)", fontsize=10)
        figure.supylabel("voltage (V)", fontsize=10)
        return figure


def frequency_responses(responses, knob_names=None):
    """Small-signal gain over frequency, a panel a circuit or a control.

    Parameters
    ----------
    responses : dict of str to dict of float to np.ndarray, shape (len(measured.HERTZ),)
        By the panel's title and a knob's position: gain in dB.
    knob_names : dict of str to str, optional
        By the panel's title, the knob's name, for the legend.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows, columns = _side_by_side(responses)
    with panels(rows, columns, 0.5 + 2.3 * rows, sharex=True) as (figure, axes):
        for axis in axes.flat[len(responses) :]:
            axis.remove()
        for axis, (title, lines) in zip(axes.flat, responses.items(), strict=False):
            for i, (position, level) in enumerate(lines.items()):
                label = f"{knob_names[title]} {position:g}" if knob_names else f"{position:g}"
                axis.plot(HERTZ, level, color=CYCLE[i % len(CYCLE)], linestyle=STYLES[i % len(STYLES)], label=label)
            axis.set_title(title)
            frequency_axis(axis)
            axis.set_xlim(HERTZ[0], HERTZ[-1])
            axis.tick_params(labelbottom=True)
            axis.legend(loc="best", handlelength=1.9, borderaxespad=0.2)
        figure.supxlabel("frequency (Hz)", fontsize=10)
        figure.supylabel("gain (dB)", fontsize=10)
        return figure


def distortion(curves, knob_names):
    """How loud and how distorted a sine comes out, against how loud it went in; a pair of panels a circuit.

    Parameters
    ----------
    curves : dict of str to dict of float to pd.DataFrame
        By the column's title and the gain knob's position, what `measured.distortion` returns.
    knob_names : dict of str to str
        By the column's title, what the circuit calls its gain.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows, columns = _side_by_side(curves)
    with panels(2 * rows, columns, 4.4 * rows, sharex=True) as (figure, axes):
        pairs = np.moveaxis(axes.reshape(rows, 2, columns), 1, 2).reshape(-1, 2)
        for axis in pairs[len(curves) :].flat:
            axis.remove()
        pairs = pairs[: len(curves)]
        for (title, by_gain), (upper, lower) in zip(curves.items(), pairs, strict=True):
            for i, (position, curve) in enumerate(by_gain.items()):
                look = {"color": CYCLE[i % len(CYCLE)], "linestyle": STYLES[i % len(STYLES)]}
                millivolts = 1000 * curve.index.to_numpy(float)
                upper.plot(millivolts, 20 * np.log10(curve["output"]), **look)
                lower.plot(millivolts, 100 * curve["thd"], label=f"{knob_names[title]} {position:g}", **look)
            upper.set_title(title)
            lower.set(xscale="log", xlabel="input, peak (mV)")
            lower.xaxis.set_major_locator(FixedLocator([1, 10, 100]))
            lower.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            lower.xaxis.set_minor_formatter(NullFormatter())
            lower.tick_params(labelbottom=True)
            lower.legend(loc="best", handlelength=1.9, borderaxespad=0.2)
        most = max(lower.get_ylim()[1] for lower in pairs[:, 1])
        for lower in pairs[:, 1]:  # the outputs differ much in level; distortion is one scale
            lower.set_ylim(0, most)
        for upper, lower in pairs[::columns]:
            upper.set_ylabel("output (dB re 1 V rms)")
            lower.set_ylabel("THD (%)")
        return figure


def _side_by_side(panels_by_title):
    """Rows and columns of a figure with a panel each, two abreast on a phone."""
    columns = min(2, len(panels_by_title))
    return -(-len(panels_by_title) // columns), columns


def recovery(curves, knob_names, contexts, sample_rate):
    """How circuits come back after a burst, against what each window can see; a panel a circuit.

    Parameters
    ----------
    curves : dict of str to dict of float to (np.ndarray, np.ndarray)
        By the panel's title and the gain knob's position, what `recovery.recovery` returns: seconds since the burst
        ended, and level in dB.
    knob_names : dict of str to str
        By the panel's title, what the circuit calls its gain.
    contexts : list of int
        In samples.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
        Time on a logarithmic axis; an upright line at each context.
    """
    windows = 1000 * np.array(sorted(contexts)) / sample_rate
    everything = [curve for by_position in curves.values() for curve in by_position.values()]
    last = 1000 * max(seconds[-1] for seconds, _ in everything)
    first = 0.5 * min(windows[0], 1000 * min(seconds[0] for seconds, _ in everything))
    with panels(len(curves), 1, 0.7 + 2.3 * len(curves), sharex=True, sharey=True) as (figure, axes):
        for (title, by_position), axis in zip(curves.items(), axes[:, 0], strict=True):
            _windows(axis, first, sorted(contexts), windows)
            axis.axhline(0, color=WET, linewidth=0.8, linestyle=":")
            for i, (position, (seconds, level_db)) in enumerate(by_position.items()):
                look = {"color": CYCLE[i % len(CYCLE)], "linestyle": STYLES[i % len(STYLES)]}
                axis.plot(1000 * seconds, level_db, label=f"{knob_names[title]} {position:g}", **look)
            axis.set_title(title)
            axis.legend(loc="lower right", handlelength=1.9)
        axis.set(xscale="log", xlim=(first, last), xlabel="time since the burst ended (ms)")
        axis.xaxis.set_major_locator(FixedLocator([0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200]))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.xaxis.set_minor_locator(NullLocator())
        lowest = min(level_db.min() for _, level_db in everything)
        axis.set_ylim(bottom=max(lowest - 3, -60))  # nobody hears what is below
        figure.supylabel("level (dB re undisturbed)", fontsize=10)
        return figure


def _windows(axis, first, contexts, windows):
    """Shade what the longest window sees, from `first`, and mark where each window ends, in ms."""
    axis.axvspan(first, windows[-1], color=SKY, alpha=0.22, linewidth=0)
    for context, window in zip(contexts, windows, strict=True):
        axis.axvline(window, color=VERMILLION, linewidth=1)
        axis.annotate(
            f"{context} samples",
            (window, 0.02),
            (-2, 0),
            ("data", "axes fraction"),
            "offset points",
            color=BROWN,
            fontsize=9,
            rotation=90,
            ha="right",
            va="bottom",
        )


def captioned(figure, caption, alt):
    """A figure with its caption, for a cell that shows several: MyST-NB gives all of a cell's figures one caption.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    caption : str
    alt : str
        What it shows, for readers who cannot see it.

    Returns
    -------
    IPython.display.HTML
    """
    picture = io.BytesIO()
    figure.savefig(picture, format="svg", bbox_inches="tight", transparent=True)
    source = f"data:image/svg+xml;base64,{base64.b64encode(picture.getvalue()).decode()}"
    return HTML(
        f'<figure class="align-default"><img src="{source}" alt="{html.escape(alt)}">'
        f'<figcaption><p><span class="caption-text">{html.escape(caption)}</span></p></figcaption></figure>'
    )


def recorded_waveforms(dry, wets, sample_rate):
    """One performance as it was played, and as it came back at each gain.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
    wets : dict of str to np.ndarray, shape (n_samples,)
        By gain label.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    signals = {"dry": dry} | {f"wet, {gain}": wet for gain, wet in wets.items()}
    with panels(len(signals), 1, 0.6 + 1.0 * len(signals), sharex=True, sharey=True) as (figure, axes):
        for axis, (label, samples) in zip(axes[:, 0], signals.items(), strict=True):
            low, high, seconds = _envelope(samples, sample_rate, columns=500)
            axis.fill_between(seconds, low, high, color=DRY if label == "dry" else WET, linewidth=0.3)
            axis.set_title(label, loc="left", pad=2)
            axis.set_ylim(-1, 1)
            axis.set_yticks([-1, 0, 1])
        axes[-1, 0].set_xlabel("time (s)")
        figure.supylabel("amplitude (1 = full scale)", fontsize=10)
        return figure


def _envelope(samples, sample_rate, columns):
    """Lowest and highest sample of each of at most `columns` equal pieces, and when they are."""
    size = max(1, len(samples) // columns)
    pieces = np.asarray(samples[: len(samples) // size * size]).reshape(-1, size)
    return pieces.min(axis=1), pieces.max(axis=1), (np.arange(len(pieces)) + 0.5) * size / sample_rate


def recorded_spectra(dry, wets, sample_rate):
    """Mean level of one performance in each third of an octave.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
    wets : dict of str to np.ndarray, shape (n_samples,)
        By gain label.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with panels(1, 1, 3.3) as (figure, axes):
        axis = axes[0, 0]
        axis.plot(*third_octaves(dry, sample_rate), color=DRY, linestyle="--", label="dry")
        for i, (gain, wet) in enumerate(wets.items()):
            axis.plot(
                *third_octaves(wet, sample_rate),
                color=CYCLE[i % len(CYCLE)],
                marker=MARKERS[i % len(MARKERS)],
                markersize=3.5,
                label=f"wet, {gain}",
            )
        frequency_axis(axis, (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000))
        axis.set(xlabel="frequency (Hz)", ylabel="level (dBFS in 1/3 octave)")
        axis.legend(loc="lower left", ncols=2)
        return figure
