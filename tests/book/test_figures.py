import numpy as np
import pytest
from conftest import REPOSITORY
from made_results import make_results

from ultragain.book import facts, figures, signals
from ultragain.book.kit import tables
from ultragain.circuits import recovery as memory
from ultragain.circuits.dsl20h import netlist as dsl20h
from ultragain.evaluation import passages as excerpts
from ultragain.evaluation.results import load_published
from ultragain.evaluation.statistics import extremes, published_comparison
from ultragain.experiment import load_experiment
from ultragain.files import project_root

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
    figure = figures.training_curves(results)
    models = results.models
    assert len(figure.axes) == models["gain"].nunique() * len(models.groupby(["context", "units"]))
    # training and validation of every model
    assert sum(len(axis.lines) for axis in figure.axes) == 2 * len(models)
    drawn = sorted(axis.lines[1].get_ydata()[1] for axis in figure.axes)
    np.testing.assert_allclose(drawn, 40)  # val_esr 0.8 / 2, in percent


def test_every_model_is_a_dot_in_every_panel(results):
    figure = figures.esr_by_factor(results.models, results.experiment.gain_labels)
    for axis in figure.axes:
        dots = np.concatenate([line.get_ydata() for line in axis.lines if line.get_linestyle() == "None"])
        np.testing.assert_allclose(np.sort(dots), np.sort(100 * results.models["esr"]))


def test_riffs_stand_in_the_experiments_order_with_their_counts(results):
    n = len(results.models)
    figure = figures.esr_by_riff(results.scores, ["two", "one", "not scored"], results.experiment.gain_labels)
    assert [label for label in texts(figure) if "n=" in label] == [f"two\nn={n}", f"one\nn={n}"]


def test_published_scores_beside_ours(results, request):
    published = load_published(project_root(request.path))
    figure = figures.beside_published(published_comparison(results.scores, published))
    labels = texts(figure)
    assert {"published DSL20H, High", "published SD-1, Mid", "ours, all riffs, Low"} <= set(labels)


def test_overlays_of_the_best_model(results):
    passages = excerpts.overlay_passages(results, extremes(results.models)[0])
    assert [title.split(":")[0] for title, *_ in passages] == ["quiet", "attack", "sustained"]
    for _, _, dry, wet, predicted in passages:
        assert len(dry) == len(wet) == len(predicted)
    assert len(signals.overlays(passages, RATE).axes) == 3


def test_overlays_without_passages_are_an_empty_figure():
    assert len(signals.overlays([], RATE).axes) == 1


def test_factor_of_the_dry_signal_is_round():
    assert signals._round_factor(wanted=1.0, have=0.1) == 5  # 0.6 / 0.1 = 6
    assert signals._round_factor(wanted=1.0, have=0.01) == 50
    assert signals._round_factor(wanted=0.1, have=1.0) == pytest.approx(0.05)
    assert signals._round_factor(wanted=1.0, have=0.0) == 1


def test_settling_time_is_the_last_time_outside():
    seconds = np.arange(5) / 10
    assert memory.settling_time(seconds, np.array([-9, 0, -2, 0.5, 0])) == pytest.approx(0.3)
    assert memory.settling_time(seconds, np.zeros(5)) == 0
    assert np.isnan(memory.settling_time(seconds, np.full(5, -9.0)))


def test_the_preamp_remembers_longer_than_a_window():
    seconds, level_db = memory.recovery(dsl20h.netlist(gain=8), RATE)
    # the grids' recovery after blocking takes some 50 to 80 ms at gain 8, measured in SPICE
    assert 0.04 < memory.settling_time(seconds, level_db) < 0.09
    assert level_db.min() < -40
    assert abs(level_db[-1]) < 0.5


def test_a_device_without_memory_recovers_at_once(monkeypatch):
    monkeypatch.setattr(memory.solver, "amplify", lambda netlist, volts, rate: np.tanh(100 * volts))
    _, level_db = memory.recovery(None, RATE)
    np.testing.assert_allclose(level_db, 0, atol=0.01)


def test_sentences_follow_the_numbers(project):
    worse = make_results(project, lambda gain, context, *_: 0.01 * context)
    assert facts.factor_sentence(worse.models, "context", ["Low", "High"]) == (
        "With a context of 16 samples the ESR is lower in 0 of 4 pairs of models that otherwise have the same settings, "
        "compared with a context of 8 samples; in the median pair it is 100 % higher."
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
        assert said["missing"] == "All 8 models of the grid are trained."
    else:
        assert said["missing"].startswith("6 of the grid's 8 models are not trained yet")
    assert said["best_model"] == f"gain Low, context {results.models['context'].max()}, 4 units, learning rate 0.001"
    assert said["caution"] == "Profile tiny uses the experiment's own sizes."


def test_the_preamps_experiment_is_told_from_the_pedals():
    preamp, pedal = (
        facts.recording_facts(load_experiment(REPOSITORY / "experiments" / f"{name}.yaml"))
        for name in ("dsl20h_ultragain", "sd1_ds340")
    )
    is_it, is_not = "It is the device of this build.", "It is not the device of this build."
    assert (preamp["preamp_role"], preamp["pedal_role"]) == (is_it, is_not)
    assert (pedal["preamp_role"], pedal["pedal_role"]) == (is_not, is_it)
    assert "the virtual DSL-style Ultra Gain preamp played the dry riffs" in preamp["origin"]
    assert "the virtual SD-1-style overdrive played the dry riffs" in pedal["origin"]
    assert "20 and 15 dB, so only their shapes" in preamp["rig_levels"]
    assert pedal["rig_levels"].startswith("Unless")
    assert preamp["preamp_controls"] == "treble 5, middle 5, bass 5, volume 10, tone shift off and tube RSD-1"


def test_own_recordings_are_not_taken_for_a_virtual_device(project):
    experiment = load_experiment(project / "experiments" / "test.yaml")
    said = facts.recording_facts(experiment)
    assert said["origin"].startswith(
        "This build does not use a virtual rig. Its recordings were made elsewhere: tanh of the dry signal."
    )
    assert said["preamp_role"] == said["pedal_role"] == "It is not the device of this build."
    rig = {"dry_input_gain_db": 12, "wet_input_gain_db": 12}
    assert (
        "same input gain, 12 dB" in facts.recording_facts(experiment.model_copy(update={"real_rig": rig}))["rig_levels"]
    )
    rig["wet_input_gain_db"] = {"Low": 12, "High": 6}
    assert facts.recording_facts(experiment.model_copy(update={"real_rig": rig}))["rig_levels"].startswith("Unless")


def test_files_and_silence_are_said():
    experiment = load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml")
    changed = experiment.model_copy(
        update={"device": experiment.device.model_copy(update={"dry": "inputs", "noise": False})}
    )
    said = facts.recording_facts(changed)
    assert "played the dry files in data/inputs" in said["origin"]
    assert "switched off" in said["noise_sentence"]
    assert facts.recording_facts(experiment)["noise_sentence"] == ""


@pytest.mark.parametrize("count", [64, 96])
def test_weights_are_those_of_the_model(count):
    from ultragain.models.lstm import build_model

    assert facts.weight_count(count) == build_model(8, count, 0.01, np.random.default_rng(0)).count_params()


def test_tables_are_built_for_any_grid(results):
    assert len(tables.grid(results)) == len(results.models)
    assert tables.grid(results)["ESR %"].is_monotonic_increasing
    for by in ("gain", "context", "units", "learning_rate", "riff"):
        assert "<table" in tables.table(tables.spreads(results, by), "caption").data
    for made in (tables.riffs, tables.recorded_levels, tables.training_times, tables.late_and_aligned):
        assert "<caption>a &lt; b</caption>" in tables.table(made(results), "a < b").data


def test_settings_become_words():
    shown = tables.settings({"dry_input_gain_db": 20, "gain": {"Low": 2, "High": 8}, "tone_shift": False, "eq": 5})
    assert shown["setting"].to_dict() == {
        "dry input gain": "20 dB",
        "gain": "Low 2, High 8",
        "tone shift": "off",
        "EQ": "5",
    }
