"""Gain and harmonics of circuits with a formula."""

import numpy as np
import pytest

from ultragain.circuits.devices import DiodeModel, OpAmpModel
from ultragain.circuits.netlist import Netlist
from ultragain.circuits.parts import Capacitor, Diode, OpAmp, Resistor
from ultragain.circuits.response import harmonics, small_signal
from ultragain.errors import UltraGainError


def test_low_pass():
    low_pass = Netlist("RC", "in", "out", [Resistor("R1", "in", "out", 10e3), Capacitor("C1", "out", "0", 22e-9)])
    hertz = np.array([20.0, 723.0, 15e3])
    np.testing.assert_allclose(small_signal(low_pass, hertz), 1 / (1 + 2j * np.pi * hertz * 10e3 * 22e-9), rtol=1e-9)


def test_op_amp_has_its_gain_bandwidth():
    """A non-inverting amplifier of gain 11: with one pole it falls to 1 / sqrt(2) at 3 MHz / 11."""
    amplifier = Netlist(
        "gain of 11",
        "in",
        "out",
        [
            OpAmp("IC1", "in", "minus", "out", OpAmpModel(open_loop_gain=1e9, gain_bandwidth=3e6)),
            Resistor("R1", "minus", "0", 1e3),
            Resistor("R2", "out", "minus", 10e3),
        ],
    )
    gain = np.abs(small_signal(amplifier, [10.0, 3e6 / 11]))
    np.testing.assert_allclose(gain, [11.0, 11 / np.sqrt(2)], rtol=1e-4)


def test_diode_at_rest_is_a_resistor():
    """Its slope at 0 V is saturation / (emission * kT/q): with 1 kohm in front, a divider."""
    model = DiodeModel(saturation=1e-6, emission=2.0)
    circuit = Netlist("a diode", "in", "out", [Resistor("R1", "in", "out", 1e3), Diode("D1", "out", "0", model)])
    slope = 1e-6 / (2 * 1.380649e-23 * 300.15 / 1.602176634e-19)
    assert small_signal(circuit, [100.0])[0] == pytest.approx(1 / (1 + 1e3 * slope), rel=1e-9)


def test_diodes_in_series_share_the_voltage():
    """At rest each is a resistor, and a chain of two has twice the resistance."""
    model = DiodeModel(saturation=1e-6, emission=2.0)
    parts = [Resistor("R1", "in", "out", 1e3), Diode("D1", "out", "0", model, in_series=2)]
    ohms = 2 * (2 * 1.380649e-23 * 300.15 / 1.602176634e-19) / 1e-6
    assert small_signal(Netlist("a chain", "in", "out", parts), [100.0])[0] == pytest.approx(
        ohms / (ohms + 1e3), rel=1e-9
    )


def test_clipped_sine_has_the_harmonics_of_its_symmetry():
    """Equal diodes either way: odd harmonics only. One diode: the second appears."""
    model = DiodeModel(saturation=1e-9, emission=1.0)
    parts = [Resistor("R1", "in", "out", 1e3), Diode("D1", "out", "0", model), Diode("D2", "0", "out", model)]
    both = harmonics(Netlist("a clipper", "in", "out", parts), 2.0)
    one = harmonics(Netlist("half a clipper", "in", "out", parts[:2]), 2.0)
    assert both[1] < 1e-4 * both[0] < 0.1 * both[2]
    assert one[1] > 0.1 * one[0]


def test_harmonics_of_a_wire():
    wire = Netlist("a wire", "in", "in", [Resistor("R1", "in", "0", 1e3)])
    np.testing.assert_allclose(harmonics(wire, 0.3, count=4), [0.3, 0, 0, 0], atol=1e-6)


def test_pitch_must_divide_the_rate():
    wire = Netlist("a wire", "in", "in", [Resistor("R1", "in", "0", 1e3)])
    with pytest.raises(UltraGainError, match="must divide"):
        harmonics(wire, 0.3, hertz=220)
