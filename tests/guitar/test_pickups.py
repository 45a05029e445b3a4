import numpy as np
import pytest
from scipy import signal

from ultragain.guitar import pickups

RATE = 44_100


def spectrum(x, frequencies):
    phases = np.exp(-2j * np.pi * np.outer(frequencies, np.arange(len(x))) / RATE)
    return np.abs(phases @ x)


def response(frequency, q, knob, at):
    return np.abs(signal.freqz(*pickups.resonance(frequency, q, knob, RATE), at, fs=RATE)[1])


def test_a_coil_does_not_sense_what_has_a_node_above_it():
    impulse = np.zeros(4096)
    impulse[0] = 1.0
    one = pickups.position_comb(impulse, (0.001,), RATE)
    assert np.all(spectrum(one, [0, 1000, 2000]) < 0.05)
    assert spectrum(one, [500])[0] == pytest.approx(2.0, rel=1e-2)
    # Two coils hear what one of them cannot.
    assert spectrum(pickups.position_comb(impulse, (0.001, 0.0006), RATE), [1000])[0] > 0.5


def test_an_open_pickup_resonates_and_falls_off():
    low, resonant, high = response(3000.0, 2.5, 10, [1e-9, 3000, 12_000])
    assert low == pytest.approx(1.0)
    assert resonant == pytest.approx(2.5, rel=0.05)
    assert high < 1 / 15


@pytest.mark.parametrize("knob", [0, 5, 10])
def test_tone_is_what_the_circuit_does(knob):
    # Node voltages of the same circuit in ohms, henries and farads: 5 H, resonant at 300 Hz, where
    # the bilinear transform bends nothing.
    inductance, frequency, q = 5.0, 300.0, 1.3
    reactance = 2 * np.pi * frequency * inductance
    capacitance = 1 / (2 * np.pi * frequency * reactance)
    pot = pickups.POT * reactance * (81 ** (knob / 10) - 1) / 80
    hz = np.array([30.0, 100.0, 300.0, 1000.0])
    s = 2j * np.pi * hz
    tone = 1 / (pot + 1 / (s * pickups.CAPACITOR * capacitance))
    load = (1 / q - 1 / pickups.POT - pickups.WIRE) / reactance
    coil = s * inductance + pickups.WIRE * reactance
    wanted = np.abs(1 / (1 + coil * (s * capacitance + load + tone))) * (1 + pickups.WIRE * reactance * load)
    assert response(frequency, q, knob, hz) == pytest.approx(wanted, rel=0.01)


def test_a_closed_knob_is_dark():
    closed, opened = (response(2300.0, 1.3, knob, [100, 2300]) for knob in (0, 10))
    assert closed[0] == pytest.approx(opened[0], rel=0.1)
    assert closed[1] < opened[1] / 10
