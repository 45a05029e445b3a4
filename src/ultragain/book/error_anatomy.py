"""Chapter *Where the error is*: by level, since the attack, by frequency, in rests, and what no model can reach."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ultragain.book.kit import glue
from ultragain.book.kit.axes import gain_legend, log_percent
from ultragain.book.kit.facts import experiment_facts
from ultragain.book.kit.tables import in_percent, table
from ultragain.evaluation.anatomy.attacks import by_time_since_attack, find_attacks
from ultragain.evaluation.anatomy.bands import by_band
from ultragain.evaluation.anatomy.levels import HISTORY_SECONDS, by_level, by_level_before, in_rests
from ultragain.evaluation.anatomy.limits import ALL_RIFFS, one_sample_late, replicate_floor
from ultragain.evaluation.passages import scored_signals, unpredicted_samples
from ultragain.evaluation.results import Results
from ultragain.evaluation.statistics import best_median_worst, levels
from ultragain.grid import model_name
from ultragain.style import CYCLE, MARKERS, panels
from ultragain.words import hertz, listed, percent

SEEN = 0.005  # of the time: groups that are shorter than that at every gain are not shown
EARLY_SECONDS = 0.05  # after an attack, for a sentence
LOW_HERTZ = 160  # for a sentence
WIDE = 20  # a range of ESR that needs a logarithmic axis


@dataclass(frozen=True)
class Played:
    """What the best model at one gain played.

    Attributes
    ----------
    model : pd.Series
        Its row of `Results.models`.
    riffs : dict of str to (dry, wet, predicted)
        np.ndarray of shape (n_samples,) each.
    unpredicted : int
        Samples at the beginning of each that are not scored.
    """

    model: pd.Series
    riffs: dict
    unpredicted: int

    @property
    def signals(self):
        return list(self.riffs.values())


@dataclass(frozen=True)
class Anatomy:
    """What this chapter looks at: the best model at each gain.

    Attributes
    ----------
    results : Results
    played : dict of str to Played
        By gain; without gains that have no model.
    """

    results: Results
    played: dict

    @property
    def rate(self):
        """In Hz."""
        return self.results.experiment.sample_rate

    def tables(self, function):
        """`function` of each gain's signals and unpredicted samples, by gain."""
        return {gain: function(each.signals, unpredicted=each.unpredicted) for gain, each in self.played.items()}


def open_chapter():
    """The best models of the book's results; this chapter's facts for its prose are published on the way."""
    results, played = glue.open_book(), {}
    for gain in levels(results.models, "gain", results.experiment.gain_labels):
        if chosen := best_median_worst(results.models[results.models["gain"] == gain]):
            run = chosen["best"]
            rows = results.scores[results.scores["run"] == run].set_index("riff", drop=False)
            riffs = {riff: scored_signals(results, row) for riff, row in rows.iterrows()}
            played[gain] = Played(results.models.loc[run], riffs, unpredicted_samples(results, run))
    anatomy = Anatomy(results, played)
    glue.publish(experiment_facts(results) | anatomy_facts(anatomy))
    return anatomy


def anatomy_facts(anatomy):
    """Where the error is, in sentences."""
    attacks, bands = since_attack(anatomy), by_frequency(anatomy)
    return {
        "best_models": listed(
            f"{gain}: {model_name(each.model, ['gain'])} ({percent(each.model['esr'])})"
            for gain, each in anatomy.played.items()
        ),
        "early_ms": f"{1000 * EARLY_SECONDS:g} ms",
        "early": listed(f"{gain}: {_held(frame, 0, EARLY_SECONDS)}" for gain, frame in attacks.items()),
        "low_hertz": hertz(LOW_HERTZ),
        "low_ms": f"{1000 / LOW_HERTZ:.1f} ms",
        "low": listed(
            f"{gain}: {_held(frame, 0, LOW_HERTZ, 'signal_share', 'of the wet energy')}"
            for gain, frame in bands.items()
        ),
        "history_ms": f"{1000 * HISTORY_SECONDS:g} ms",
    }


def _held(frame, low, high, of="time_share", noun="of the time"):
    """How much of the error the groups between two bounds hold, and of what else."""
    part = frame[(frame.index.left >= low) & (frame.index.right <= high)]
    return f"{part['error_share'].sum():.0%} of the error in {part[of].sum():.0%} {noun}"


def since_attack(anatomy):
    """Error by the time since the last attack, a table a gain."""
    first = next(iter(anatomy.played.values())).riffs  # the dry signal is the same at every gain
    found = [find_attacks(dry, anatomy.rate) for dry, _, _ in first.values()]
    return anatomy.tables(partial(by_time_since_attack, attacks=found, sample_rate=anatomy.rate))


def by_frequency(anatomy):
    """Error by octave, a table a gain."""
    return anatomy.tables(partial(by_band, sample_rate=anatomy.rate))


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
    return f"{name(group.left)}\N{EN DASH}{name(group.right)}" if np.isfinite(group.right) else f"> {name(group.left)}"
