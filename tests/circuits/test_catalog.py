"""Circuits by name."""

import typing

import pytest

from ultragain.circuits.catalog import CIRCUITS, build, controls
from ultragain.circuits.dsl20h import netlist as dsl20h
from ultragain.circuits.sd1 import netlist as sd1
from ultragain.errors import UltraGainError
from ultragain.experiment import Device


def test_gain_turns_the_circuits_own_knob():
    assert build("dsl20h", 8, {"treble": 3, "tone_shift": True}) == dsl20h.netlist(gain=8, treble=3, tone_shift=True)
    assert build("sd1", 8, {}) == sd1.netlist(drive=8)


def test_controls_are_those_of_the_netlist():
    assert controls("sd1") == {"drive": None, "tone": 5, "level": 5}


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


def test_experiments_may_name_every_circuit():
    (literal, _) = typing.get_args(Device.model_fields["circuit"].annotation)
    assert set(typing.get_args(literal)) == set(CIRCUITS)
