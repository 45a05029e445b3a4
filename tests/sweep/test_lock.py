"""Locks: who holds one, who waits, and what is left when a holder dies."""

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pytest

from ultragain.errors import UltraGainError
from ultragain.sweep import lock
from ultragain.sweep.lock import only_sweep, only_training, since

HOLD = """
import sys, time
from pathlib import Path
from ultragain.sweep.lock import only_sweep

with only_sweep(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_sweep_is_refused_and_told_who_is_at_work(tmp_path):
    with only_sweep(tmp_path):
        assert time.time() - 60 < since(tmp_path) <= time.time()
        said = f"another sweep is running there .process {os.getpid()} on {socket.gethostname()}, since "
        with pytest.raises(UltraGainError, match=said) as error, only_sweep(tmp_path):
            pass
        assert str(datetime.now(UTC).year) in str(error.value) and "\n" not in str(error.value)
    assert since(tmp_path) is None
    with only_sweep(tmp_path):
        pass


def test_a_lock_is_free_when_its_process_is_killed(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UltraGainError, match=f"process {holder.pid} on"), only_sweep(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
    assert since(tmp_path) is None
    with only_sweep(tmp_path):
        assert json.loads((tmp_path / lock.HOLDER).read_text())["pid"] == os.getpid()


def test_a_look_at_a_lock_keeps_no_sweep_from_its_work(tmp_path):
    with only_sweep(tmp_path):
        pass
    looking = open(tmp_path / lock.SWEEP)  # another process in the middle of `since`
    fcntl.flock(looking, fcntl.LOCK_EX)
    looks = threading.Timer(0.2, looking.close)
    looks.start()
    with only_sweep(tmp_path):
        assert looking.closed
    looks.join()


def test_a_folder_without_a_lock_has_no_sweep_and_gets_none(tmp_path):
    assert since(tmp_path / "nowhere") is None
    assert since(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_named(tmp_path, monkeypatch, number):
    def unsupported(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with (
        pytest.raises(UltraGainError, match=f"this disk does not support file locks .{os.strerror(number)}"),
        only_sweep(tmp_path),
    ):
        pass
    assert since(tmp_path) is None


def test_a_training_waits_for_the_one_that_is_still_at_work(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(lock, "ASK_EVERY", 0)
    with only_training(tmp_path, give_up=bool) as first:
        with only_training(tmp_path, give_up=lambda: asked.append("again") or len(asked) == 3) as second:
            assert (first, second) == (True, False)
    assert len(asked) == 3
    with only_training(tmp_path, give_up=bool) as third:
        assert third
