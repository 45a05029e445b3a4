"""Chapter *Which settings matter*: effects of the grid's settings, with intervals, and the size of chance."""

import numpy as np
import pandas as pd
from IPython.display import HTML

from ultragain.book.kit import glue
from ultragain.book.kit.axes import gain_legend, log_percent, ticks_within
from ultragain.book.kit.comparison import original_ratios, pattern_facts
from ultragain.book.kit.effects import SURE, analyse, effect_facts, p_text, pair_name
from ultragain.book.kit.facts import experiment_facts, unlike
from ultragain.book.kit.tables import scrolling, table
from ultragain.errors import UltraGainError
from ultragain.evaluation.effects.chance import equal_spread
from ultragain.evaluation.effects.fit import fit_each
from ultragain.evaluation.effects.ratios import CONFIDENCE, MARGIN, equivalence, ratios
from ultragain.evaluation.effects.variance import anova, mixed_model
from ultragain.grid import DIMENSIONS
from ultragain.style import CYCLE, DRY, MARKERS, panels
from ultragain.words import percent

INTERVAL = f"{100 * CONFIDENCE:g} % interval"


def open_chapter():
    """Results of the book and their analysis; this chapter's facts for its prose are published on the way."""
    results = glue.open_book()
    analysis = analyse(results, glue.replicates(results))
    glue.publish(
        experiment_facts(results)
        | effect_facts(analysis)
        | check_facts(analysis)
        | pattern_facts(results)
        | {"unlike": unlike(results.experiment), "interval": INTERVAL, "sure": f"{SURE:g}"}
    )
    return results, analysis


def check_facts(analysis):
    """What the cross-check and the residuals say."""
    if not analysis.fit:
        return dict.fromkeys(("mixed", "spread", "margin"), analysis.reason)
    try:
        mixed = mixed_model(analysis.fit)
        checked = (
            f"its effects differ from those here by {mixed.difference:.0e} at most (in log10 ESR), and it puts the "
            f"spread of runs at {percent(10**mixed.deviation - 1)}, against {percent(analysis.fit.factor - 1)} here. "
            f"Riffs differ by a factor of {10**mixed.riff:.2f} (one standard deviation), runs on one riff by "
            f"{10**mixed.residual:.2f} beyond that"
        )
    except UltraGainError as error:
        checked = f"{error}"
    return {"mixed": checked, "spread": spread_sentence(analysis.fit), "margin": f"{100 * (MARGIN - 1):g} %"}


def spread_sentence(fit):
    """Whether residuals spread alike at all values of every setting."""
    unequal = [each for each in equal_spread(fit) if each.p < SURE]
    if not unequal:
        return "Residuals spread alike at all values of every setting, as far as these runs can show."
    told = "; ".join(
        f"by {DIMENSIONS[each.dimension].noun} (p {p_text(each.p)}): "
        + ", ".join(f"{percent(10**deviation - 1)} at {value}" for value, deviation in each.deviations.items())
        for each in unequal
    )
    return f"Residuals do not spread alike {told}. Then the intervals of the whole grid are a compromise."


def effects(analysis):
    """The forest plot of the book's grid: a figure, or why there is none."""
    return forest({analysis.source: ratios(analysis.fit)}) if analysis.fit else _none(analysis)


def all_devices(results, analysis):
    """The same beside the published experiments on other devices: a figure, or why there is none."""
    if not analysis.fit:
        return _none(analysis)
    others = [each for each in (analyse(other, {}) for other in glue.other_published(results)) if each.fit]
    if not others:
        return HTML("<p>No grid on another device is published yet.</p>")
    return forest({each.source: ratios(each.fit) for each in (analysis, *others)})


def originals(results):
    """The same of the original experiments on real devices, and of ours as they scored: a figure."""
    return forest(original_ratios(results))


def variance(analysis):
    """The analysis of variance: a table, or why there is none."""
    if not analysis.fit:
        return _none(analysis)
    found = anova(analysis.fit)
    shown = pd.DataFrame(
        {
            "df": found["df"],
            "sum of squares": found["sum_of_squares"].map("{:.3f}".format),
            "F": found["F"].map("{:.1f}".format),
            "p": found["p"].map(_p),
            "p, Holm": found["p_holm"].map(_p),
            "partial ω²": found["partial_omega_squared"].map("{:.2f}".format),
        }
    ).replace("nan", "")
    caption = f"Analysis of variance of log10 ESR, mean over the riffs of each run. Source: {analysis.source}"
    return table(shown.rename_axis("effect"), caption)


def within(analysis):
    """ESR ratios at each value of the settings that interact: a table; None where the fit has no interactions."""
    if not analysis.fit:
        return _none(analysis)
    found = anova(analysis.fit)
    if found["term"].map(len).max() < 2:
        return None  # the prose says why
    pairs = [term for term in found.loc[found["p_holm"] < SURE, "term"] if len(term) == 2]
    rows = {}
    for outer, inner in (pair for term in pairs for pair in (term, term[::-1])):
        each = ratios(analysis.fit, within=outer)
        for _, row in each[each["dimension"] == inner].iterrows():
            rows[f"{pair_name(row)}, at {DIMENSIONS[outer].named(row['at'])}"] = _interval(row) | {
                "p, Holm": _p(row["p_holm"])
            }
    if not rows:
        return scrolling("<p>No two settings interact here.</p>", "interactions")
    caption = f"ESR ratios where settings interact, with {INTERVAL}s. Source: {analysis.source}"
    return table(pd.DataFrame(rows).T.rename_axis("instead of"), caption)


def same_or_not(analysis):
    """Every pair's ratio, its interval, and both tests, of difference and of equivalence: a table."""
    if not analysis.fit:
        return _none(analysis)
    same = equivalence(analysis.fit)
    rows = {
        pair_name(row): _interval(row)
        | {"p, Holm": _p(row["p_holm"]), f"within {100 * (MARGIN - 1):g} %, p": _p(tost["p"])}
        for (_, row), (_, tost) in zip(ratios(analysis.fit).iterrows(), same.iterrows(), strict=True)
    }
    caption = f"ESR ratios with {INTERVAL}s, and tests of difference and of equivalence. Source: {analysis.source}"
    return table(pd.DataFrame(rows).T.rename_axis("instead of"), caption)


def residuals(analysis):
    """What the fit leaves of each run, over what it expects: a figure, or why there is none."""
    if not analysis.fit:
        return _none(analysis)
    runs = analysis.fit.runs
    groups = runs.groupby("gain", sort=False, observed=True) if "gain" in runs else [("all", runs)]
    with panels(1, 1, 2.8) as (figure, axes):
        axis = axes[0, 0]
        for number, (_, group) in enumerate(groups):
            axis.plot(
                100 * 10 ** group["fitted"],
                100 * (10 ** group["residual"] - 1),
                linestyle="",
                marker=MARKERS[number % len(MARKERS)],
                color=CYCLE[number % len(CYCLE)],
                markersize=5,
                markeredgewidth=0,
            )
        axis.axhline(0, color=DRY, linewidth=1)
        log_percent(axis, "x", 100 * 10 ** runs["fitted"])
        axis.set_xlabel("ESR that the fit expects (%)")
        axis.set_ylabel("ESR above that (%)")
        gain_legend(figure, [gain for gain, _ in groups], median=False)
        return figure


def gain_by_gain(analysis):
    """The ratios of a fit of each gain alone: a table, or why there is none."""
    if not analysis.fit or "gain" not in analysis.fit.levels:
        return _none(analysis)
    try:
        fits = fit_each(analysis.scores, "gain", interactions=False)  # with them, few runs are left to tell chance by
    except UltraGainError as error:
        return _none(analysis, f"{error}")
    rows = {}
    for gain, fit in fits.items():
        for _, row in ratios(fit).iterrows():
            found = _interval(row)
            rows.setdefault(pair_name(row), {})[f"gain {gain}"] = f"{found['ESR ratio']} ({found[INTERVAL]})"
    caption = f"ESR ratios with {INTERVAL}s, each gain fitted alone. Source: {analysis.source}"
    return table(pd.DataFrame(rows).T.rename_axis("instead of"), caption)


def forest(found):
    """ESR ratios with their intervals on a logarithmic axis, a row a pair, a colour a source.

    Parameters
    ----------
    found : dict of str to pd.DataFrame
        By source, what `ultragain.evaluation.effects.ratios.ratios` returns.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = list(dict.fromkeys(pair_name(row) for frame in found.values() for _, row in frame.iterrows()))
    with panels(1, 1, 0.9 + 0.3 * len(names) * (1 + 0.35 * (len(found) - 1)) + 0.25 * len(found)) as (figure, axes):
        axis = axes[0, 0]
        axis.axvspan(1 / MARGIN, MARGIN, color=DRY, alpha=0.25, linewidth=0)
        axis.axvline(1, color=DRY, linewidth=1)
        for number, (source, frame) in enumerate(found.items()):
            aside = 0.24 * (number - (len(found) - 1) / 2)
            places = [names.index(pair_name(row)) + aside for _, row in frame.iterrows()]
            axis.errorbar(
                frame["ratio"],
                places,
                xerr=[frame["ratio"] - frame["low"], frame["high"] - frame["ratio"]],
                linestyle="",
                marker=MARKERS[number % len(MARKERS)],
                color=CYCLE[number % len(CYCLE)],
                markersize=5,
                linewidth=1.5,
                label=source.removeprefix("published run, ").partition(",")[0],
            )
        axis.set_xscale("log")
        ticks = ticks_within(*axis.get_xlim(), (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10))
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.set_xticks([], minor=True)
        axis.set_yticks(range(len(names)), names)
        axis.set_ylim(len(names) - 0.4, -0.6)
        axis.set_xlabel("ESR ratio (below 1: better)")
        axis.grid(axis="y", visible=False)
        if len(found) > 1:
            figure.legend(loc="outside upper center")
        return figure


def _interval(row):
    return {"ESR ratio": f"{row['ratio']:.2f}", INTERVAL: f"{row['low']:.2f} to {row['high']:.2f}"}


def _p(p):
    return "" if np.isnan(p) else p_text(p).removeprefix("= ")


def _none(analysis, reason=""):
    return scrolling(f"<p>The runs cannot tell: {reason or analysis.reason}</p>", "no analysis")
