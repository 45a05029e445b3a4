import base64
import re
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from made_project import REPOSITORY

from ultragain.book.kit import devices
from ultragain.book.recording_setup import facts, figures, tables
from ultragain.circuits.catalog import CIRCUITS
from ultragain.circuits.measured import HERTZ
from ultragain.experiment import load_experiment

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
    figure = figures.stage_waveforms(stages(SWINGS, resting=200.0), RATE, "gain")
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
    figure = figures.frequency_responses({"preamp": flat, "pedal": flat}, {"preamp": "gain", "pedal": "drive"})
    assert [axis.get_title() for axis in figure.axes] == ["preamp", "pedal"]
    labels = [[text.get_text() for text in axis.get_legend().get_texts()] for axis in figure.axes]
    assert labels == [["gain 2", "gain 8"], ["drive 2", "drive 8"]]
    assert [
        text.get_text() for text in figures.frequency_responses({"treble": flat}).axes[0].get_legend().get_texts()
    ] == ["2", "8"]


def test_distortion_is_drawn_in_decibels_and_percent_on_one_scale():
    curves = {"a": {5: distorted([0.1, 1.0], [0.01, 0.2])}, "b": {5: distorted([1.0, 1.0], [0.01, 0.1])}}
    figure = figures.distortion(curves, {"a": "gain", "b": "drive"})
    (level,), (share,) = figure.axes[0].lines, figure.axes[2].lines
    np.testing.assert_allclose(level.get_xdata(), [1, 500])
    np.testing.assert_allclose(level.get_ydata(), [-20, 0])
    np.testing.assert_allclose(share.get_ydata(), [1, 20])
    assert figure.axes[2].get_ylim() == figure.axes[3].get_ylim()
    assert figure.axes[3].get_ylim()[0] == 0


def test_an_odd_number_of_circuits_leaves_no_empty_panel():
    flat, curve = {5: np.zeros(HERTZ.size)}, {5: distorted([0.1, 1.0], [0.01, 0.2])}
    kinds = ("a", "b", "c")
    assert [axis.get_title() for axis in figures.frequency_responses(dict.fromkeys(kinds, flat)).axes] == [*kinds]
    axes = figures.distortion(dict.fromkeys(kinds, curve), dict.fromkeys(kinds, "gain")).axes
    assert [axis.get_title() for axis in axes] == ["a", "b", "", "", "c", ""]
    assert [axis.get_xlabel() != "" for axis in axes] == [False, False, True, True, False, True]


def test_recovery_has_a_panel_for_each_circuit_and_an_upright_line_at_each_context():
    curves = {"preamp": {2: recovery(0.01), 8: recovery(0.06)}, "pedal": {8: recovery(0.005)}}
    figure = figures.recovery(curves, {"preamp": "gain", "pedal": "drive"}, [88, 44], RATE)
    assert [axis.get_title() for axis in figure.axes] == ["preamp", "pedal"]
    labels = [[text.get_text() for text in axis.get_legend().get_texts()] for axis in figure.axes]
    assert labels == [["gain 2", "gain 8"], ["drive 8"]]
    for axis in figure.axes:
        upright = [line.get_xdata()[0] for line in axis.lines if len(set(line.get_xdata())) == 1]
        np.testing.assert_allclose(upright, [1000 * 44 / RATE, 1000 * 88 / RATE])
        low, high = axis.get_xlim()
        assert low < upright[0] and high == pytest.approx(149)
        assert [text.get_text() for text in axis.texts] == ["44 samples", "88 samples"]


def test_a_long_context_leaves_the_curve_in_sight():
    (axis,) = figures.recovery({"preamp": {8: recovery(0.06)}}, {"preamp": "gain"}, [4410], RATE).axes
    low, high = axis.get_xlim()
    assert low < 2 and high > 100


def test_a_captioned_figure_is_the_picture_with_its_words():
    figure = plt.figure(figsize=(2, 1))
    page = figures.captioned(figure, "a < b", 'the "alt"').data
    plt.close(figure)
    assert 'alt="the &quot;alt&quot;"' in page and ">a &lt; b</span>" in page
    (encoded,) = re.findall('src="data:image/svg\\+xml;base64,([^"]*)"', page)
    assert b"<svg" in base64.b64decode(encoded)


def test_the_stage_that_changes_most_is_named():
    assert facts.stage_sentence(stages(SWINGS), "gain") == (
        "From gain 2 to gain 8 the note's swing from trough to crest changes most at V1's plate, from 10 V to 90 V. "
        "At the output it goes from 4 V to 4.4 V, and the level changes by 0.8 dB: the gain knob decides how a hard "
        "note clips, hardly how loud it is."
    )


def test_nothing_is_said_of_clipping_where_the_knob_makes_it_louder():
    louder = {2: SWINGS[2], 8: SWINGS[8] | {"output": 8.0}}
    assert facts.stage_sentence(stages(louder), "gain").endswith("and the level changes by 6.0 dB.")
    alone = facts.stage_sentence(stages({5: SWINGS[2]}), "drive")
    assert alone == (
        "At drive 5 the note's swing from trough to crest is 1 V at the input, 10 V at V1's plate and 4 V at the "
        "output."
    )


def test_the_rise_of_low_and_high_notes():
    tilted = 10 * np.log2(HERTZ / 200) / np.log2(25)  # 0 dB at 200 Hz, 10 dB at 5 kHz
    say = facts.response_sentence
    assert say({2: 0 * HERTZ, 8: 5 + tilted}, "pedal", "drive") == (
        "From drive 2 to drive 8 the pedal's amplification rises by 5 dB at 200 Hz, but by 15 dB at 5 kHz."
    )
    assert "6 dB at 200 Hz, and by 6 dB" in say({2: tilted, 8: tilted + 6}, "pedal", "drive")
    assert say({5: tilted + 2}, "pedal", "drive") == "At drive 5 the pedal amplifies 200 Hz by 2 dB and 5 kHz by 12 dB."


def test_distortion_in_a_sentence():
    curves = {2: distorted([0.1, 1.0], [0.001, 0.26]), 8: distorted([1.0, 1.0], [0.04, 0.26])}
    assert facts.distortion_sentence(curves, "preamp", "gain") == (
        "Behind the preamp a sine of 1 mV has 0.1 % at gain 2 and 4 % at gain 8, 20.0 dB apart in level; "
        "one of 500 mV has 26 % at gain 2 and 26 % at gain 8, 0.0 dB apart in level."
    )
    assert "apart" not in facts.distortion_sentence({2: curves[2]}, "preamp", "gain")


def test_a_circuit_without_stages_has_only_its_output():
    clipper = {2: {"input": 1.0, "output": 1.0}, 8: {"input": 1.0, "output": 0.5}}
    assert facts.stage_sentence(stages(clipper), "drive") == (
        "From drive 2 to drive 8 the note's swing from trough to crest at the output goes from 1 V to 500 mV, and the "
        "level changes by 6.0 dB."
    )


@pytest.fixture
def experiment():
    return load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml")


@pytest.mark.parametrize(
    ("settles", "context", "times", "compared"),
    [
        (0.062, 88, "62 ms at gain 8", "31 times the length of the longest window"),
        (0.062, 2646, "62 ms at gain 8", "about the length of the longest window"),
        (0.012, 2646, "12 ms at gain 8", "less than the length of the longest window"),
        (9.0, 882, "more than 149 ms at gain 8", "more than 7 times the length of the longest window"),
    ],
)
def test_recovery_is_compared_with_the_longest_window(experiment, settles, context, times, compared):
    grid = experiment.grid.model_copy(update={"contexts": [44, context]})
    curves = {"dsl20h": {8: recovery(settles)}, "sd1": {2: recovery(0.0), 5: recovery(0.005)}}
    said = devices.recovery_facts(curves, experiment.model_copy(update={"grid": grid}))
    assert said["recovery_times"] == (
        f"The virtual DSL-style Ultra Gain preamp needs {times}. "
        "The virtual SD-1-style overdrive needs no more than 2 ms at drive 2 and 5 ms at drive 5."
    )
    assert said["recovery_windows"] == compared
    assert (said["slowest"], said["slowest_at"]) == ("virtual DSL-style Ultra Gain preamp", "gain at 8")
    assert f"{said['slowest_settled']} at gain 8" == times


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
    moved = [points, points.assign(plate=[200.25, 250.0])]
    assert facts.rest_sentence(points, moved, "gain") == (
        "B draws the least current, 0.50 mA, with its grid 3 V below its cathode: it is biased cold, so it cuts off "
        "early on one half of the wave and has much room on the other. The gain knob moves no plate by more than 250 "
        "mV."
    )
    assert facts.rest_sentence(points[:1], moved, "gain") == "The gain knob moves no plate by more than 250 mV."
    assert tables.operating_points(points).loc["B"].to_dict() == {
        "supply V": "300",
        "plate V": "250",
        "cathode V": "2.50",
        "grid V": "-0.50",
        "plate mA": "0.50",
    }


def test_the_stories_tell_which_device_is_the_builds():
    preamp, pedal = CIRCUITS["dsl20h"], CIRCUITS["sd1"]
    for name, builds, other in (("dsl20h_ultragain", preamp, pedal), ("sd1_ds340", pedal, preamp)):
        experiment = load_experiment(REPOSITORY / "experiments" / f"{name}.yaml")
        assert "It is the device of this build." in facts.story(builds, experiment)
        assert "It is not the device of this build." in facts.story(other, experiment)
        assert f"the {builds.title} played the dry riffs" in facts.origin(experiment)


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_story_is_filled(experiment, name):
    assert "$" not in facts.story(CIRCUITS[name], experiment)


def test_a_story_counts_parts_and_names_settings(experiment):
    circuit = replace(CIRCUITS["dsl20h"], story="$triodes of $parts parts.")
    set_so = experiment.device.model_copy(update={"gains": {"Low": 1, "High": 7}, "controls": {"treble": 9}})
    count = len(circuit.netlist(7).parts)
    assert facts.story(circuit, experiment.model_copy(update={"device": set_so})) == (
        f"4 of {count} parts. It is the device of this build. On these pages its gain is at 1 and 7 and the other "
        "controls at treble 9, middle 5, bass 5, volume 10, tone shift off and tube RSD-1."
    )
    alone = replace(circuit, netlist=lambda gain: circuit.netlist(gain), story="It clips.")
    own = experiment.device.model_copy(update={"circuit": "sd1"})
    assert facts.story(alone, experiment.model_copy(update={"device": own})) == (
        "It clips. It is not the device of this build. On these pages its gain is at 2, 5 and 8."
    )


def test_own_recordings_are_not_taken_for_a_virtual_device(project):
    own = load_experiment(project / "experiments" / "test.yaml")
    said = facts.recording_facts(own)
    assert said["origin"].startswith(
        "This build does not use a virtual rig. Its recordings were made elsewhere: tanh of the dry signal."
    )
    for circuit in CIRCUITS.values():
        assert "It is not the device of this build." in facts.story(circuit, own)


def test_levels_of_the_real_rig_are_compared(experiment):
    def said(rig):
        return facts.recording_facts(experiment.model_copy(update={"real_rig": rig}))["rig_levels"]

    assert "20 and 15 dB, so only their shapes" in said(experiment.real_rig)
    assert "same input gain, 12 dB" in said({"dry_input_gain_db": 12, "wet_input_gain_db": 12})
    assert said({"dry_input_gain_db": 12, "wet_input_gain_db": {"Low": 12, "High": 6}}).startswith("Unless")
    assert said({}).startswith("Unless")


def test_files_and_silence_are_said(experiment):
    changed = experiment.device.model_copy(update={"dry": "inputs", "noise": False})
    said = facts.recording_facts(experiment.model_copy(update={"device": changed}))
    assert "played the dry files in data/inputs" in said["origin"]
    assert "switched off" in said["noise_sentence"]
    assert facts.recording_facts(experiment)["noise_sentence"] == ""


def test_full_scale_is_said_of_every_circuit(experiment):
    said = facts.recording_facts(experiment)
    assert said["full_scales"].startswith("8 V at the preamp's effects send")
    assert "1 V at the pedal's output jack" in said["full_scales"]
    assert (said["circuit_rate"], said["hum_hertz"]) == ("352.8 kHz", "50 Hz")
