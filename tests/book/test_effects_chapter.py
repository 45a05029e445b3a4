"""What the chapters say of a grid's effects, on grids whose effects are chosen here."""

import dataclasses

import numpy as np
import pytest
from made_grids import made_scores
from made_results import make_results

from ultragain.book import statistics as chapter
from ultragain.book.kit import comparison, effects
from ultragain.evaluation.effects.chance import pure_error
from ultragain.evaluation.effects.fit import fit_grid
from ultragain.evaluation.effects.ratios import ratios
from ultragain.evaluation.statistics import ORIGINAL_RIFF, ORIGINALS
from ultragain.grid import FACTORS


def analysis_of(scores, pure=None):
    return effects.Analysis("made up", scores, fit_grid(scores), pure, "")


@pytest.fixture
def planted():
    """Halved by the longest context, equal in units to within the tiny chance, twice as high at gain High."""
    times = {"High": np.log10(2), 88: np.log10(0.5)}
    return analysis_of(made_scores(lambda *each: sum(times.get(value, 0) for value in each), run=0.0005, residual=0))


def test_sentences_say_what_was_planted(planted):
    facts = effects.effect_facts(planted)
    assert "is 0.50 times that with a context of 44 samples" in facts["context_effect"]
    assert "is 2.00 times that with gain Low" in facts["gain_effect"]
    for name in ("context", "gain"):
        assert facts[f"{name}_effect"].endswith("a difference that chance does not explain.")
    assert "no difference, and the equivalence test rules out one of 5 % or more" in facts["units_effect"]
    assert facts["strongest"].count("(1.00)") == 2 and facts["strongest"].count("(0.00)") <= 2
    assert facts["interactions"] == "No setting's effect depends on another by more than chance explains."
    assert "no combination" in facts["chance"].lower()


def test_an_effect_that_depends_on_another_setting_is_named():
    scores = made_scores(
        lambda gain, context, units, rate: np.log10(2) * (gain == "High" and rate == 0.01), run=0.002, residual=0
    )
    analysis = analysis_of(scores)
    assert effects.effect_facts(analysis)["interactions"].startswith(
        "The effect of one setting depends on the other in 1 of 6 pairs: gain × learning rate"
    )
    shown = chapter.within(analysis).data
    assert "learning rate 0.01 for 0.0001, at gain High" in shown and "2.00" in shown


def test_large_chance_is_no_difference_and_no_equality():
    sentence = effects.effect_facts(analysis_of(made_scores(run=0.3)))["units_effect"]
    assert sentence.endswith("no difference that this grid can show; nor can it rule out one of 5 %.")


def test_chance_and_lack_of_fit_are_told():
    scores = made_scores(run=0.05, repeats=2, seed=3)
    first = scores[scores["run"].isin([f"run{2 * i}" for i in range(36)])]
    facts = effects.effect_facts(analysis_of(first, pure_error(scores)))
    spread = 10 ** pure_error(scores).deviation - 1
    assert f"spread by {100 * spread:.1f} % of the ESR" in facts["chance"] and "36 combinations" in facts["chance"]
    assert "F with 16 and 36 degrees of freedom" in facts["lack_of_fit"]


def test_a_grid_that_is_too_small_says_so_everywhere(project):
    results = make_results(project, lambda *_: 0.5, keep=lambda gain, context, *_: (gain, context) == ("Low", 8))
    analysis = effects.analyse(results, {})
    assert analysis.fit is None
    facts = effects.effect_facts(analysis) | chapter.check_facts(analysis)
    assert all("too few" in text or "no residual" in text or "cannot tell" in text for text in facts.values())
    for show in (chapter.effects, chapter.variance, chapter.within, chapter.same_or_not, chapter.residuals):
        assert "The runs cannot tell" in show(analysis).data
    assert "The runs cannot tell" in chapter.gain_by_gain(analysis).data


def test_every_pair_has_a_row_in_the_forest(planted):
    figure = chapter.effects(planted)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [effects.pair_name(row) for _, row in ratios(planted.fit).iterrows()]
    assert labels[-1] == "learning rate 0.01 for 0.0001" and len(labels) == 3 + 3 + 1 + 1
    both = chapter.forest({"one": ratios(planted.fit), "another": ratios(planted.fit)})
    assert len(both.axes[0].containers) == 2


@pytest.mark.parametrize("low, high", [(0.999, 1.001), (0.97, 1.04), (0.8, 1.25), (1, 1.3), (0.4, 2.2), (0.05, 30)])
def test_at_least_three_ratios_are_written_below_the_forest(planted, low, high):
    frame = ratios(planted.fit).assign(ratio=1.0, low=low, high=high)
    axis = chapter.forest({"one": frame}).axes[0]
    begin, end = axis.get_xlim()
    written = [text.get_text() for text in axis.get_xticklabels() if text.get_text()]
    assert len(set(written)) >= 3 and "1" in written
    assert [float(text) for text in written] == pytest.approx(list(axis.get_xticks()))
    assert all(begin <= float(text) <= end for text in written)


def test_tables_and_residuals_cover_the_grid(planted):
    variance = chapter.variance(planted).data
    assert "context × units" in variance and "error" in variance
    assert "gain High" in chapter.gain_by_gain(planted).data
    drawn = [line for line in chapter.residuals(planted).axes[0].lines if line.get_marker() != "None"]
    assert sum(len(line.get_xdata()) for line in drawn) == 36


def test_the_pattern_of_the_originals_is_found_in_their_copy(project, request, monkeypatch):
    """The original experiment's own scores, as if they were ours, have its very pattern."""
    results = make_results(project, lambda gain, context, units, rate, riff: 1 / context + rate)
    monkeypatch.setattr(comparison.glue, "project_root", lambda: request.config.rootpath)
    theirs = comparison.original_grids(results)[ORIGINALS["DSL20HPreamp/UltraGain"]]
    ours = theirs[["run", *FACTORS, "riff"]].assign(esr_one_late=theirs["esr"])
    device = results.experiment.device.model_copy(update={"version": "UltraGain"})
    copied = dataclasses.replace(
        results, scores=ours, experiment=results.experiment.model_copy(update={"device": device})
    )
    assert set(ours["riff"]) == {ORIGINAL_RIFF}
    said = comparison.pattern_facts(copied)["pattern"]
    assert "is 1.00 (Spearman, 36 models); 8 of 8 pairs of values have the same direction" in said
    assert "no original experiment" in comparison.pattern_facts(results)["pattern"]


def test_devices_stand_beside_each_other(project):
    results = make_results(project, lambda *_: 0.2)
    other = make_results(project, lambda *_: 0.1)
    said = comparison.device_facts(results, [other])["devices"]
    assert "is 2.0 times that of the tanh of the dry signal" in said
    assert "Nothing else is published" in comparison.device_facts(results, [])["devices"]
