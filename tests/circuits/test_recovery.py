"""How long a circuit needs after a loud note."""

import numpy as np
import pytest

from ultragain.circuits import recovery
from ultragain.circuits.dsl20h import netlist as dsl20h

RATE = 44_100


def test_settling_time_is_the_last_time_outside():
    seconds = np.arange(5) / 10
    assert recovery.settling_time(seconds, np.array([-9, 0, -2, 0.5, 0])) == pytest.approx(0.3)
    assert recovery.settling_time(seconds, np.zeros(5)) == 0
    assert np.isnan(recovery.settling_time(seconds, np.full(5, -9.0)))


def test_the_preamp_remembers_longer_than_a_window():
    seconds, level_db = recovery.recovery(dsl20h.netlist(gain=8), RATE)
    # the grids' recovery after blocking takes some 50 to 80 ms at gain 8, measured in SPICE
    assert 0.04 < recovery.settling_time(seconds, level_db) < 0.09
    assert level_db.min() < -40
    assert abs(level_db[-1]) < 0.5


def test_a_device_without_memory_recovers_at_once(monkeypatch):
    monkeypatch.setattr(recovery.solver, "amplify", lambda netlist, volts, rate: np.tanh(100 * volts))
    _, level_db = recovery.recovery(None, RATE)
    np.testing.assert_allclose(level_db, 0, atol=0.01)
