"""Parts, tapers and SPICE decks."""

import numpy as np
import pytest

from ultragain.circuits import spice
from ultragain.circuits.netlist import Netlist
from ultragain.circuits.parts import Capacitor, Potentiometer, Resistor, VoltageSource, audio_taper, knob
from ultragain.errors import UltraGainError


def divider(*more):
    parts = [Resistor("R1", "in", "out", 1e3), Resistor("R2", "out", "0", 1e3), *more]
    return Netlist("a divider", "in", "out", parts)


# (b**x - 1) / (b - 1) with b = (0.85 / 0.15)**2 = 289 / 9, so b**0.5 = 17 / 3.
@pytest.mark.parametrize(
    "rotation, position",
    [(0.0, 0.0), (0.2, 0.0322), (0.5, 0.15), (0.8, 0.4836), (1.0, 1.0)],
)
def test_audio_taper_by_algebra(rotation, position):
    assert audio_taper(rotation) == pytest.approx(position, abs=5e-5)


def test_audio_taper_goes_through_its_midpoint():
    assert audio_taper(0.5, midpoint=0.10) == pytest.approx(0.10, rel=1e-12)


def test_potentiometer_is_its_track_cut_in_two():
    upper, lower = Potentiometer("VR1", "top", "w", "0", 1e6, 0.25).primitives()
    assert (upper.a, upper.b, upper.ohms) == ("top", "w", 750e3)
    assert (lower.a, lower.b, lower.ohms) == ("w", "0", 250e3)


def test_potentiometer_at_its_end_keeps_an_ohm():
    upper, lower = Potentiometer("VR1", "top", "w", "0", 1e6, 1.0).primitives()
    assert (upper.ohms, lower.ohms) == (1.0, 1e6)


def test_rheostat_is_one_resistor():
    (only,) = Potentiometer("VR7", "w", "w", "0", 1e6, 0.3).primitives()
    assert only.ohms == pytest.approx(300e3)


@pytest.mark.parametrize("value", [-0.1, 10.1, float("nan")])
def test_knob_off_the_dial_is_refused(value):
    with pytest.raises(UltraGainError, match="gain .* off the dial"):
        knob("gain", value)


def test_two_parts_of_one_name_are_refused():
    with pytest.raises(UltraGainError, match="R1"):
        divider(Resistor("R1", "out", "0", 1e3))


@pytest.mark.parametrize("farads", [0.0, -1e-9, float("nan"), float("inf")])
def test_value_that_is_not_positive_is_refused(farads):
    with pytest.raises(UltraGainError, match="C1"):
        divider(Capacitor("C1", "out", "0", farads))


def test_output_node_without_parts_is_refused():
    with pytest.raises(UltraGainError, match="'send'"):
        Netlist("no send", "in", "send", [Resistor("R1", "in", "0", 1e3)])


def test_spice_deck_of_a_divider_adds_its_sources():
    circuit = divider(VoltageSource("B", "b", 9.0), Resistor("R3", "b", "0", 1e3))
    volts = spice.transient("neospice", circuit, ["SIN(0 2 100)", "SIN(0 1 300)"], 100_000, 0.02)
    time = np.arange(2000) / 100_000
    halves = np.sin(2 * np.pi * 100 * time) + 0.5 * np.sin(2 * np.pi * 300 * time)
    np.testing.assert_allclose(volts, halves, atol=1e-5)
    assert spice.operating_point("neospice", circuit)["b"] == pytest.approx(9.0)
