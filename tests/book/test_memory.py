"""The part *Beyond the window*: what it says follows from the runs, however many there are."""

import re
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_memory import EPOCHS, made_memory, made_windowed, stateful, wavenets

from ultragain.book import memory as why
from ultragain.book import memory_results as reached
from ultragain.book.kit import glue, riffs
from ultragain.book.kit.memory import bests, cells, open_memory, windowed_bests
from ultragain.book.kit.memory_facts import NOTHING, coverage_facts, memory_facts, table_of

RATE = 44100


def by_budget(each, riff):
    """One tenth over the minutes, on riff "two" three times that: a mean of two tenths over the minutes."""
    return (0.1 if riff == "one" else 0.3) / each["minutes"]


@pytest.fixture
def memory():
    """WaveNets of two seeds, the second 1.5 times as bad; stateful LSTMs with twice their ESR, of one gain."""
    return made_memory(
        wavenets(by_budget),
        wavenets(lambda *place: 1.5 * by_budget(*place), seed=26, gains=["Low"]),
        stateful(lambda *place: 2 * by_budget(*place), gains=["Low"]),
        windowed=made_windowed({"Low": 0.4, "High": 0.8}),
        peers=[
            ("Low", "Neural Amp Modeler", 2, 1.0, -40.0),
            ("Low", "Neural Amp Modeler", 10, 0.2, -50.0),
            ("Low", "the device itself", np.nan, 7e-6, -60.0),
            ("Low", "WaveNet", 2, 0.1, -70.0),
            ("Low", "WaveNet", 10, 0.02, -45.0),
        ],
    )


def test_cells_take_seeds_together(memory):
    found = cells(memory).set_index(["gain", "model", "minutes"])
    assert list(found.index.get_level_values("gain")) == ["Low"] * 4 + ["High"] * 2
    row = found.loc[("Low", "WaveNet", 2.0)]
    assert row["seeds"] == 2
    assert row["mean"] == pytest.approx(0.1 * 1.25)
    assert (row["lowest"], row["highest"]) == pytest.approx((0.1, 0.15))
    assert (row["worst"], row["worst_riff"]) == (pytest.approx(0.15 * 1.25), "two")
    # windowed models with a context of 88 have half the ESR of those with 44
    assert row["ratio"] == pytest.approx(0.2 / 0.125)
    assert found.loc[("High", "WaveNet", 10.0), "ratio"] == pytest.approx(0.4 / 0.02)


def test_bests(memory):
    assert {gain: memory.models.loc[run, "minutes"] for gain, run in bests(memory).items()} == {"Low": 10, "High": 10}
    assert windowed_bests(memory.windowed)["mean"].to_dict() == pytest.approx({"Low": 0.2, "High": 0.4})
    assert windowed_bests(None).empty


def test_sentences_follow_the_numbers(memory):
    facts = memory_facts(memory)
    assert facts["memory_source"] == (
        "published run, made amplifier: 4 of 4 models of family wavenet at profile full, 2 of 4 models of family "
        "lstm-stateful at profile full, 2 with other seeds"
    )
    assert facts["memory_missing"] == (
        "Not all models of these experiments are trained yet, only 2 of 4 of family lstm-stateful: everything here "
        "covers what is there."
    )
    assert "Low: 2 % (WaveNet, 10 min; worst riff two, 3 %)" in facts["memory_bests"]
    assert "Low: 20 % against 2 %, a ratio of 10 and High: 40 % against 2 %, a ratio of 20" in facts["memory_ratios"]
    assert "at gain High from 10 % with 2 min to 2 % with 10 min" in facts["memory_budget"]
    # twice the ESR of the first seed, which is 1.25 times that of both
    assert "the stateful LSTM, 64 units has the lower ESR than the WaveNet in 0 of 2 cases" in facts["memory_families"]
    assert "its ESR is 1.6 times" in facts["memory_families"]
    assert facts["memory_seeds"].startswith("2 of 6 combinations were trained with several seeds.")
    assert "1.5 times at most" in facts["memory_seeds"]
    assert "8 times that of the WaveNet (8 to 8 in 2 comparisons)" in facts["memory_nam"]  # 1 / 0.125, 0.2 / 0.025
    assert "none are below 1 %, 3 are below 3.5 %" in facts["memory_bands"]  # 2, 3 and 2 percent; one has 4


def test_the_table_shows_every_combination(memory):
    shown = table_of(memory)
    assert len(shown) == 6
    row = shown.loc[("Low", "WaveNet", "2 min")]
    assert row["over seeds %"] == "10 to 15 (2)"
    assert row["better than windowed"] == "× 1.6"
    assert shown.loc[("High", "WaveNet", "10 min"), "over seeds %"] == ""


def test_aliasing_is_that_of_the_largest_budget_against_the_device(memory):
    said = reached.aliasing_facts(memory)["aliasing"]
    assert said.startswith("2 of 2 models have more of it than the device")
    assert "Neural Amp Modeler at gain Low by 10.0 dB and WaveNet at gain Low by 15.0 dB" in said
    assert "-45.0" in reached.aliasing(memory).data and "-70.0" not in reached.aliasing(memory).data


def test_every_model_is_a_marker_over_its_minutes(memory):
    figure = reached.over_minutes(memory)
    low, high = figure.axes
    windowed, wavenet, points, *_ = low.lines
    assert len(windowed.get_xdata()) == 2
    np.testing.assert_allclose(wavenet.get_xydata(), [[2, 12.5], [10, 2.5]])
    np.testing.assert_allclose(sorted(points.get_ydata()), [2, 3, 10, 15])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "WaveNet",
        "stateful LSTM, 64 units",
        "Neural Amp Modeler",
        "windowed models, whole training",
    ]
    assert high.get_title() == "gain High"


def test_curves_end_with_the_budget(memory):
    figure = why.curves(memory)
    assert len(figure.axes) == 4  # two models, two gains
    ends = sorted(line.get_xdata()[-1] for line in figure.axes[0].lines)
    assert ends == [2, 2, 10, 10]
    assert figure.axes[0].lines[0].get_ydata()[-1] == pytest.approx(100 * 0.1 / EPOCHS)


def test_how_they_learned(memory):
    facts = why.published_learning(memory)
    assert "1,000 steps in 2 min (WaveNet)" in facts["budget_steps"]
    assert facts["slowed_down"] == "That happened in 8 of 8 trainings."
    assert "170 s of audio" in facts["validated_on"]
    # every training goes 0.1, 0.05, 0.033, 0.025; that of 10 minutes is at the first of these when that of 2 ends
    assert "stood at 4.0 times its validation ESR in the median case, and was behind it in 4 of 4." in facts["behind"]
    assert facts["took"].startswith("By the clock the trainings took 100 to 100 % of their budget")


@pytest.mark.parametrize("windowed", [None, made_windowed({"Low": 0.4, "High": 0.8})], ids=["alone", "windowed"])
def test_without_models_the_chapters_say_so(windowed):
    empty = made_memory(windowed=windowed)
    facts = memory_facts(empty)
    assert facts["memory_missing"] == NOTHING
    assert [name for name, text in facts.items() if text and name not in ("memory_source", "memory_missing")] == []
    assert facts["memory_source"].endswith("no models with memory")
    assert set(facts) == set(memory_facts(made_memory(wavenets(by_budget))))
    assert set(why.published_learning(empty)) == set(why.published_learning(made_memory(wavenets(by_budget))))
    for shown in (reached.models(empty), why.sizes(empty), why.curves(empty)):
        assert NOTHING in shown.data
    assert "not measured" in reached.aliasing(empty).data
    assert len(reached.over_minutes(empty).axes) == 2
    assert riffs.riff_facts(empty).keys() == riffs.riff_facts(made_memory(wavenets(by_budget))).keys()


def test_one_model_alone():
    one = made_memory(wavenets(by_budget, minutes=[2], gains=["High"]))
    facts = memory_facts(one)
    assert "no gain yet at which" in facts["memory_ratios"]
    assert "no two budgets" in facts["memory_budget"]
    assert "one seed only" in facts["memory_seeds"]
    assert facts["memory_bands"].startswith("By the mean over the riffs, of the 1 model with memory none ")
    assert "was not measured" in facts["memory_nam"]
    assert len(why.curves(one).axes) == 2
    assert reached.over_minutes(one).axes[0].lines


def test_riffs_are_measured_against_the_training():
    # a sine of amplitude a has an RMS of a / sqrt(2); one that is softer than the training is never louder
    t = np.arange(RATE) / RATE
    sine = np.sin(2 * np.pi * 440 * t)
    found, loud = riffs.measure({"same": 0.5 * sine, "soft": 0.25 * sine, "loud": sine}, [0.5 * sine], RATE)
    assert loud == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)
    np.testing.assert_allclose(found["rms_dbfs"].diff()[1:3], [-6.02, 12.04], atol=0.01)
    assert found.loc[["soft", "loud"], "louder"].tolist() == [0, 100]
    np.testing.assert_allclose(found["spectrum_db"], 0, atol=1e-6)
    said = riffs.level_sentence(found, "loud")
    assert "6.0 dB above that of the training audio" in said
    assert "number 1 of 3, counted from the loudest" in said


def test_a_correlation_is_named_only_beyond_chance():
    names = [f"riff {number}" for number in range(6)]
    rising = np.arange(6.0)
    flat = pd.DataFrame(dict.fromkeys(riffs.MEASURES, 1.0), index=names)
    said = riffs.rank_sentence(pd.Series(rising, names), flat.assign(rms_dbfs=rising))
    assert "1.00 for its level" in said and "its level goes with the ESR by more than chance" in said
    mixed = riffs.rank_sentence(pd.Series(rising, names), flat.assign(rms_dbfs=[1.0, 0, 3, 2, 5, 4]))
    assert re.search(r"0\.83 for its level", mixed) and "None of these is beyond" in mixed  # 1 - 6 * 6 / 210


def test_the_picture_shows_what_each_family_hears():
    figure = why.heard_figure(np.ones(RATE // 2), RATE, 88)
    coloured = [axis.lines[1].get_xdata() for axis in figure.axes]
    np.testing.assert_allclose([each[0] for each in coloured], -1000 * np.array([87, 6346, RATE // 2 - 1]) / RATE)


def test_the_loudest_stretch():
    dry = np.zeros(100)
    dry[40:50] = 1
    np.testing.assert_array_equal(why.loudest(dry, 10), np.ones(10))
    assert len(why.loudest(dry, 200)) == 100


def test_players_hold_the_amplifier_and_both_models(memory, monkeypatch):
    dry = np.linspace(0.1, 1, RATE // 10)
    for grid in memory.grids:
        grid.recordings = {gain: SimpleNamespace(riffs={"one": (dry, 0.5 * dry)}) for gain in ("Low", "High")}
    monkeypatch.setattr(reached, "effect_of", lambda results, run: lambda samples: 0.4 * samples)
    scored = dry[100:300]
    monkeypatch.setattr(reached, "scored_signals", lambda results, place: (scored, 0.5 * scored, 0.3 * scored))
    memory.windowed.scores["start"] = 100 / RATE
    ((heading, clips),) = reached.riff_clips(memory, "Low", bests(memory)["Low"]).items()
    assert heading == "one, gain Low\n0.0 s"
    assert [clip.label for clip in clips] == ["dry", "wet", "best windowed model", "WaveNet, 10 min"]
    # that passage of all of them; half the signal less 0.4 of it is a fifth of it, so the ESR is 1 / 25
    for clip, factor in zip(clips, (1, 0.5, 0.3, 0.4), strict=True):
        np.testing.assert_allclose(clip.samples, factor * scored)
    assert [clip.note for clip in clips] == ["", "", "ESR 20 %", "ESR 4 %"]


def test_a_book_about_own_recordings_shows_what_is_published(project, monkeypatch):
    shutil.copy(project / "experiments" / "test.yaml", project / glue.EXPERIMENT)
    monkeypatch.setenv("ULTRAGAIN_RECORDINGS", "/own/amplifier")
    empty = open_memory()
    assert empty.windowed is None and empty.is_elsewhere
    assert empty.experiment.device.description == "tanh of the dry signal"
    assert "it shows the published models of the tanh of the dry signal" in memory_facts(empty)["memory_note"]
    monkeypatch.delenv("ULTRAGAIN_RECORDINGS")
    assert coverage_facts(open_memory(SimpleNamespace(experiment=empty.experiment)))["memory_note"] == ""
