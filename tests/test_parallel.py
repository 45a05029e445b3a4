"""Processes side by side: their results, their errors, and that none is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ultragain.errors import UltraGainError
from ultragain.parallel import side_by_side


def write_pid(folder, name):
    (folder / name).write_text(str(os.getpid()))


def write_pid_and_wait(folder, name):
    write_pid(folder, name)
    time.sleep(120)


def run(function, calls, workers):
    side_by_side(function, calls, workers, "testing", "call")


@pytest.mark.parametrize("workers", [1, 2])
def test_every_call_is_made_here_or_in_processes_of_its_own(tmp_path, workers):
    run(write_pid, [(tmp_path, name) for name in "abc"], workers)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]
    pids = {int(path.read_text()) for path in tmp_path.iterdir()}
    assert (pids == {os.getpid()}) if workers == 1 else (os.getpid() not in pids)


def test_no_calls_are_no_processes():
    run(None, [], 2)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_call_raises_is_raised_here(workers):
    with pytest.raises(ValueError, match="invalid literal"):
        run(int, [("no number",)], workers)


def test_a_process_that_dies_is_one_line():
    with pytest.raises(UltraGainError, match="^testing: a process died.*--workers 1$"):
        run(os._exit, [(1,), (1,)], 2)


# "-c", so that it has no main file for the processes to load: they find this module by its name
PARENT = """
import sys
from pathlib import Path
import test_parallel

test_parallel.run(test_parallel.write_pid_and_wait, [(Path(sys.argv[1]), name) for name in "ab"], 2)
"""


def test_processes_end_with_a_parent_that_is_killed(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], env=environment) as parent:
        try:
            deadline = time.monotonic() + 60
            while sum(path.stat().st_size > 0 for path in tmp_path.iterdir()) < 2:
                assert parent.poll() is None and time.monotonic() < deadline
                time.sleep(0.05)
            family = psutil.Process(parent.pid).children(recursive=True)
            assert {int(path.read_text()) for path in tmp_path.iterdir()} <= {child.pid for child in family}
        finally:
            parent.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=10)
    for process in alive:
        process.kill()
    assert alive == []
