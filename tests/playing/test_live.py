"""What is played and counted while a guitar is heard; the interface is made of arrays here."""

from types import SimpleNamespace

import numpy as np
import pytest

from ultragain.playing import live
from ultragain.playing.live import Live

CLOCK = SimpleNamespace(inputBufferAdcTime=10.0, outputBufferDacTime=10.025)


GOOD = SimpleNamespace(**dict.fromkeys(live.LOST, False))
LATE = SimpleNamespace(**dict.fromkeys(live.LOST, False) | {"output_underflow": True})


def block(session, dry, channels=2, status=GOOD, clock=CLOCK):
    """Play a block whose guitar is on the last input; what went to the outputs."""
    incoming, outgoing = np.zeros((len(dry), channels), np.float32), np.full((len(dry), 2), np.nan, np.float32)
    incoming[:, -1] = dry
    session.callback(incoming, outgoing, len(dry), clock, status)
    return outgoing


def test_the_guitar_goes_through_the_model_to_one_output():
    session = Live(lambda dry: 3 * dry, input_channel=2, trim_db=20 * np.log10(2))
    outgoing = block(session, np.array([0.1, -0.05], np.float32))
    np.testing.assert_allclose(outgoing, [[0, 0.6], [0, -0.3]], rtol=1e-6)
    np.testing.assert_allclose(session.look(), [0.2, 0.6], rtol=1e-6)
    np.testing.assert_array_equal(session.look(), 0)


def test_bypass_lets_the_guitar_through_while_the_model_plays_on():
    heard = []
    session = Live(lambda dry: heard.append(len(dry)) or 3 * dry, input_channel=2)
    session.bypass = True
    np.testing.assert_allclose(block(session, np.array([0.1], np.float32)), [[0, 0.1]], rtol=1e-6)
    session.bypass = False
    np.testing.assert_allclose(block(session, np.array([0.1], np.float32)), [[0, 0.3]], rtol=1e-6)
    assert heard == [1, 1]


def test_time_is_counted(monkeypatch):
    now = iter([0.0, 0.25, 1.0, 1.75])
    monkeypatch.setattr(live.time, "perf_counter", lambda: next(now))
    session = Live(lambda dry: dry, input_channel=2)
    block(session, np.zeros(100), status=LATE)
    block(session, np.zeros(100), clock=SimpleNamespace(inputBufferAdcTime=1.0, outputBufferDacTime=1.035))
    assert session.underruns == 1
    assert session.share(100) == pytest.approx(0.5)  # a second of work in two seconds of music
    assert session.longest == 0.75
    assert session.latency == pytest.approx(0.03)


def test_an_interface_that_does_not_tell_the_time():
    session = Live(lambda dry: dry, input_channel=2)
    assert session.latency is None and session.share(44100) == 0
    block(session, np.zeros(10), clock=SimpleNamespace(inputBufferAdcTime=0.0, outputBufferDacTime=0.0))
    assert session.latency is None
