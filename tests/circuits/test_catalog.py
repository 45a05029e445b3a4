"""Circuits by name, and what every circuit of the catalog must do."""

import subprocess
import sys

import numpy as np
import pytest

from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.circuits.dsl20h import netlist as dsl20h
from ultragain.circuits.sd1 import netlist as sd1
from ultragain.circuits.solver import Simulation
from ultragain.errors import UltraGainError

each_circuit = pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)


def knobs(circuit):
    """Its controls that are knobs from 0 to 10."""
    others = {name for name, default in circuit.controls.items() if isinstance(default, bool | str)}
    return [name for name in circuit.controls if name not in others]


def test_gain_turns_the_circuits_own_knob():
    assert build("dsl20h", 8, {"treble": 3, "tone_shift": True}) == dsl20h.netlist(gain=8, treble=3, tone_shift=True)
    assert build("sd1", 8, {}) == sd1.netlist(drive=8)


def test_controls_are_those_of_the_netlist():
    assert CIRCUITS["sd1"].controls == {"drive": None, "tone": 5, "level": 5}


@pytest.mark.parametrize(
    "name, settings, message",
    [
        ("dsl40", {}, "circuit dsl40: unknown; there are dsl20h, sd1"),
        ("sd1", {"treble": 5}, "no control treble; it has tone, level"),
        ("sd1", {"drive": 5}, "no control drive"),
        ("sd1", {"tone": "high"}, "tone is 'high'; it must be a number"),
        ("sd1", {"tone": True}, "tone is True; it must be a number"),
        ("dsl20h", {"tone_shift": 1}, "tone_shift is 1; it must be true or false"),
        ("dsl20h", {"tube": "12AX7"}, "tube 12AX7: unknown"),
    ],
)
def test_what_a_circuit_does_not_have_is_refused(name, settings, message):
    with pytest.raises(UltraGainError, match=message):
        build(name, 5, settings)


def test_no_two_circuits_are_of_one_kind():
    assert len({circuit.kind for circuit in CIRCUITS.values()}) == len(CIRCUITS)


@each_circuit
def test_the_record_names_controls_that_the_netlist_has(circuit):
    controls = circuit.controls
    assert [name for name, default in controls.items() if default is None] == [circuit.knob]
    assert set(circuit.tone_controls) <= set(knobs(circuit)) - {circuit.knob}
    assert set(circuit.choices) == {name for name, default in controls.items() if isinstance(default, str)}
    for name, values in circuit.choices.items():
        assert controls[name] in values
        for value in values:
            circuit.netlist(5, **{name: value})


@each_circuit
@pytest.mark.parametrize("position", [-1, 10.5])
def test_a_knob_past_its_end_is_refused(circuit, position):
    for name in knobs(circuit):
        with pytest.raises(UltraGainError, match=f"{name} {position}"):
            circuit.netlist(**{circuit.knob: 5} | {name: position})


@each_circuit
@pytest.mark.parametrize("position", [0, 10])
def test_knobs_at_their_ends_play(circuit, position):
    tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(3000) / 352_800)
    netlist = circuit.netlist(**dict.fromkeys(knobs(circuit), position))
    assert np.isfinite(Simulation(netlist, 352_800).run(tone)).all()


@each_circuit
def test_a_netlist_says_how_it_is_set(circuit):
    title = circuit.netlist(7.5).title
    assert title.startswith(circuit.title)
    assert f"{circuit.knob} 7.5" in title


def test_the_catalog_loads_neither_compiler_nor_plots():
    code = "import sys, ultragain.circuits.catalog as c; print({'numba', 'matplotlib', 'schemdraw'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
