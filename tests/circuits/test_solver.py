"""The solver on circuits small enough for a formula."""

import numpy as np
import pytest
from scipy.signal import bilinear, lfilter

from ultragain.circuits import solver
from ultragain.circuits.catalog import CIRCUITS
from ultragain.circuits.netlist import Netlist
from ultragain.circuits.parts import Buffer, Capacitor, Potentiometer, Resistor, Triode, VoltageSource
from ultragain.circuits.solver import Simulation, amplify
from ultragain.errors import UltraGainError

FS = 44_100.0
OHMS, FARADS = 10e3, 22e-9  # corner at 723 Hz


@pytest.fixture
def low_pass():
    parts = [Resistor("R1", "in", "out", OHMS), Capacitor("C1", "out", "0", FARADS)]
    return Netlist("RC low-pass", "in", "out", parts)


@pytest.fixture
def gain_stage():
    """A triode whose output is its plate, so that the output rests at a high voltage."""
    parts = [
        VoltageSource("HT", "ht", 300.0),
        Resistor("R1", "in", "g", 68e3),
        Resistor("R2", "g", "0", 1e6),
        Triode("V1", "p", "g", "k"),
        Resistor("R3", "ht", "p", 100e3),
        Resistor("R4", "k", "0", 1.5e3),
        Capacitor("C1", "k", "0", 10e-6),
    ]
    return Netlist("one gain stage", "in", "p", parts)


@pytest.mark.parametrize("hertz", [50.0, 723.0, 4000.0])
def test_low_pass_has_its_analytic_response(low_pass, hertz):
    rate = 8 * FS
    time = np.arange(int(rate * 0.1)) / rate
    output = Simulation(low_pass, rate).run(np.sin(2 * np.pi * hertz * time))
    response = 1 / (1 + 2j * np.pi * hertz * OHMS * FARADS)
    steady = time > 20 * OHMS * FARADS
    expected = (response * np.exp(2j * np.pi * hertz * time)).imag
    # The trapezoidal rule bends frequencies by (pi f / fs)**2 / 3: 4e-4 at 4 kHz.
    np.testing.assert_allclose(output[steady], expected[steady], atol=1e-3)


def test_low_pass_is_the_bilinear_transform(low_pass):
    noise = np.random.default_rng(1).normal(size=2000)
    b, a = bilinear([1.0], [OHMS * FARADS, 1.0], fs=FS)
    np.testing.assert_allclose(Simulation(low_pass, FS).run(noise), lfilter(b, a, noise), atol=1e-9)


def test_potentiometer_and_buffer_multiply():
    parts = [
        Potentiometer("VR1", "in", "w", "0", 100e3, 0.25),
        Buffer("E1", "w", "b", gain=-2.0),
        Resistor("R1", "b", "out", 1e3),
        Resistor("R2", "out", "0", 3e3),
    ]
    output = Simulation(Netlist("a mixer", "in", "out", parts), FS).run(np.array([0.0, 1.0, -4.0]))
    np.testing.assert_allclose(output, np.array([0.0, 1.0, -4.0]) * 0.25 * -2.0 * 0.75, atol=1e-9)


def test_operating_point_obeys_kirchhoff(gain_stage):
    volts = Simulation(gain_stage, FS).operating_point
    plate_amps = (300.0 - volts["p"]) / 100e3
    grid_amps = -volts["g"] * (1 / 68e3 + 1 / 1e6)  # the input is at 0 V
    assert volts["k"] / 1.5e3 == pytest.approx(plate_amps + grid_amps, rel=1e-6)
    # The paper's cathode law at those voltages gives the current that the resistors carry.
    effective = (volts["p"] - volts["k"]) / 103.2 + volts["g"] - volts["k"]
    cathode_amps = 2.242e-3 * (np.log1p(np.exp(3.4 * effective)) / 3.4) ** 1.26
    assert cathode_amps == pytest.approx(volts["k"] / 1.5e3, rel=1e-6)


def test_silence_stays_at_the_operating_point(gain_stage):
    simulation = Simulation(gain_stage, 8 * FS)
    rest = simulation.operating_point["p"]
    np.testing.assert_allclose(simulation.run(np.zeros(20_000)), rest, atol=1e-4)
    np.testing.assert_allclose(amplify(gain_stage, np.zeros(2000), FS), rest, atol=1e-4)


def test_each_run_starts_anew(gain_stage):
    simulation = Simulation(gain_stage, FS)
    tone = np.sin(np.arange(500) / 10)
    np.testing.assert_array_equal(simulation.run(tone), simulation.run(tone))


def test_blocks_with_one_state_are_the_whole_signal(gain_stage):
    simulation = Simulation(gain_stage, FS)
    tone = 5 * np.sin(np.arange(500) / 10)
    state = simulation.at_rest()
    blocks = [simulation.run(block, state=state) for block in np.split(tone, [1, 2, 190, 190])]
    np.testing.assert_array_equal(np.concatenate(blocks), simulation.run(tone))


HARSH = {
    "silence": lambda n, rng: np.zeros(n),
    "direct voltage": lambda n, rng: np.full(n, 1.0),
    "full-scale square": lambda n, rng: np.sign(np.sin(2 * np.pi * 110 * np.arange(n) / FS)),
    "white noise": lambda n, rng: rng.normal(size=n),
    "20 V": lambda n, rng: 20 * np.sin(2 * np.pi * 440 * np.arange(n) / FS),
    "20 V of noise": lambda n, rng: rng.uniform(-20, 20, size=n),
    "one sample": lambda n, rng: np.ones(1),
}


# Where physics gives a bound. The preamp: a plate swings by 320 V at most, and a tenth of that reaches the send. The
# pedal: its diodes let 20 V through, of which R8 with R9 and the level control leave a sixth; the tone control adds a
# little at most.
HIGHEST_VOLTS = {"dsl20h": 40, "sd1": 5}


@pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)
@pytest.mark.parametrize("kind", HARSH)
def test_harsh_input_is_played(circuit, kind):
    dry = HARSH[kind](4410, np.random.default_rng(3))  # 0.1 s
    wet = amplify(circuit.netlist(8), dry, FS)
    assert wet.shape == dry.shape
    assert np.isfinite(wet).all()
    assert np.abs(wet).max() < HIGHEST_VOLTS.get(circuit.name, np.inf)


def test_a_signal_with_no_solution_is_reported(gain_stage, monkeypatch):
    monkeypatch.setattr(solver.newton, "TOLERANCE", 0.0)  # no step is ever shorter than this
    with pytest.raises(UltraGainError, match="no solution found at 0.0000 s"):
        Simulation(gain_stage, FS).run(np.ones(10))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_input_that_is_not_finite_is_refused(low_pass, bad):
    signal = np.zeros(50)
    signal[7] = bad
    with pytest.raises(UltraGainError, match="first at 7"):
        Simulation(low_pass, FS).run(signal)
    with pytest.raises(UltraGainError, match="first at 7"):
        amplify(low_pass, signal, FS)


def test_stereo_is_refused(low_pass):
    with pytest.raises(UltraGainError, match="one channel"):
        amplify(low_pass, np.zeros((10, 2)), FS)


@pytest.mark.parametrize("oversampling", [0, 1.5, -8])
def test_oversampling_that_is_no_count_is_refused(low_pass, oversampling):
    with pytest.raises(UltraGainError, match="oversampling"):
        amplify(low_pass, np.zeros(10), FS, oversampling)


def test_two_sources_on_a_node_are_refused():
    parts = [VoltageSource("A", "in", 1.0), Resistor("R1", "in", "0", 1e3)]
    with pytest.raises(UltraGainError, match="two sources"):
        Simulation(Netlist("a short", "in", "in", parts), FS)


def test_grid_that_hangs_in_the_air_is_refused(gain_stage):
    parts = [part for part in gain_stage.parts if part.name not in ("R1", "R2")]
    parts += [Resistor("R1", "in", "0", 68e3), Capacitor("C2", "in", "g", 22e-9)]
    with pytest.raises(UltraGainError, match="resistor to ground"):
        Simulation(Netlist("no grid leak", "in", "p", parts), FS)


@pytest.mark.parametrize("oversampling", [1, 2, 8])
def test_amplify_keeps_length_and_timing(oversampling):
    wire = Netlist("a wire", "in", "in", [Resistor("R1", "in", "0", 1e3)])
    time = np.arange(1001) / FS
    tone = np.sin(2 * np.pi * 3000 * time) * np.hanning(1001)
    np.testing.assert_allclose(amplify(wire, tone, FS, oversampling), tone, atol=1e-4)


def test_amplify_nothing():
    wire = Netlist("a wire", "in", "in", [Resistor("R1", "in", "0", 1e3)])
    assert amplify(wire, np.zeros(0), FS).shape == (0,)


def test_the_future_reaches_back_four_milliseconds(gain_stage):
    noise = 0.1 * np.random.default_rng(2).normal(size=3000)
    whole, cut = amplify(gain_stage, noise, FS), amplify(gain_stage, noise[:2000], FS)
    kept = 2000 - int(0.004 * FS)
    # at the plate, whose swing is some 60 times the input's
    np.testing.assert_allclose(cut[:kept], whole[:kept], atol=1e-6)


def test_oversampling_removes_aliases(gain_stage):
    """A loud 9 kHz tone: its third harmonic, 27 kHz, folds to 17.1 kHz when nothing stops it."""
    time = np.arange(8820) / FS
    tone = 5.0 * np.sin(2 * np.pi * 9000 * time)

    def alias(oversampling):
        output = amplify(gain_stage, tone, FS, oversampling)[4410:]
        spectrum = np.abs(np.fft.rfft(output * np.hanning(4410)))  # 10 Hz a bin
        return spectrum[1705:1716].max() / spectrum[895:906].max()

    assert alias(8) < alias(1) / 30
