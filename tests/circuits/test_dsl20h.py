"""What the virtual DSL-style Ultra Gain preamp has and others have not. Its sound: test_agreement.py."""

import numpy as np
import pytest

from ultragain.circuits.dsl20h.netlist import netlist
from ultragain.circuits.solver import amplify
from ultragain.errors import UltraGainError


def test_unknown_tube_is_refused():
    with pytest.raises(UltraGainError, match="tube 6L6: unknown; there are RSD-1"):
        netlist(5, tube="6L6")


def test_the_send_stays_below_what_the_supply_allows():
    """A plate swings by 320 V at most, and a tenth of that reaches the send."""
    noise = np.random.default_rng(3).uniform(-20, 20, size=4410)
    assert np.abs(amplify(netlist(8), noise, 44_100)).max() < 40
