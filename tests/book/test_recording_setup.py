import numpy as np
import pandas as pd
import pytest

from ultragain.book.recording_setup import facts as circuit_facts
from ultragain.book.recording_setup import figures as circuit_figures
from ultragain.book.recording_setup import tables
from ultragain.circuits.measured import HERTZ
from ultragain.words import volts

RATE = 44100


def stages(swings, resting=0.0):
    """Made-up voltages: at each position and stage a sine of the swing asked for."""
    sine = np.sin(2 * np.pi * np.arange(600) / 200)
    return {
        position: {stage: (resting + swing / 2 * sine, resting) for stage, swing in by_stage.items()}
        for position, by_stage in swings.items()
    }


SWINGS = {2: {"input": 1.0, "V1 plate": 10.0, "output": 4.0}, 8: {"input": 1.0, "V1 plate": 90.0, "output": 4.4}}


def recovery(settles, deepest=-40.0):
    """A level that comes back at the second given, watched for 0.15 s."""
    seconds = np.arange(0.002, 0.15, 0.001)
    return seconds, np.where(seconds < settles, deepest, 0.0)


def distorted(output, thd):
    return pd.DataFrame({"output": output, "thd": thd}, index=pd.Index([0.001, 0.5], name="input"))


def test_a_panel_for_each_stage_and_gain_with_one_scale_a_row():
    figure = circuit_figures.stage_waveforms(stages(SWINGS, resting=200.0), RATE, "gain")
    axes = np.array(figure.axes).reshape(3, 2)
    assert [axis.get_title() for axis in axes[0]] == ["gain 2", "gain 8"]
    for row, stage in zip(axes, SWINGS[2], strict=True):
        assert row[0].texts[0].get_text() == stage
        assert row[0].get_ylim() == row[1].get_ylim()
        for axis, position in zip(row, SWINGS, strict=True):
            resting, signal = axis.lines
            assert set(resting.get_ydata()) == {200.0}
            assert np.ptp(signal.get_ydata()) == pytest.approx(SWINGS[position][stage])


def test_a_panel_for_each_response_and_a_line_for_each_position():
    flat = {2: np.zeros(HERTZ.size), 8: np.ones(HERTZ.size)}
    figure = circuit_figures.frequency_responses({"preamp": flat, "pedal": flat}, {"preamp": "gain", "pedal": "drive"})
    assert [axis.get_title() for axis in figure.axes] == ["preamp", "pedal"]
    labels = [[text.get_text() for text in axis.get_legend().get_texts()] for axis in figure.axes]
    assert labels == [["gain 2", "gain 8"], ["drive 2", "drive 8"]]
    assert [
        text.get_text()
        for text in circuit_figures.frequency_responses({"treble": flat}).axes[0].get_legend().get_texts()
    ] == ["2", "8"]


def test_distortion_is_drawn_in_decibels_and_percent_on_one_scale():
    curves = {"a": {5: distorted([0.1, 1.0], [0.01, 0.2])}, "b": {5: distorted([1.0, 1.0], [0.01, 0.1])}}
    figure = circuit_figures.distortion(curves, {"a": "gain", "b": "drive"})
    (level,), (share,) = figure.axes[0].lines, figure.axes[2].lines
    np.testing.assert_allclose(level.get_xdata(), [1, 500])
    np.testing.assert_allclose(level.get_ydata(), [-20, 0])
    np.testing.assert_allclose(share.get_ydata(), [1, 20])
    assert figure.axes[2].get_ylim() == figure.axes[3].get_ylim()
    assert figure.axes[3].get_ylim()[0] == 0


def test_an_upright_line_stands_at_each_context():
    figure = circuit_figures.recovery({"gain 8": recovery(0.06)}, [88, 44], RATE)
    (axis,) = figure.axes
    upright = [line.get_xdata()[0] for line in axis.lines if len(set(line.get_xdata())) == 1]
    np.testing.assert_allclose(upright, [1000 * 44 / RATE, 1000 * 88 / RATE])
    low, high = axis.get_xlim()
    assert low < upright[0] and high == pytest.approx(149)
    assert [text.get_text() for text in axis.texts] == ["44 samples", "88 samples"]


def test_a_long_context_leaves_the_curve_in_sight():
    (axis,) = circuit_figures.recovery({"gain 8": recovery(0.06)}, [4410], RATE).axes
    low, high = axis.get_xlim()
    assert low < 2 and high > 100


def test_the_stage_that_changes_most_is_named():
    assert circuit_facts.stage_sentence(stages(SWINGS), "gain") == (
        "From gain 2 to gain 8 the note's swing from trough to crest changes most at V1's plate, from 10 V to 90 V. At the output it "
        "goes from 4 V to 4.4 V, and the level changes by 0.8 dB: the gain knob decides how a hard note clips, hardly how loud it is."
    )


def test_nothing_is_said_of_clipping_where_the_knob_makes_it_louder():
    louder = {2: SWINGS[2], 8: SWINGS[8] | {"output": 8.0}}
    assert circuit_facts.stage_sentence(stages(louder), "gain").endswith("and the level changes by 6.0 dB.")
    alone = circuit_facts.stage_sentence(stages({5: SWINGS[2]}), "drive")
    assert (
        alone
        == "At drive 5 the note's swing from trough to crest is 1 V at the input, 10 V at V1's plate and 4 V at the output."
    )


def test_the_rise_of_low_and_high_notes():
    tilted = 10 * np.log2(HERTZ / 200) / np.log2(25)  # 0 dB at 200 Hz, 10 dB at 5 kHz
    say = circuit_facts.response_sentence
    assert say({2: 0 * HERTZ, 8: 5 + tilted}, "pedal", "drive") == (
        "From drive 2 to drive 8 the pedal's amplification rises by 5 dB at 200 Hz, but by 15 dB at 5 kHz."
    )
    assert "6 dB at 200 Hz, and by 6 dB" in say({2: tilted, 8: tilted + 6}, "pedal", "drive")
    assert say({5: tilted + 2}, "pedal", "drive") == "At drive 5 the pedal amplifies 200 Hz by 2 dB and 5 kHz by 12 dB."


def test_distortion_in_a_sentence():
    curves = {2: distorted([0.1, 1.0], [0.001, 0.26]), 8: distorted([1.0, 1.0], [0.04, 0.26])}
    assert circuit_facts.distortion_sentence(curves, "preamp", "gain") == (
        "Behind the preamp a sine of 1 mV has 0.1 % at gain 2 and 4 % at gain 8, 20.0 dB apart in level; "
        "one of 500 mV has 26 % at gain 2 and 26 % at gain 8, 0.0 dB apart in level."
    )
    assert "apart" not in circuit_facts.distortion_sentence({2: curves[2]}, "preamp", "gain")


@pytest.mark.parametrize(
    ("settles", "context", "times", "compared"),
    [
        (0.062, 88, "62 ms at gain 8", "31 times what the longest window sees"),
        (0.062, 2646, "62 ms at gain 8", "about what the longest window sees"),
        (0.012, 2646, "12 ms at gain 8", "less than what the longest window sees"),
        (9.0, 882, "more than 149 ms at gain 8", "more than 7 times what the longest window sees"),
    ],
)
def test_memory_is_compared_with_the_longest_window(settles, context, times, compared):
    said = circuit_facts.recovery_facts({8: recovery(settles)}, {5: recovery(0.005)}, [44, context], RATE)
    assert (said["recovery_times"], said["recovery_windows"]) == (times, compared)
    assert said["recovery_pedal"] == "5 ms at drive 5"


def test_the_coldest_tube():
    points = pd.DataFrame(
        {
            "supply": [300.0, 300.0],
            "plate": [200.0, 250.0],
            "cathode": [1.5, 2.5],
            "grid": [0.0, -0.5],
            "amps": [1e-3, 5e-4],
        },
        index=["A", "B"],
    )
    said = circuit_facts.rest_facts(points, [points, points.assign(plate=[200.25, 250.0])])
    assert said == {"coldest": "B", "coldest_amps": "0.50 mA", "coldest_bias": "3 V", "rest_moves": "250 mV"}
    assert tables.operating_points(points).loc["B"].to_dict() == {
        "supply V": "300",
        "plate V": "250",
        "cathode V": "2.50",
        "grid V": "-0.50",
        "plate mA": "0.50",
    }


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 V"), (0.0853, "85 mV"), (1.619, "1.6 V"), (0.9999, "1 V"), (183.2, "180 V")]
)
def test_volts_have_two_digits(value, text):
    assert volts(value) == text
