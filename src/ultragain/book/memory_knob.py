"""Chapter *One model for the whole gain knob*: its ESR over the knob, where it was trained and where it was not."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from ultragain.book.kit import glue
from ultragain.book.kit.axes import log_percent
from ultragain.book.kit.memory_facts import times
from ultragain.book.kit.tables import in_two_digits, scrolling, table
from ultragain.files import project_root
from ultragain.models.catalog import FAMILIES
from ultragain.models.memory.wavenet_gain import FULL
from ultragain.style import CYCLE, MARKERS, panels
from ultragain.words import listed, two_digits

KNOB, PLAIN, SINGLE = (FAMILIES[name].noun for name in ("wavenet-gain", "wavenet-gain-concatenated", "wavenet"))
INTERPOLATED = "data/reference/knob-interpolation.csv"  # benchmarks/knob_interpolation.py writes it
COLUMNS = ["gain", "position", "model", "seed", "minutes", "share", "is_seen", "esr"]
NOTHING = "No model of the whole gain knob is published for this device yet."


@dataclass(frozen=True)
class Knob:
    """Published models of the whole gain knob of one device, and single-gain models to compare them with.

    Attributes
    ----------
    scores : pd.DataFrame
        A row a model and gain, in the order of positions: gain, position (0 to 10), model, seed, minutes, share
        (minutes for each position that it is trained at), is_seen (whether it is trained there) and esr, the mean over
        the riffs.
    source : str
        Device, profile and coverage of every experiment that has a row.
    interpolated : pd.Series
        By gain the ESR of the device's own recordings, interpolated from the positions of the training; empty where
        that is not measured.
    """

    scores: pd.DataFrame
    source: str
    interpolated: pd.Series

    def wide(self):
        """ESR by gain, a column a model, means over the seeds; and whether models of the knob are trained there."""
        found = self.scores.groupby(["gain", "position", "model"], sort=False)["esr"].mean().unstack("model")
        seen = self.scores[self.scores["model"] != SINGLE].groupby("gain")["is_seen"].any()
        found = found.reset_index("position").sort_values("position")
        return found[["position", *_models(found)]].assign(is_seen=seen.reindex(found.index))


def open_chapter():
    """What is published of models of the whole knob; the facts for the chapter's prose are published on the way."""
    experiment, _ = glue.open_beside()
    device = experiment.device
    knob = gather(glue.published_with_memory(device), interpolated(device.description, project_root()))
    glue.publish(knob_facts(knob))
    return knob


def interpolated(device, root):
    """`Knob.interpolated` of a device by its description."""
    path = Path(root) / INTERPOLATED
    found = (
        pd.read_csv(path, dtype={"gain": str}) if path.is_file() else pd.DataFrame(columns=["device", "gain", "esr"])
    )
    return found[found["device"] == device].set_index("gain")["esr"].astype(float)


def gather(grids, interpolated):
    """`Knob` of Results.

    Single-gain models are compared that had as many minutes as a model of the knob had for each position, at gains
    that one of these is scored at.

    Parameters
    ----------
    grids : list of Results
        Everything with memory that is published of a device.
    interpolated : pd.Series
        As in `Knob`.
    """
    whole = [(each.source, _rows(each)) for each in grids if each.experiment.covers_gains]
    if not whole:
        return Knob(pd.DataFrame(columns=COLUMNS), "", interpolated)
    found = pd.concat([rows for _, rows in whole])
    for each in grids:
        if each.experiment.family == "wavenet":
            rows = _rows(each)
            rows = rows[rows["gain"].isin(found["gain"]) & rows["share"].isin(found["share"])]
            whole += [(each.source, rows)] if len(rows) else []
    found = pd.concat([rows for _, rows in whole], ignore_index=True)[COLUMNS]
    sources = "; ".join(dict.fromkeys(source for source, _ in whole))
    return Knob(found.sort_values("position", kind="stable"), sources, interpolated)


def _rows(results):
    """The rows of one experiment's models."""
    experiment, family = results.experiment, FAMILIES[results.experiment.family]
    esr = results.scores.groupby(["run", "gain"], sort=False)["esr"].mean().rename("esr").reset_index()
    minutes = esr["run"].map(results.models["minutes"])
    return esr.assign(
        position=esr["gain"].map(experiment.device.gains),
        model=family.noun,
        seed=experiment.training.seed,
        minutes=minutes,
        share=minutes / (len(experiment.trained_gains) if family.covers_gains else 1),
        is_seen=esr["gain"].isin(experiment.trained_gains),
    )


def over_knob(knob):
    """Mean ESR over the riffs by position of the knob: a figure; open markers where a model was not trained."""
    wide = knob.wide()
    with panels(1, 1, 3.4) as (figure, axes):
        axis, handles = axes[0, 0], []
        models = _models(wide)
        for number, model in enumerate(models):
            drawn = wide[["position", model, "is_seen"]].dropna()
            style = {"color": CYCLE[number], "marker": MARKERS[number]}
            axis.plot(drawn["position"], 100 * drawn[model], color=CYCLE[number], linewidth=1)
            is_seen = drawn["is_seen"].astype(bool) | (model == SINGLE)
            for part, face in ((drawn[is_seen], {}), (drawn[~is_seen], {"markerfacecolor": "white"})):
                axis.plot(part["position"], 100 * part[model], linestyle="", markersize=5.5, **style, **face)
            handles.append(plt.Line2D([], [], label=model, markersize=5.5, **style))
        if models:
            log_percent(axis, "y", 100 * wide[models])
        axis.set(xlim=(-0.2, FULL + 0.2), xlabel="position of the gain knob", ylabel="ESR, mean over the riffs (%)")
        unseen = plt.Line2D(
            [], [], linestyle="", marker="o", color="gray", markerfacecolor="white", label="not trained there"
        )
        figure.legend(handles=[*handles, unseen], loc="outside upper center", ncols=1, handletextpad=0.5)
        return figure


def by_position(knob):
    """The numbers of that figure: a table."""
    if knob.scores.empty:
        return scrolling(f"<p>{NOTHING}</p>", "nothing published")
    wide = knob.wide()
    models = _models(wide)
    shown = pd.DataFrame({"trained there": wide["is_seen"].map({True: "yes", False: "no"})})
    for model in models:
        shown[f"{model} %"] = [in_two_digits(value) if value == value else "" for value in wide[model]]
    if len(knob.interpolated):
        found = knob.interpolated.reindex(wide.index)
        shown["recordings, interpolated %"] = [in_two_digits(value) if value == value else "" for value in found]
    if {KNOB, SINGLE} <= set(models):
        shown["knob / single"] = [times(value) if value == value else "" for value in wide[KNOB] / wide[SINGLE]]
    caption = f"ESR by gain, mean over the riffs, and over the seeds where there are several. Source: {knob.source}"
    return table(shown.rename_axis("gain"), caption)


def _models(wide):
    """Those that are there, in a fixed order."""
    return [name for name in (KNOB, PLAIN, SINGLE) if name in wide]


FACTS = ("knob_minutes", "knob_unseen", "knob_seen", "knob_plain", "knob_interpolated")


def knob_facts(knob):
    """Numbers and sentences for the chapter's prose.

    Parameters
    ----------
    knob : Knob

    Returns
    -------
    dict of str to str
        The same names whatever is published; empty texts where there is nothing to say.
    """
    if knob.scores.empty:
        return {"knob_source": NOTHING} | dict.fromkeys(FACTS, "")
    wide = knob.wide()
    return {
        "knob_source": f"What this page rests on: {knob.source}.",
        "knob_minutes": _minutes(knob),
        "knob_unseen": _against(wide[~wide["is_seen"].astype(bool)], "that it was not trained at", SINGLE),
        "knob_seen": _against(wide[wide["is_seen"].astype(bool)], "that it was trained at", SINGLE)
        if SINGLE in wide
        else "",  # said once is enough
        "knob_plain": _against(wide, "in all", PLAIN),
        "knob_interpolated": _interpolated(knob, wide),
    }


def _interpolated(knob, wide):
    """How far the device's own recordings get one from one position to the next, in a sentence."""
    both = pd.DataFrame({"device": knob.interpolated, "model": wide.get(KNOB)}).dropna()
    if both.empty:
        return ""
    better = int((both["model"] < both["device"]).sum())
    worst = both["device"].idxmax()
    return (
        "How far positions of the knob determine those between them, the recordings say themselves: wet samples at the "
        f"positions of the training, interpolated to another, have an ESR of {two_digits(both['device'].min())} to "
        f"{two_digits(both['device'].max())} there, the most at gain {worst}. The model is better than that at "
        f"{better} of {len(both)} positions."
    )


def _minutes(knob):
    """How long each was trained, in a sentence."""
    told = [
        f"the {model} for {', '.join(f'{each:g}' for each in sorted(set(group['minutes'])))} min"
        for model, group in knob.scores.groupby("model", sort=False)
    ]
    positions = knob.scores.loc[(knob.scores["model"] != SINGLE) & knob.scores["is_seen"], "gain"].nunique()
    return f"Trained were {listed(told)}; the models of the whole knob share that among {positions} positions."


def _against(wide, where, other):
    """The ESR of the model of the whole knob over another's at some positions, in a sentence."""
    if not {KNOB, other} <= set(wide) or (ratios := (wide[KNOB] / wide[other]).dropna()).empty:
        return f"There is no {other} to compare it with yet."
    count = "1 position" if len(ratios) == 1 else f"{len(ratios)} positions"
    return (
        f"At the {count} {where}, the ESR of the {KNOB} is {times(ratios.median())} times that of the {other} in the "
        f"median, from {times(ratios.min())} (gain {ratios.idxmin()}) to {times(ratios.max())} "
        f"(gain {ratios.idxmax()})."
    )
