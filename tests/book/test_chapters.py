import numpy as np
import pytest
from made_results import make_results

from ultragain.book import evaluation, training_sweep
from ultragain.book import results as chapter
from ultragain.book.kit import facts, signals, tables
from ultragain.evaluation.passages import overlay_passages
from ultragain.evaluation.results import load_originals
from ultragain.evaluation.statistics import beside_originals, best_median_worst
from ultragain.files import project_root
from ultragain.grid import FACTORS, GRID

RATE = 44100


@pytest.fixture(params=[None, lambda gain, context, *_: (gain, context) == ("Low", 8)], ids=["whole grid", "two runs"])
def results(project, request):
    return make_results(project, lambda gain, context, units, rate, riff: 1 / context + rate, keep=request.param)


def texts(figure):
    figure.draw_without_rendering()
    return [
        label.get_text()
        for axis in figure.axes
        for label in (*axis.get_xticklabels(), *axis.get_yticklabels(), axis.title)
    ]


def test_training_curves_have_a_panel_for_each_size_and_gain(results):
    figure = training_sweep.curves(results)
    models = results.models
    assert len(figure.axes) == models["gain"].nunique() * len(models.groupby(["context", "units"]))
    # training and validation of every model
    assert sum(len(axis.lines) for axis in figure.axes) == 2 * len(models)
    drawn = sorted(axis.lines[1].get_ydata()[1] for axis in figure.axes)
    np.testing.assert_allclose(drawn, 40)  # val_esr 0.8 / 2, in percent


def test_every_model_is_a_dot_in_every_panel(results):
    figure = chapter.by_setting(results)
    for axis in figure.axes:
        dots = np.concatenate([line.get_ydata() for line in axis.lines if line.get_linestyle() == "None"])
        np.testing.assert_allclose(np.sort(dots), np.sort(100 * results.models["esr"]))


def test_riffs_stand_in_the_experiments_order_with_their_counts(results):
    n = len(results.models)
    figure = chapter.esr_by_riff(results.scores, ["two", "one", "not scored"], results.experiment.gain_labels)
    assert [label for label in texts(figure) if "n=" in label] == [f"two\nn={n}", f"one\nn={n}"]


def test_original_scores_beside_ours(results, request):
    theirs = load_originals(project_root(request.path))
    figure = chapter.originals_figure(beside_originals(results.scores, theirs))
    labels = texts(figure)
    assert {"real DSL20H, High", "real SD-1, Mid", "ours, all riffs, Low"} <= set(labels)


def test_overlays_of_the_best_model(results):
    passages = overlay_passages(results, best_median_worst(results.models)["best"])
    assert [title.split(":")[0] for title, *_ in passages] == ["quiet", "attack", "sustained"]
    for _, _, dry, wet, predicted in passages:
        assert len(dry) == len(wet) == len(predicted)
    assert len(signals.overlays(passages, RATE).axes) == 3


def test_overlays_without_passages_are_an_empty_figure():
    assert len(signals.overlays([], RATE).axes) == 1


def test_factor_of_the_dry_signal_is_round():
    assert signals.round_factor(wanted=1.0, have=0.1) == 5  # 0.6 / 0.1 = 6
    assert signals.round_factor(wanted=1.0, have=0.01) == 50
    assert signals.round_factor(wanted=0.1, have=1.0) == pytest.approx(0.05)
    assert signals.round_factor(wanted=1.0, have=0.0) == 1


def test_sentences_follow_the_numbers(project):
    worse = make_results(project, lambda gain, context, *_: 0.01 * context)
    assert facts.factor_sentence(worse.models, "context", ["Low", "High"]) == (
        "With a context of 16 samples the ESR is lower in 0 of 4 pairs of models that otherwise have the same "
        "settings, compared with a context of 8 samples; in the median pair it is 100 % higher."
    )
    assert "no two models" in facts.factor_sentence(worse.models, "units", ["Low", "High"])
    equal = make_results(project, lambda *_: 0.5)
    assert "the same to within half a percent" in facts.factor_sentence(equal.models, "context", ["Low", "High"])


def test_facts_say_what_is_missing(results):
    said = (
        facts.experiment_facts(results)
        | facts.score_facts(results)
        | facts.window_facts(results)
        | facts.sweep_facts(results)
    )
    assert all(isinstance(text, str) for text in said.values())
    if len(results.models) == results.expected:
        assert said["missing"] == "" and said["trained"] == "All 8 models of the grid are trained."
    else:
        assert said["missing"].startswith("6 of the grid's 8 models are not trained yet")
        assert said["trained"] == said["missing"]
    assert said["best_model"] == f"gain Low, context {results.models['context'].max()}, 4 units, learning rate 0.001"
    assert said["caution"] == "Profile tiny uses the experiment's own sizes."


def test_tables_are_built_for_any_grid(results):
    grid = chapter.grid_frame(results)
    assert len(grid) == len(results.models) and grid["ESR %"].is_monotonic_increasing
    assert list(grid)[: len(GRID)] == [each.noun for each in GRID]
    for by in (*FACTORS, "riff"):
        assert "<table" in tables.table(chapter.spreads(results, by), "caption").data
    for made in (training_sweep.training_times(results.models), evaluation.late_and_aligned(results)):
        assert "<caption>a &lt; b</caption>" in tables.table(made, "a < b").data


def test_best_median_and_worst_model_of_a_gain(project):
    # the larger the context the better, on every riff; of four models the second is the median
    results = make_results(project, lambda gain, context, units, rate, riff: 1 / context + rate)
    rows = chapter.predicted_clips(results, "High")
    assert list(rows)[0].startswith("one, gain High\n0.1 s from ")
    dry, wet, *predicted = next(iter(rows.values()))
    named = [(dry, wet, *predicted)[place].label for place in chapter.BLIND]
    assert named == ["wet", "best model", "median model", "worst model"]
    assert len(dry.samples) == len(wet.samples) == round(0.1 * 44100)
    for clip, esr in zip(predicted, (1 / 16 + 0.001, 1 / 16 + 0.01, 1 / 8 + 0.01), strict=True):
        np.testing.assert_allclose(clip.samples, wet.samples * (1 - np.sqrt(esr)), atol=1e-6)
    assert predicted[0].note == "ESR 6.3 %"


def test_a_gain_without_runs_has_no_rows(project):
    results = make_results(project, lambda *_: 0.5, keep=lambda gain, *_: gain == "Low")
    assert chapter.predicted_clips(results, "High") == {}
