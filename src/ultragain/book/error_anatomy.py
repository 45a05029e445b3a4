"""Chapter *Where the error is*: by level, since the attack, by frequency, in rests, and what no model can reach."""

from functools import partial

import numpy as np
import pandas as pd

from ultragain.book.kit import glue
from ultragain.book.kit.anatomy import anatomy_facts, best_models, by_frequency, since_attack
from ultragain.book.kit.axes import gain_legend, log_percent
from ultragain.book.kit.facts import experiment_facts
from ultragain.book.kit.tables import in_percent, scrolling, table
from ultragain.evaluation.anatomy.levels import HISTORY_SECONDS, by_level, by_level_before, in_rests
from ultragain.evaluation.anatomy.limits import ALL_RIFFS, one_sample_late, replicate_floor
from ultragain.style import CYCLE, MARKERS, panels

SEEN = 0.005  # of the time: groups that are shorter than that at every gain are not shown
WIDE = 20  # a range of ESR that needs a logarithmic axis


def open_chapter():
    """The best models of the book's results; this chapter's facts for its prose are published on the way."""
    results = glue.open_book()
    anatomy = best_models(results)
    glue.publish(experiment_facts(results) | anatomy_facts(anatomy))
    return anatomy


def level_figure(anatomy):
    """ESR and share of the error by how loud was played: a figure."""
    found = anatomy.tables(partial(by_level, of="dry", sample_rate=anatomy.rate))
    return profiles(found, "dry level below the loudest (dB)", "{:g}".format)


def attack_figure(anatomy):
    """ESR and share of the error by the time since the attack: a figure."""
    return profiles(since_attack(anatomy), "time since the attack (ms)", lambda bound: f"{1000 * bound:g}")


def band_figure(anatomy):
    """ESR and share of the error by octave: a figure."""
    return profiles(by_frequency(anatomy), "octave (kHz)", lambda bound: f"{bound / 1000:g}")


def memory_table(anatomy):
    """ESR of frames of one level, by how much louder the playing was before: a table."""
    found = anatomy.tables(partial(by_level_before, sample_rate=anatomy.rate))
    rows = {}
    for gain, frame in found.items():
        for (own, before), row in frame[frame["time_share"] >= SEEN].iterrows():
            place = (f"{own.left:g} to {own.right:g}", f"{_between(before, '{:g}'.format)} dB")
            rows.setdefault(place, {})[f"gain {gain} %"] = in_percent(row["esr"])
    if not rows:
        return scrolling("<p>The riffs are too short to compare such frames.</p>", "nothing to compare")
    names = ["dB below the loudest", f"louder in the {1000 * HISTORY_SECONDS:g} ms before"]
    caption = (
        "ESR of dry frames of one level, by how much louder the playing was just before; without groups of less than "
        f"{SEEN:.1%} of the time. Best model at each gain. Source: {anatomy.results.source}"
    )
    return table(pd.DataFrame(rows).T.rename_axis(names).fillna(""), caption)


def rest_table(anatomy):
    """Levels in the rests: a table."""
    found = anatomy.tables(partial(in_rests, sample_rate=anatomy.rate))
    rows = {
        gain: {
            "seconds": f"{rests.seconds:.2f}",
            "wet dBFS": f"{rests.wet_dbfs:.1f}",
            "predicted dBFS": f"{rests.predicted_dbfs:.1f}",
            "error dBFS": f"{rests.error_dbfs:.1f}",
            "of the error %": f"{100 * rests.error_share:.2f}",
        }
        for gain, rests in found.items()
        if rests
    }
    if not rows:
        return scrolling("<p>The riffs have no rests.</p>", "no rests")
    caption = f"Levels where hardly anything is played. Best model at each gain. Source: {anatomy.results.source}"
    return table(pd.DataFrame(rows).T.rename_axis("gain"), caption)


def limits_table(anatomy):
    """What a perfect model would score, and the best one does, aligned and one sample late: a table."""
    floors = replicate_floor(anatomy.results.recordings)
    rows = {}
    for gain, each in anatomy.played.items():
        late = one_sample_late(each.riffs, each.unpredicted).median()
        floor = floors.loc[gain, ALL_RIFFS] if gain in floors.index else np.nan
        rows[gain] = {
            "best model %": in_percent(late["esr"]),
            "noise alone %": f"{100 * floor:.4f}" if np.isfinite(floor) else "",
            "best model, one late %": in_percent(late["esr_one_late"]),
            "the wet signal itself, one late %": in_percent(late["perfect_one_late"]),
        }
    caption = f"ESR, median over the riffs (noise: all riffs together). Source: {anatomy.results.source}"
    return table(pd.DataFrame(rows).T.rename_axis("gain"), caption)


def profiles(found, label, name):
    """ESR of each group, and its share of the error beside its share of the time or of the signal.

    Parameters
    ----------
    found : dict of str to pd.DataFrame
        By gain, tables of `ultragain.evaluation.anatomy`.
    label : str
        Of the axis of groups.
    name : callable
        From a group's bound to text.

    Returns
    -------
    matplotlib.figure.Figure
        Above the ESR, below the shares of the error as bars; a tick is the share of the time, or of the
        wet signal's energy where groups are not times.
    """
    of = "time_share" if "time_share" in next(iter(found.values())) else "signal_share"
    seen = np.max([frame[of].to_numpy() for frame in found.values()], axis=0) >= SEEN
    groups = next(iter(found.values())).index[seen]
    with panels(2, 1, 4.4, sharex=True) as (figure, axes):
        above, below = axes[:, 0]
        width = 0.8 / len(found)
        for number, frame in enumerate(found.values()):
            shown, at = frame[seen], np.arange(len(groups)) + width * (number - (len(found) - 1) / 2)
            style = {"color": CYCLE[number % len(CYCLE)], "marker": MARKERS[number % len(MARKERS)]}
            above.plot(np.arange(len(groups)), 100 * shown["esr"], markersize=5, **style)
            below.bar(at, 100 * shown["error_share"], width, color=style["color"])
            below.plot(at, 100 * shown[of], linestyle="", marker="_", markersize=8, color="#1A1A1A")
        above.set_ylabel("ESR (%)")
        every = 100 * np.concatenate([frame.loc[seen, "esr"] for frame in found.values()])
        if every.max() > WIDE * every.min():
            log_percent(above, "y", every)
        else:
            above.set_ylim(bottom=0)
        below.set_ylabel("share of the error (%)")
        below.set_xlabel(label)
        below.set_xticks(np.arange(len(groups)), [_between(group, name) for group in groups])
        below.tick_params(axis="x", labelrotation=45 if len(groups) > 6 else 0)
        below.grid(axis="x", visible=False)
        gain_legend(figure, list(found), median=False)
        return figure


def _between(group, name):
    if not np.isfinite(group.left):
        return f"< {name(group.right)}"
    if not np.isfinite(group.right):
        return f"> {name(group.left)}"
    to = " to " if group.left < 0 else "\N{EN DASH}"  # no dash behind a minus
    return f"{name(group.left)}{to}{name(group.right)}"
