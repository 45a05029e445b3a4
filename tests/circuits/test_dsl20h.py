"""What the virtual DSL-style Ultra Gain preamp has and others have not. Its sound: test_agreement.py."""

import pytest

from ultragain.circuits.dsl20h.netlist import netlist
from ultragain.errors import UltraGainError


def test_unknown_tube_is_refused():
    with pytest.raises(UltraGainError, match="tube 6L6: unknown; there are RSD-1"):
        netlist(5, tube="6L6")
