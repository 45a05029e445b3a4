"""Chapter *Why memory*: what a window misses, what each family of models hears, and how those with memory learn."""

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display

from ultragain.book.kit import glue
from ultragain.book.kit.anatomy import anatomy_facts, best_models
from ultragain.book.kit.axes import log_minutes, log_percent, outline
from ultragain.book.kit.devices import recoveries, recovery_facts
from ultragain.book.kit.memory import is_recorded, open_memory
from ultragain.book.kit.memory_facts import NOTHING, coverage_facts
from ultragain.book.kit.tables import scrolling, table
from ultragain.engine.wavenet.layout import BEFORE
from ultragain.files import project_root
from ultragain.grid import is_windowed
from ultragain.models.catalog import FAMILIES
from ultragain.models.memory import audio, learner, stateful, wavenet
from ultragain.recording.load import load_riffs
from ultragain.style import BLUE, CYCLE, DRY, MARKERS, panels
from ultragain.training.budget import VALIDATION_SHARE
from ultragain.words import duration, listed

SHOWN_SECONDS = 0.5  # of playing before the output sample: three times what the WaveNet hears


def open_chapter():
    """What is published of models with memory; this chapter's facts for its prose are published on the way."""
    memory = open_memory()
    experiment = memory.experiment
    glue.publish(
        why_facts(memory)
        | recovery_facts(recoveries(experiment), experiment)
        | hearing_facts(experiment)
        | learning_facts(memory)
        | coverage_facts(memory)
    )
    return memory


def why_facts(memory):
    """Where the error of the best windowed models is, in sentences."""
    if not is_recorded(memory.windowed):
        told = "Nothing of the windowed models on this device is here to look at."
        return {"why_models": told, "why_early": ""}
    found = anatomy_facts(best_models(memory.windowed))
    return {
        "why_models": (
            f"The best windowed models at each gain ({found['best_models']}) are those of the {memory.windowed.source}."
        ),
        "why_early": (
            f"The first {found['early_ms']} after a note is struck hold {found['early']}. Below {found['low_hertz']}, "
            f"where one period takes {found['low_ms']} or more, lie {found['low']}."
        ),
    }


def hearing_facts(experiment):
    """What the families hear for one output sample."""
    rate, longest = experiment.sample_rate, max(experiment.grid.contexts)
    return {
        "window_samples": f"{longest}",
        "window_ms": f"{1000 * longest / rate:.1f} ms",
        "wavenet_samples": f"{BEFORE + 1:,}",
        "wavenet_ms": f"{1000 * (BEFORE + 1) / rate:.0f} ms",
        "wavenet_windows": f"{(BEFORE + 1) / longest:.0f}",
        "shown_ms": f"{1000 * SHOWN_SECONDS:g} ms",
    }


def learning_facts(memory):
    """How models with memory learn: from their families' settings, and what the published ones took."""
    rate, recipes = memory.experiment.sample_rate, {"stateful LSTM": stateful.RECIPE, "WaveNet": wavenet.RECIPE}
    lengths = [f"{1000 * each.samples / rate:.0f} ms ({name})" for name, each in recipes.items()]
    leads = [f"{1000 * each.lead / rate:.0f} ms ({name})" for name, each in recipes.items()]
    return {
        "checks": f"{learner.CHECKS}",
        "surge": f"{learner.SURGE:g}",
        "stuck": f"{learner.STUCK:g}",
        "silence": duration(audio.SILENCE),
        "segment_lengths": listed(lengths),
        "leads": listed(leads),
        "streams": f"{stateful.STREAMS}",
        "chunk": f"{stateful.CHUNK}",
        "kept_back": f"{100 * VALIDATION_SHARE:g} %",
        "rates": listed(f"{each.rate:g} ({name})" for name, each in recipes.items()),
        **published_learning(memory),
    }


def published_learning(memory):
    """Budgets, steps and falls of the rate of the published models, in sentences."""
    if memory.models.empty:
        return dict.fromkeys(["budget_steps", "validated_on", "slowed_down", "took", "behind"], "")
    models, records = memory.models, [record for each in memory.grids for record in each.records.values()]
    told = []
    for (model, minutes), group in models.groupby(["model", "minutes"], sort=True):
        steps = sorted({int(count) for count in group["steps"]})
        counted = f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}"
        told.append(f"{counted} steps in {minutes:g} min ({model})")
    heard = [record["audio"] for record in records]
    slowed = [each.histories.groupby("run")["rate_factor"].min() for each in memory.grids]
    fell = sum(int((lowest < 1).sum()) for lowest in slowed)
    ratio = (models["seconds"] / (60 * models["minutes"])).astype(float)
    return {
        "budget_steps": f"In the published runs: {listed(told)}.",
        "validated_on": (
            f"In the published runs, models train on {min(each['training'] for each in heard):.0f} s of audio or more "
            f"and validate on {min(each['validation'] for each in heard):.0f} s or more."
        ),
        "slowed_down": f"That happened in {fell} of {len(models)} trainings.",
        "took": (
            f"By the clock the trainings took {100 * ratio.min():.0f} to {100 * ratio.max():.0f} % of their budget: "
            "validation can take longer than what is kept back for it, and so can steps beside other work."
        ),
        "behind": behind(memory),
    }


def behind(memory):
    """Where longer trainings stood when shorter ones of the same model ended, in a sentence."""
    histories = {run: each for results in memory.grids for run, each in results.histories.groupby("run")}
    ratios = []
    for _, group in memory.models.groupby(["model", "gain", "seed"], sort=False):
        for run, row in group.iterrows():
            for longer, other in group[group["minutes"] > row["minutes"]].iterrows():
                spent = other["minutes"] * histories[longer]["epoch"] / histories[longer]["epoch"].max()
                then = np.interp(row["minutes"], spent, histories[longer]["val_esr"])
                ratios.append(then / histories[run]["val_esr"].iloc[-1])
    if not ratios:
        return "There are no two budgets of one model yet to compare."
    return (
        f"When a shorter training ended, the longer one of the same model stood at {np.median(ratios):.1f} times its "
        f"validation ESR in the median case, and was behind it in {sum(each > 1 for each in ratios)} of {len(ratios)}."
    )


def heard(memory):
    """What each family hears of the playing for one output sample: a figure."""
    experiment = memory.experiment
    if not is_recorded(memory.windowed):
        return scrolling("<p>The recordings that this shows are not on this machine.</p>", "no recordings")
    riffs = load_riffs(experiment, project_root(), experiment.gain_labels[0])
    dry = loudest(next(iter(riffs.values()))[0], round(SHOWN_SECONDS * experiment.sample_rate))
    return heard_figure(dry, experiment.sample_rate, max(experiment.grid.contexts))


def loudest(dry, length):
    """The stretch of some samples with the most energy, np.ndarray of shape (at most length,)."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(dry, dtype=np.float64))])
    if len(dry) <= length:
        return dry
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return dry[start : start + length]


def heard_figure(dry, sample_rate, context):
    """One stretch of playing, three times: in colour what a family of models hears for the sample at its end.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
        It ends with the sample under which the output is predicted.
    sample_rate : int
        In Hz.
    context : int
        Samples of the longest window.

    Returns
    -------
    matplotlib.figure.Figure
    """
    time = 1000 * (np.arange(len(dry)) + 1 - len(dry)) / sample_rate
    rows = {
        f"windowed LSTM: {context} samples, {1000 * context / sample_rate:.1f} ms": context,
        f"WaveNet: {BEFORE + 1:,} samples, {1000 * (BEFORE + 1) / sample_rate:.0f} ms": BEFORE + 1,
        "stateful LSTM: everything so far, as its state keeps it": len(dry),
    }
    with panels(len(rows), 1, 4.2, sharex=True, sharey=True) as (figure, axes):
        for (title, samples), axis in zip(rows.items(), axes[:, 0], strict=True):
            part = slice(max(0, len(dry) - samples), None)
            axis.plot(*outline(time, dry), color=DRY, linewidth=0.5, alpha=0.6)
            axis.plot(*outline(time[part], dry[part]), color=BLUE, linewidth=0.7)
            axis.axvspan(time[part.start], 0, color=BLUE, alpha=0.12, linewidth=0)
            axis.set_title(title, loc="left", fontsize=9)
            axis.set_yticks([0], [""])
        axes[-1, 0].set_xlabel("ms before the output sample")
        axes[0, 0].set_xlim(time[0], 0.015 * -time[0])
        return figure


def families(memory):
    """Show how the model of each family with memory works, and how many weights it has."""
    for family in FAMILIES.values():
        if not is_windowed(family):
            display(Markdown(f"### {family.noun[0].upper()}{family.noun[1:]}\n\n{family.story}"))


def sizes(memory):
    """Weights and training of each published model with memory: a table."""
    if memory.models.empty:
        return scrolling(f"<p>{NOTHING}</p>", "nothing published")
    grouped = memory.models.groupby("model", sort=False)
    shown = grouped[["parameters", "family"]].first()
    shown = shown.assign(
        weights=shown["parameters"].map("{:,}".format),
        optimizer=[FAMILIES[name].optimizer for name in shown["family"]],
        models=grouped.size(),
        seeds=grouped["seed"].nunique(),
    )
    return table(shown[["weights", "optimizer", "models", "seeds"]], f"Source: {memory.source}")


def curves(memory):
    """Validation ESR over the minutes of the budget, a row a model, a column a gain: a figure."""
    if memory.models.empty:
        return scrolling(f"<p>{NOTHING}</p>", "nothing published")
    kinds, minutes = list(memory.models["model"].unique()), sorted(memory.models["minutes"].unique())
    histories = {run: each for results in memory.grids for run, each in results.histories.groupby("run")}
    with panels(len(kinds), len(memory.gains), 1.0 + 1.7 * len(kinds), sharex=True, sharey=True) as (figure, axes):
        for model, line in zip(kinds, axes, strict=True):
            for gain, axis in zip(memory.gains, line, strict=True):
                chosen = (memory.models["model"] == model) & (memory.models["gain"] == gain)
                for run, row in memory.models[chosen].iterrows():
                    number, history = minutes.index(row["minutes"]), histories[run]
                    spent = row["minutes"] * history["epoch"] / history["epoch"].max()
                    style = {"marker": MARKERS[number % len(MARKERS)], "markersize": 3, "markevery": [-1]}
                    color = CYCLE[number % len(CYCLE)]
                    axis.plot(spent, 100 * history["val_esr"], color=color, linewidth=1, **style)
            line[0].set_ylabel(model.replace(", ", "\n"), fontsize=9)
        every = np.concatenate([100 * each["val_esr"] for each in histories.values()])
        log_percent(axes[0, 0], "y", every)
        first = [row["minutes"] / histories[run]["epoch"].max() for run, row in memory.models.iterrows()]
        log_minutes(axes[0, 0], [*first, *minutes])
        for gain, axis in zip(memory.gains, axes[0], strict=True):
            axis.set_title(f"gain {gain}")
        handles = [
            plt.Line2D(
                [],
                [],
                color=CYCLE[i % len(CYCLE)],
                marker=MARKERS[i % len(MARKERS)],
                markersize=3,
                label=f"{each:g} min",
            )
            for i, each in enumerate(minutes)
        ]
        figure.supxlabel("minutes of the budget", fontsize=10)
        figure.supylabel("validation ESR (%)", fontsize=10)
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), handletextpad=0.4)
        return figure
