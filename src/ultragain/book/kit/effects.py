"""The analysis of a grid's runs, as several chapters quote it."""

from dataclasses import dataclass

import pandas as pd

from ultragain.errors import UltraGainError
from ultragain.evaluation.effects.chance import PureError, lack_of_fit, pure_error
from ultragain.evaluation.effects.fit import GridFit, fit_grid
from ultragain.evaluation.effects.outliers import outliers
from ultragain.evaluation.effects.ratios import CONFIDENCE, MARGIN, equivalence, ratios
from ultragain.evaluation.effects.variance import anova
from ultragain.grid import DIMENSIONS, FACTORS, model_name
from ultragain.words import listed, percent

SURE = 0.05  # the p below which a page calls something a difference


@dataclass(frozen=True)
class Analysis:
    """What can be said of a grid's effects.

    Attributes
    ----------
    source : str
        What it is about: device, profile, coverage.
    scores : pd.DataFrame
        As in `Results`.
    fit : GridFit or None
        None where the runs are too few; `reason` says so.
    pure : PureError or None
        From runs with other seeds than the grid's own; None where there are none.
    reason : str
        Why there is no fit; empty if there is one.
    """

    source: str
    scores: pd.DataFrame
    fit: GridFit | None
    pure: PureError | None
    reason: str

    @property
    def lack(self):
        """`lack_of_fit` of the grid against the pure error; None without both."""
        return lack_of_fit(self.fit, self.pure) if self.fit and self.pure else None


def analyse(results, replicates):
    """Fit a grid's runs, and find the size of chance in its replicates.

    Parameters
    ----------
    results : Results
    replicates : dict of int to Results
        Runs of parts of the grid with other seeds, by seed.

    Returns
    -------
    Analysis
    """
    fit, pure, reason = None, None, ""
    try:
        fit = fit_grid(results.scores)
    except UltraGainError as error:
        reason = f"{error}"
    if replicates:
        try:
            pure = pure_error(pd.concat([each.scores for each in replicates.values()]))
        except UltraGainError:
            pass  # one seed each: nothing to compare
    return Analysis(results.source, results.scores, fit, pure, reason)


def effect_facts(analysis):
    """What the settings do, in sentences; each says so where the runs cannot tell.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    dict of str to str
        `<dimension>_effect` for each dimension, `strongest`, `interactions`, `chance`, `lack_of_fit`, `outliers`,
        `fitted`.
    """
    if not analysis.fit:
        unknown = f"The runs cannot tell: {analysis.reason}."
        names = ("strongest", "interactions", "chance", "lack_of_fit", "outliers", "fitted")
        return dict.fromkeys([*(f"{name}_effect" for name in FACTORS), *names], unknown)
    fit = analysis.fit
    table, pairs, same = anova(fit), ratios(fit), equivalence(fit)
    effects = {name: effect_sentence(name, fit, pairs, same) for name in FACTORS}
    mains = table[table["term"].map(len) == 1].sort_values("partial_omega_squared", ascending=False)
    return {f"{name}_effect": sentence for name, sentence in effects.items()} | {
        "strongest": listed(f"{noun} ({max(0, row['partial_omega_squared']):.2f})" for noun, row in mains.iterrows()),
        "interactions": interactions_sentence(table),
        "chance": chance_sentence(analysis),
        "lack_of_fit": lack_sentence(analysis.lack),
        "outliers": outliers_sentence(analysis),
        "fitted": f"{len(fit.runs)} runs, {fit.df_error} degrees of freedom for error, a residual of "
        f"{percent(fit.factor - 1)} of the ESR" + (f" ({fit.note})" if fit.note else ""),
    }


def effect_sentence(name, fit, pairs, same):
    """What the ends of a setting's range do to the ESR, with an interval, and whether it is a difference."""
    dimension = DIMENSIONS[name]
    if name not in fit.levels:
        return f"All runs here have the same {dimension.noun}, so its effect cannot be measured."
    values = fit.levels[name]
    ends = between_ends(fit, pairs) & (pairs["dimension"] == name)
    row, tost = pairs[ends].iloc[0], same[ends].iloc[0]
    first, second = dimension.said(values[0]), dimension.said(values[-1])
    told = (
        f"With {second} the ESR is {row['ratio']:.2f} times that with {first} ({100 * CONFIDENCE:g} % interval "
        f"{row['low']:.2f} to {row['high']:.2f}, p {p_text(row['p_holm'])} after Holm): "
    )
    if row["p_holm"] < SURE:
        small = f", though smaller than {100 * (MARGIN - 1):g} %" if tost["equivalent"] else ""
        return f"{told}a difference that chance does not explain{small}."
    if tost["equivalent"]:
        return f"{told}no difference, and the equivalence test rules out one of {100 * (MARGIN - 1):g} % or more."
    return f"{told}no difference that this grid can show; nor can it rule out one of {100 * (MARGIN - 1):g} %."


def between_ends(fit, pairs):
    """Which rows of `ratios` compare the ends of a setting's range in a fit, a boolean series."""
    ends = pairs["dimension"].map(lambda name: (fit.levels[name][0], fit.levels[name][-1]))
    return pd.Series(list(zip(pairs["first"], pairs["second"], strict=True)), pairs.index) == ends


def interactions_sentence(table):
    """Which settings do not act independently."""
    two = table[table["term"].map(len) == 2]
    if two.empty:
        return "The runs are too few to tell whether one setting's effect depends on another."
    found = two[two["p_holm"] < SURE].sort_values("partial_omega_squared", ascending=False)
    if found.empty:
        return "No setting's effect depends on another by more than chance explains."
    named = listed(
        f"{noun} (p {p_text(row['p_holm'])}, partial ω² {row['partial_omega_squared']:.2f})"
        for noun, row in found.iterrows()
    )
    return f"The effect of one setting depends on the other in {len(found)} of {len(two)} pairs: {named}."


def chance_sentence(analysis):
    """How far two trainings that differ in their seed alone are apart."""
    pure = analysis.pure
    if pure is None:
        return "No combination was trained with several seeds, so chance is known from the fit's residual alone."
    return (
        f"Runs that differ in their seed alone spread by {percent(pure.factor - 1)} of the ESR (one standard "
        f"deviation, {pure.combinations} combinations, {pure.df} degrees of freedom). The grid's own runs are left out "
        "of this number: combinations that were chosen as the best or the worst of it are so partly by luck."
    )


def lack_sentence(lack):
    """Whether the fit leaves more than chance."""
    if lack is None:
        return "Without such runs nothing says how much of the fit's residual is chance."
    verdict = (
        "so interactions of three and more settings are in it, and the intervals above are wider than chance alone"
        if lack.p < SURE
        else "so it is not told from chance, and the model leaves out nothing that these runs could show"
    )
    return (
        f"The fit's residual has {lack.F:.1f} times the variance of that (F with {lack.df} and {lack.df_error} "
        f"degrees of freedom, p {p_text(lack.p)}), {verdict}."
    )


def outliers_sentence(analysis):
    """Which runs lie apart, and what the settings do in the others."""
    scores, fit, found = analysis.scores, analysis.fit, outliers(analysis.fit)
    if found.empty:
        return "No run lies further from what the others let expect than chance explains."
    settings = scores.drop_duplicates("run").set_index("run")
    named = listed(
        f"{model_name(settings.loc[run])} ({row['factor']:.1f} times the ESR that the others let expect, p "
        f"{p_text(row['p'])} after Bonferroni)"
        for run, row in found.iterrows()
    )
    these = "this one" if len(found) == 1 else "these"
    told = f"Unlike the others: {named}. All runs count in the numbers above; without {these} "
    try:
        pairs = ratios(fit_grid(scores[~scores["run"].isin(found.index)]))
    except UltraGainError:
        return f"{told}the runs are too few to tell anything."
    return (
        told
        + "the ratios are: "
        + ", ".join(
            f"{pair_name(row)} {row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f}, p {p_text(row['p_holm'])})"
            for _, row in pairs[between_ends(fit, pairs)].iterrows()
        )
        + "."
    )


def pair_name(row):
    """What a row of `ratios` compares, e.g. "context 88 for 44"."""
    dimension = DIMENSIONS[row["dimension"]]
    return f"{dimension.named(row['second'])} for {dimension.text(row['first'])}"


def p_text(p):
    """A p value as people write it, with its sign of comparison."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"
