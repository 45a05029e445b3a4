"""The virtual DSL-style Ultra Gain preamp's knobs. Its sound: test_agreement.py."""

import numpy as np
import pytest

from ultragain.circuits.dsl20h.netlist import netlist
from ultragain.circuits.solver import Simulation
from ultragain.errors import UltraGainError


def test_turning_a_knob_past_its_end_is_refused():
    with pytest.raises(UltraGainError, match="gain 11"):
        netlist(11)
    with pytest.raises(UltraGainError, match="bass -1"):
        netlist(5, bass=-1)


def test_unknown_tube_is_refused():
    with pytest.raises(UltraGainError, match="tube 6L6: unknown; there are RSD-1"):
        netlist(5, tube="6L6")


@pytest.mark.parametrize("setting", [0, 10])
def test_knobs_at_their_ends_play(setting):
    tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(3000) / 352_800)
    output = Simulation(netlist(*[setting] * 5), 352_800).run(tone)
    assert np.isfinite(output).all()
