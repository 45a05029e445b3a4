"""Every circuit against SPICE, on decks that the project itself exports.

neospice always runs; ngspice where it is installed, which CI takes care of.
"""

import os

import numpy as np
import pytest
from scipy.signal import resample_poly

from ultragain.circuits import spice
from ultragain.circuits.catalog import CIRCUITS, GAINS
from ultragain.circuits.dsl20h import netlist as dsl20h
from ultragain.circuits.response import small_signal
from ultragain.circuits.solver import Simulation, amplify

AUDIO_RATE = 44_100
SECONDS = 0.03
SETTINGS = [(circuit, knob) for circuit in CIRCUITS.values() for knob in GAINS.values()]
# (peak V, Hz, decay 1/s) of sines played at once; SPICE calls them SIN(0 V Hz 0 decay).
PLUCK = [(0.2, 220, 8)]
CHORD = [(0.1, 82.41, 6), (0.07, 123.47, 6), (0.07, 164.81, 6)]
SINE = [(0.5, 220.5, 0)]

each_engine = pytest.mark.parametrize(
    "engine",
    [
        "neospice",
        pytest.param(
            "ngspice",
            marks=pytest.mark.skipif(
                not spice.is_installed("ngspice") and not os.environ.get("CI"), reason="ngspice is not installed"
            ),
        ),
    ],
)
each_setting = pytest.mark.parametrize("circuit, knob", SETTINGS, ids=lambda value: getattr(value, "name", value))


def played(signal, rate):
    time = np.arange(round(SECONDS * rate)) / rate
    return sum(v * np.sin(2 * np.pi * hertz * time) * np.exp(-decay * time) for v, hertz, decay in signal)


def esr_db(netlist, signal, engine, oversampling, spice_oversampling):
    """Ours against theirs, each with its own step, both brought down to the audio rate."""
    ours = Simulation(netlist, oversampling * AUDIO_RATE).run(played(signal, oversampling * AUDIO_RATE))
    sources = [f"SIN(0 {v} {hertz} 0 {decay})" for v, hertz, decay in signal]
    theirs = spice.transient(engine, netlist, sources, spice_oversampling * AUDIO_RATE, SECONDS)
    ours, theirs = resample_poly(ours, 1, oversampling), resample_poly(theirs, 1, spice_oversampling)
    return 10 * np.log10(np.sum((theirs - ours) ** 2) / np.sum(theirs**2))


@each_engine
@each_setting
def test_operating_point(engine, circuit, knob):
    netlist = circuit.netlist(knob)
    ours = Simulation(netlist, AUDIO_RATE).operating_point
    assert ours == pytest.approx(spice.operating_point(engine, netlist), abs=1e-3)


@each_engine
@each_setting
def test_pluck_and_chord_at_the_recording_rate(engine, circuit, knob):
    netlist = circuit.netlist(knob)
    assert esr_db(netlist, PLUCK, engine, 8, 8) < -75
    assert esr_db(netlist, CHORD, engine, 8, 8) < -70


@each_engine
@each_setting
@pytest.mark.parametrize("signal", [PLUCK, CHORD, SINE], ids=["pluck", "chord", "sine"])
def test_small_steps(engine, circuit, knob, signal):
    """What is left at the recording rate is the step's error, not another circuit."""
    assert esr_db(circuit.netlist(knob), signal, engine, 64, 32) < -75


@each_engine
@each_setting
def test_linearised_response(engine, circuit, knob):
    netlist = circuit.netlist(knob)
    hertz = np.geomspace(20, 20_000, 40)
    ratio = small_signal(netlist, hertz) / spice.small_signal(engine, netlist, hertz)
    assert np.abs(ratio - 1).max() < 1e-4


@each_setting
def test_quiet_tones_have_the_linearised_response(circuit, knob):
    """Thirty tones at once, each 1 uV: the recording's step may bend the treble a little."""
    netlist = circuit.netlist(knob)
    hertz = 4 * np.unique(np.round(np.geomspace(20, 16_000, 30) / 4))
    period = AUDIO_RATE // 4
    time = np.arange(3 * period) / AUDIO_RATE
    phases = np.random.default_rng(5).uniform(0, 2 * np.pi, len(hertz))
    tones = 1e-6 * np.cos(2 * np.pi * np.outer(time, hertz) + phases).sum(axis=1)
    output = amplify(netlist, tones, AUDIO_RATE)[2 * period :]
    bins = (hertz / 4).astype(int)
    gain = np.fft.rfft(output)[bins] / np.fft.rfft(tones[2 * period :])[bins]
    error_db = np.abs(20 * np.log10(np.abs(gain / spice.small_signal("neospice", netlist, hertz))))
    assert error_db[hertz <= 10_000].max() < 0.1
    assert error_db.max() < 0.2


@pytest.mark.parametrize("tube", ["RSD-2", "EHX-1"])
def test_other_tubes(tube):
    netlist = dsl20h.netlist(5, tube=tube)
    ours = Simulation(netlist, AUDIO_RATE).operating_point
    assert ours == pytest.approx(spice.operating_point("neospice", netlist), abs=1e-3)
    assert esr_db(netlist, PLUCK, "neospice", 8, 8) < -75


def test_tone_shift_takes_from_the_lower_middle():
    hertz = np.array([300.0, 3000.0])
    off, on = (
        np.abs(spice.small_signal("neospice", dsl20h.netlist(5, tone_shift=state), hertz)) for state in (False, True)
    )
    assert on[0] < 0.8 * off[0]
    assert on[1] > off[1]


def test_ripple_on_the_supply():
    netlist, seconds = dsl20h.netlist(8), 0.04
    rate = 8 * AUDIO_RATE
    deck = netlist.to_spice(["0"], [f".tran {1 / rate:.9g} {seconds} 0 {1 / rate:.9g}"])
    rippling = deck.replace("VHT ht 0 320", "VHT ht 0 SIN(320 0.5 100)")
    assert rippling != deck
    time, theirs = spice.run(rippling, netlist.output)
    ours_time = np.arange(round(seconds * rate)) / rate
    ours = Simulation(netlist, rate).run(np.zeros(len(ours_time)), 0.5 * np.sin(2 * np.pi * 100 * ours_time))
    theirs = np.interp(ours_time, time, theirs)
    assert np.sum((ours - theirs) ** 2) < 1e-6 * np.sum(theirs**2)
    assert np.ptp(theirs) > 0.01
