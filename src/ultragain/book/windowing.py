"""Chapter *Windowing*: how recordings are cut into what a model learns from."""

import numpy as np

from ultragain.book.kit import glue
from ultragain.book.kit.devices import recoveries, recovery_facts
from ultragain.book.kit.facts import experiment_facts, window_facts
from ultragain.models.catalog import FAMILIES
from ultragain.style import DRY, SKY, VERMILLION, WET, panels
from ultragain.training.runs import parameters_of
from ultragain.words import listed

SILENT_DBFS = -60  # peak of a dry window that holds nothing but rests and noise


def open_chapter():
    """Results of the book, and this chapter's facts for its prose."""
    results = glue.open_book()
    experiment = results.experiment
    remembered = recovery_facts(recoveries(experiment), experiment)
    glue.publish(
        experiment_facts(results) | window_facts(results) | heard_facts(results) | silent_facts(results) | remembered
    )
    return results


def _shown(results):
    """The riff and the gain that the figure shows."""
    experiment = results.experiment
    return experiment.test_riffs[0], experiment.gain_labels[-1]


def heard_facts(results):
    """How much audio the models of each context are given, and which riff is shown."""
    e, (riff, gain) = results.experiment, _shown(results)
    counts = results.models[["training_windows", "validation_windows"]].sum(axis=1).min()
    recorded = sum(len(dry) for dry, _ in results.recordings[gain].train)
    return {
        "riff": riff,
        "gain": gain,
        "heard_seconds": listed(f"{counts * context / e.sample_rate:.3g}" for context in e.grid.contexts),
        "recorded_seconds": f"{recorded / e.sample_rate:.0f} s",
    }


def silent_facts(results):
    """How many of the windows that the models learn from hold nothing but silence: they are not left out."""
    e, (_, gain) = results.experiment, _shown(results)
    recorded, peak, counts = results.recordings[gain], 10 ** (SILENT_DBFS / 20), {}
    for combination in e.combinations():
        if combination["gain"] == gain and combination["context"] not in counts:
            rng = np.random.default_rng(e.training.seed)  # the training's own: these are the windows that it draws
            parameters = parameters_of(e, combination)
            windows, _, _ = FAMILIES[e.family].cut(recorded.train, recorded.validation, parameters, rng)
            counts[combination["context"]] = int((np.abs(windows.x).max(axis=(1, 2)) < peak).sum())
    return {
        "silent_dbfs": f"{SILENT_DBFS:g} dBFS",
        "silent_windows": listed(f"{count:,} of {len(windows):,} at context {each}" for each, count in counts.items()),
    }


def chunks(results):
    """The loudest stretch of a riff, cut at each context: a figure."""
    e, (riff, gain) = results.experiment, _shown(results)
    dry, wet = results.recordings[gain].riffs[riff]
    loudest = np.abs(dry).argmax()
    stretch = slice(loudest, loudest + 6 * max(e.grid.contexts))
    return chunks_figure(dry[stretch], wet[stretch], e.grid.contexts, e.sample_rate)


def chunks_figure(dry, wet, contexts, sample_rate):
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
        One panel a context: the dry chunks, and the wet samples that the model has to predict.
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
