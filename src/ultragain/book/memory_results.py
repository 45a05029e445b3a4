"""Chapter *What memory reaches*: models with memory by budget, beside others, by aliasing, by riff, and by ear."""

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display

from ultragain import metrics
from ultragain.book.kit import glue
from ultragain.book.kit.axes import log_minutes, log_percent
from ultragain.book.kit.memory import DEVICE, NAM, bests, is_recorded, open_memory, riff_errors, windowed_bests
from ultragain.book.kit.memory_facts import NOTHING, memory_facts, table_of
from ultragain.book.kit.players import Clip, stack
from ultragain.book.kit.riffs import described, riff_facts
from ultragain.book.kit.tables import in_two_digits, scrolling, table
from ultragain.errors import UltraGainError
from ultragain.evaluation.anatomy.limits import ALL_RIFFS, replicate_floor
from ultragain.evaluation.passages import scored_signals
from ultragain.models.keras_file import weights_of
from ultragain.style import CYCLE, DRY, MARKERS, panels
from ultragain.training import runs
from ultragain.words import listed, two_digits

BLIND = (1, 2, 3)  # places in a riff's clips: wet, then the models


def open_chapter():
    """What is published of models with memory; this chapter's facts for its prose are published on the way."""
    memory = open_memory()
    glue.publish(
        memory_facts(memory)
        | floor_facts(memory)
        | aliasing_facts(memory)
        | riff_facts(memory)
        | {"memory_playing": _playing(memory)}
    )
    return memory


def models(memory):
    """Models that differ in the seed alone, taken together, a row each: a table."""
    if memory.models.empty:
        return _nothing()
    caption = (
        "ESR: mean over the riffs, and over the seeds where there are several (how many, in brackets). Better than "
        f"windowed: the best windowed model's mean ESR over this one. Source: {memory.source}"
    )
    return table(table_of(memory), caption)


def windowed(memory):
    """The best windowed model at each gain, with the same scores: a table."""
    found = windowed_bests(memory.windowed)
    if found.empty:
        return scrolling("<p>There is no windowed model on this device to compare with.</p>", "nothing to compare")
    shown = pd.DataFrame(
        {
            "ESR %": found["mean"].map(in_two_digits),
            "worst riff %": [f"{in_two_digits(row['worst'])} ({row['worst_riff']})" for _, row in found.iterrows()],
            "taken, min": (found["seconds"] / 60).map("{:.1f}".format),
        }
    )
    caption = f"The best windowed model at each gain; ESR: mean over the riffs. Source: {memory.windowed.source}"
    return table(shown.rename_axis("gain"), caption)


def over_minutes(memory):
    """Mean ESR over minutes of training, a panel a gain: a figure.

    A dot a model, a line through the means over the seeds; windowed models at the time that their whole training took.
    """
    kinds = {model: memory.models[memory.models["model"] == model] for model in memory.models["model"].unique()}
    kinds = {model: frame[["gain", "minutes", "mean"]] for model, frame in kinds.items()}
    peers = memory.peers[memory.peers["model"] == NAM].rename(columns={"esr_mean": "mean"})
    kinds |= {NAM: peers[["gain", "minutes", "mean"]]} if len(peers) else {}
    others = _windowed_points(memory.windowed)
    drawn = pd.concat([*kinds.values(), others])
    with panels(1, len(memory.gains), 3.6, sharex=True, sharey=True) as (figure, axes):
        for gain, axis in zip(memory.gains, axes[0], strict=True):
            of_gain = others[others["gain"] == gain]
            axis.plot(of_gain["minutes"], 100 * of_gain["mean"], linestyle="", marker=".", color=DRY)
            for number, (model, frame) in enumerate(kinds.items()):
                of_gain = frame[frame["gain"] == gain].astype({"minutes": float, "mean": float})
                style = {"color": CYCLE[number % len(CYCLE)], "marker": MARKERS[number % len(MARKERS)]}
                means = of_gain.groupby("minutes")["mean"].mean()
                axis.plot(means.index, 100 * means, linestyle="--" if model == NAM else "-", color=style["color"])
                axis.plot(of_gain["minutes"], 100 * of_gain["mean"], linestyle="", markersize=4.5, alpha=0.8, **style)
            axis.set_title(f"gain {gain}")
        if len(drawn):
            log_percent(axes[0, 0], "y", 100 * drawn["mean"].astype(float))
            log_minutes(axes[0, 0], drawn["minutes"].astype(float))
        figure.supxlabel("minutes of training", fontsize=10)
        figure.supylabel("ESR, mean over the riffs (%)", fontsize=10)
        figure.legend(handles=_handles(kinds, len(others)), loc="outside upper center", ncols=2, handletextpad=0.5)
        return figure


def _windowed_points(results):
    """Gain, minutes of the whole training, and mean ESR of every windowed model."""
    if results is None:
        return pd.DataFrame(columns=["gain", "minutes", "mean"])
    minutes = results.models["training_seconds"] / 60
    return pd.DataFrame({"gain": results.models["gain"], "minutes": minutes, "mean": riff_errors(results)["mean"]})


def _handles(kinds, has_windowed):
    handles = [
        plt.Line2D(
            [],
            [],
            color=CYCLE[number % len(CYCLE)],
            marker=MARKERS[number % len(MARKERS)],
            markersize=4.5,
            linestyle="--" if model == NAM else "-",
            label=model,
        )
        for number, model in enumerate(kinds)
    ]
    if has_windowed:
        handles.append(plt.Line2D([], [], color=DRY, marker=".", linestyle="", label="windowed models, whole training"))
    return handles


def floor_facts(memory):
    """The ESR that noise alone makes, in a sentence."""
    floors = replicate_floor(memory.windowed.recordings) if is_recorded(memory.windowed) else {}
    if not len(floors):
        return {"memory_floor": "What noise alone makes of it is not measured here: no riff was recorded twice."}
    told = listed(f"{gain}: {two_digits(esr)}" for gain, esr in floors[ALL_RIFFS].items())
    return {
        "memory_floor": (
            f"Riffs that were recorded twice say what the noise of the recordings alone makes, all riffs together: "
            f"{told}. No model can do better; whatever is above is the model."
        )
    }


def aliasing(memory):
    """Aliasing-to-signal ratio by gain: of the device and NAM, and of ours the models with the largest budget."""
    rows = _aliasing_rows(memory)
    if rows.empty:
        return scrolling("<p>Aliasing was not measured on this device yet.</p>", "nothing measured")
    shown = rows.assign(
        model=[f"{row['model']}{_budget_of(row)}" for _, row in rows.iterrows()],
        gain=rows["gain"].map("gain {} dB".format),
        text=rows["aliasing_db"].map("{:.1f}".format),
    )
    wide = shown.pivot_table(index="model", columns="gain", values="text", aggfunc="first", sort=False).fillna("")
    caption = f"Aliasing-to-signal ratio of a sine, at each gain; lower is better. Source: {_measured(memory)}"
    return table(wide, caption, wrap=True)


def _aliasing_rows(memory):
    """Rows of the peers with a ratio: of each model those with its largest budget, a mean over seeds."""
    rows = memory.peers.dropna(subset=["aliasing_db"])
    largest = rows.groupby(["gain", "model"])["minutes"].transform("max")
    rows = rows[rows["minutes"].isna() | (rows["minutes"] == largest)]
    keys = ["gain", "model", "minutes"]
    order = {gain: place for place, gain in enumerate(memory.gains)}
    found = rows.groupby(keys, dropna=False, sort=False)[["aliasing_db", "esr_mean"]].mean().reset_index()
    return found.sort_values("gain", key=lambda column: column.map(order), kind="stable")


def aliasing_facts(memory):
    """Which of the models alias more than the device, in a sentence."""
    rows = _aliasing_rows(memory)
    device = rows[rows["model"] == DEVICE].set_index("gain")["aliasing_db"]
    told = [
        f"{row['model']} at gain {row['gain']} by {row['aliasing_db'] - device[row['gain']]:.1f} dB"
        for _, row in rows.iterrows()
        if row["model"] != DEVICE and row["gain"] in device
    ]
    if not told:
        return {"aliasing": ""}
    above = [
        row["aliasing_db"] > device[row["gain"]]
        for _, row in rows.iterrows()
        if row["model"] != DEVICE and row["gain"] in device
    ]
    return {
        "aliasing": (
            f"{sum(above)} of {len(above)} models have more of it than the device itself. Their "
            f"ratios differ from the device's: {listed(told)}."
        )
    }


def _budget_of(row):
    return "" if pd.isna(row["minutes"]) else f", {row['minutes']:g} min"


def _measured(memory):
    return f"benchmarks/peers.py, {memory.experiment.device.description}"


def by_riff(memory):
    """ESR of the best model with memory on each riff, beside what the riff is like: a table."""
    if memory.models.empty:
        return _nothing()
    if not memory.is_recorded:
        return _unrecorded()
    return table(
        described(memory).text,
        "ESR of each riff, mean over all models with memory at each gain, and the dry riff beside the dry training "
        f"audio. Source: {memory.source}",
        wrap=True,
    )


def players(memory):
    """Show players for each gain: every riff dry, wet, by the best windowed model and by the best with memory."""
    if memory.models.empty or not memory.is_recorded:
        display(_nothing() if memory.models.empty else _unrecorded())
        return
    try:
        clips = {gain: riff_clips(memory, gain, run) for gain, run in bests(memory).items()}
    except UltraGainError as error:  # only the engine plays them
        display(scrolling(f"<p>The models cannot be played here ({error}).</p>", "nothing to play"))
        return
    for gain, rows in clips.items():
        caption = f"Gain {gain}, by riff. Sources: {memory.source}; {memory.windowed.source if memory.windowed else ''}"
        display(stack(rows, caption, memory.experiment.sample_rate, blind=BLIND))


def _playing(memory):
    """What the players play, in a sentence."""
    told = [
        f"at gain {gain} the {memory.models.loc[run, 'model']} with {memory.models.loc[run, 'minutes']:g} min"
        for gain, run in bests(memory).items()
    ]
    return f"The model with memory is {listed(told)}." if told else ""


def riff_clips(memory, gain, run):
    """Each riff at one gain: dry, wet, by the best windowed model if there is one, and by a model with memory.

    The model plays when the page is built; what the windowed one played is published.

    Parameters
    ----------
    memory : Memory
    gain : str
        Label.
    run : str
        Id of the run with memory.

    Returns
    -------
    dict of str to list of Clip
        By riff, with the gain and the passage in a second line.

    Raises
    ------
    UltraGainError
        If the model cannot be played here.
    """
    results, row = memory.of(run), memory.models.loc[run]
    effect, rate = effect_of(results, run), memory.experiment.sample_rate
    beside = windowed_bests(memory.windowed)
    rows = {}
    for riff, (dry, wet) in results.recordings[gain].riffs.items():
        played, start, clips = effect(dry), 0, []
        if gain in beside.index:
            scores = memory.windowed.scores
            place = scores[(scores["run"] == beside.loc[gain, "run"]) & (scores["riff"] == riff)].iloc[0]
            predicted = scored_signals(memory.windowed, place)[2]
            start = round(place["start"] * rate)
            clips.append(Clip("best windowed model", predicted, f"ESR {two_digits(place['esr'])}"))
        part = slice(start, start + len(clips[0].samples) if clips else None)
        dry, wet, played = dry[part], wet[part], played[part]
        heard = f"{row['model']}, {row['minutes']:g} min"
        clips.append(Clip(heard, played, f"ESR {two_digits(metrics.esr(wet, played))}"))
        rows[f"{riff}, gain {gain}\n{len(dry) / rate:.1f} s"] = [Clip("dry", dry), Clip("wet", wet), *clips]
    return rows


def effect_of(results, run):
    """A run's model as an effect: dry audio in, predicted audio out."""
    family, parameters = results.runs[run].family, results.runs[run].parameters
    weights = weights_of((results.folders[run] / runs.MODEL).read_bytes())
    return family.play(family.model(weights, parameters), parameters)


def _unrecorded():
    return scrolling("<p>The recordings of the riffs are not on this machine.</p>", "no recordings")


def _nothing():
    return scrolling(f"<p>{NOTHING}</p>", "nothing published")
