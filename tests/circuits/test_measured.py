import numpy as np
import pytest
from made_project import REPOSITORY

from ultragain.circuits import measured
from ultragain.circuits.catalog import CIRCUITS
from ultragain.circuits.dsl20h import netlist as dsl20h
from ultragain.circuits.netlist import Netlist
from ultragain.circuits.parts import Capacitor, Resistor
from ultragain.circuits.sd1 import netlist as sd1
from ultragain.experiment import load_experiment

RATE = 44100
PREAMP, PEDAL = CIRCUITS["dsl20h"], CIRCUITS["sd1"]
DIVIDER = Netlist("test", "in", "out", [Resistor("R1", "in", "out", 1e3), Resistor("R2", "out", "0", 1e3)])


@pytest.fixture
def experiment():
    return load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml")


def with_device(experiment, **changes):
    return experiment.model_copy(update={"device": experiment.device.model_copy(update=changes)})


def test_the_experiments_device_is_shown_as_it_is_set_and_the_other_at_the_write_ups_gains(experiment):
    changed = with_device(experiment, gains={"Some": 7, "None": 1}, controls={"treble": 9})
    shown = measured.netlists(changed, PREAMP)
    assert shown == {1: dsl20h.netlist(1, treble=9), 7: dsl20h.netlist(7, treble=9)}
    assert list(shown) == [1, 7]
    assert measured.netlists(changed, PEDAL) == {knob: sd1.netlist(knob) for knob in (2, 5, 8)}


def test_own_recordings_leave_both_devices_at_their_defaults(experiment):
    own = with_device(experiment, circuit=None, recordings="data", gains={"Only": 10}, controls={})
    assert list(measured.netlists(own, PREAMP)) == list(measured.netlists(own, PEDAL)) == [2, 5, 8]


def test_the_pluck_is_an_a():
    note = measured.pluck(RATE)[round(measured.PLUCK_FROM * RATE) :]
    spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note)), 8 * RATE))
    hertz = np.arange(len(spectrum)) / 8
    # its partials are multiples of 220 Hz: the third is not shared with neighbouring semitones
    near = (hertz > 600) & (hertz < 720)
    assert hertz[near][spectrum[near].argmax()] == pytest.approx(3 * measured.PLUCK_HERTZ, rel=0.02)


@pytest.mark.parametrize(
    ("netlist", "stages"),
    [
        (
            dsl20h.netlist(5),
            {
                "input": "in",
                "V1A plate": "p1",
                "V1B plate": "p2",
                "V2A plate": "p3",
                "V2B plate": "p4",
                "output": "send",
            },
        ),
        (sd1.netlist(5), {"input": "in", "IC1A output": "clip", "IC1B output": "tone", "output": "out"}),
    ],
    ids=["preamp", "pedal"],
)
def test_stages_stand_in_the_order_of_the_signal(netlist, stages):
    assert measured.stage_nodes(netlist) == stages
    assert list(measured.stage_nodes(netlist)) == list(stages)


def test_a_divider_halves_the_pluck():
    voltages = measured.stage_voltages(DIVIDER, RATE)
    (played, rest), (halved, _) = voltages["input"], voltages["output"]
    assert rest == 0
    assert len(played) == round(measured.PLUCK_SECONDS * RATE)
    np.testing.assert_allclose(halved, played / 2, atol=1e-6)
    begin = round(measured.PLUCK_FROM * RATE)
    np.testing.assert_allclose(played, measured.pluck(RATE)[begin : begin + len(played)], atol=1e-4)


def test_operating_points_are_those_of_spice():
    # ngspice 39.3, gain 2: plate and cathode to ground
    spice = {"V1A": (221.06, 1.619), "V1B": (206.55, 1.575), "V2A": (249.47, 2.207), "V2B": (228.66, 1.787)}
    points = measured.operating_points(dsl20h.netlist(2))
    assert list(points.index) == list(spice)
    for tube, (plate, cathode) in spice.items():
        assert points.loc[tube, "plate"] == pytest.approx(plate, abs=0.01)
        assert points.loc[tube, "cathode"] == pytest.approx(cathode, abs=0.001)
    # what comes in at the plate and the grid goes out through the cathode's resistor; the grid's part is tiny
    np.testing.assert_allclose(points["amps"], points["cathode"] / np.array([1800, 1800, 4700, 2200]), rtol=1e-3)
    # each plate's resistor is 100 kohm
    np.testing.assert_allclose(points["amps"], (points["supply"] - points["plate"]) / 100e3, rtol=1e-6)


def test_the_gain_of_a_low_pass():
    low_pass = Netlist("test", "in", "out", [Resistor("R", "in", "out", 1e3), Capacitor("C", "out", "0", 1e-6)])
    corner = 1 / (2 * np.pi * 1e3 * 1e-6)
    np.testing.assert_allclose(measured.gain_db(low_pass, [corner]), 10 * np.log10(0.5), atol=1e-6)
    assert measured.gain_db(low_pass).shape == measured.HERTZ.shape


def test_tone_controls_are_turned_one_at_a_time(experiment):
    turned = measured.tone_responses(with_device(experiment, controls={"middle": 7}), PREAMP)
    assert list(turned) == ["treble", "middle", "bass"]
    np.testing.assert_array_equal(turned["bass"][0], measured.gain_db(dsl20h.netlist(5, middle=7, bass=0)))
    np.testing.assert_array_equal(turned["treble"][5], turned["bass"][5])


def test_a_divider_does_not_distort():
    curve = measured.distortion(DIVIDER, [0.1, 0.2])
    np.testing.assert_allclose(curve["output"], np.array([0.05, 0.1]) / np.sqrt(2), rtol=1e-6)
    np.testing.assert_allclose(curve["thd"], 0, atol=1e-6)
