"""Sweeps with failures: killed workers and schedulers, a full disk, Ctrl-C, two at once. All with real processes."""

import contextlib
import functools
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import keras
import nbformat
import psutil
import pytest

from ultragain.training import runs

pytestmark = pytest.mark.system

BIN = Path(sys.executable).parent
SWEEP = [BIN / "ultragain", "sweep", "experiments/test.yaml", "--only", "context=8", "--only", "learning_rate=0.01"]
RUNS = Path("data/runs/TestAmp/Lead/tiny")
PATIENCE = 240  # s


@pytest.fixture
def settings(settings):
    """Two runs, one a gain, whose trainings last long enough to be killed in the middle."""
    settings["sizes"]["epochs"] = 200
    settings["training"]["patience"] = 1000
    return settings


@pytest.fixture
def start():
    """Start processes that the test's end takes with it."""
    started = []

    def start(*command, **options):
        started.append(subprocess.Popen(command, text=True, start_new_session=True, **options))
        return started[-1]

    yield start
    for process in started:
        for child in [*_family(process.pid), process]:
            try:
                child.kill()
            except (psutil.NoSuchProcess, ProcessLookupError):
                pass
        process.wait()


def _family(pid):
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill(process, spare=()):
    """Kill a process and what it started."""
    for member in [psutil.Process(process.pid), *_family(process.pid)]:
        if member not in spare:
            with contextlib.suppress(psutil.NoSuchProcess):  # some die of the first one's death
                member.kill()


def start_sweep(start, *more):
    return start(*SWEEP, *more, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def until(condition, process=None):
    """Wait for something; a process that should live on is watched meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, "it never happened"
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.1)
    return value


def progress():
    """What each unfinished training says of itself, by run."""
    found = {}
    for path in RUNS.glob("unfinished/*/progress.json"):
        try:
            found[path.parent.name] = json.loads(path.read_text())
        except (OSError, ValueError):
            pass
    return found


def training(epochs):
    """The first run that has trained so many epochs."""
    return next(((name, said) for name, said in progress().items() if said["epoch"] >= epochs), None)


def finished():
    return sorted(path for path in RUNS.glob("*-*") if not path.name.startswith("."))


def kept():
    """Finished runs to the byte."""
    return {folder.name: (folder / runs.MODEL).stat().st_mtime_ns for folder in finished()}


def weights():
    return {
        folder.name: keras.saving.load_model(folder / runs.MODEL, compile=False).get_weights() for folder in finished()
    }


def assert_equal_to_an_undisturbed_sweep():
    assert len(finished()) == 2
    assert all(runs.problem_with(folder) == "" for folder in finished())
    assert list(RUNS.glob(".partial-*")) == [] == list(RUNS.glob("unfinished/*-*"))
    disturbed, calm = weights(), undisturbed()
    assert disturbed.keys() == calm.keys()
    assert all((a == b).all() for name in disturbed for a, b in zip(disturbed[name], calm[name], strict=True))


@functools.cache  # the same recordings, settings and seed in every test
def undisturbed():
    shutil.rmtree(RUNS)
    assert subprocess.run(SWEEP, capture_output=True).returncode == 0
    return weights()


def scheduler(start):
    """A Dask scheduler and two workers, as processes of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    command = BIN / "dask"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    first = start(
        command, "scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard", **quiet
    )
    workers = [start(command, "worker", address, "--nthreads", "1", "--no-dashboard", **quiet) for _ in range(2)]
    return address, first, workers


def test_ctrl_c_finishes_the_epoch_and_the_same_command_goes_on(project, start):
    process = start_sweep(start)
    until(lambda: training(3), process)
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does: everybody in the group hears it
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, errors
    assert "the same command goes on" in errors.splitlines()[-1]
    assert finished() == []
    stopped = progress()
    assert max(said["epoch"] for said in stopped.values()) >= 3
    assert all(said["epoch"] < 200 for said in stopped.values())
    status = subprocess.run(
        [BIN / "ultragain", "status", "experiments/test.yaml"], capture_output=True, text=True
    ).stdout
    assert "unfinished" in status and "running" not in status
    again = start_sweep(start)
    name = next(name for name, said in stopped.items() if said["epoch"])
    until(lambda: progress().get(name, stopped[name])["pid"] != stopped[name]["pid"], again)
    assert progress()[name]["epoch"] >= stopped[name]["epoch"]  # on from there, not anew
    output, errors = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, errors
    assert_equal_to_an_undisturbed_sweep()


def test_a_killed_worker_takes_its_kernel_along_and_another_goes_on(project, start):
    address, _, workers = scheduler(start)
    process = start_sweep(start, "--scheduler", address)
    name, said = until(lambda: training(3), process)
    kernel = psutil.Process(said["pid"])
    (worker,) = [w for w in workers if kernel in _family(w.pid)]
    kill(worker, spare=[kernel])  # the nanny too, which would start it again
    assert psutil.wait_procs([kernel], timeout=20)[1] == []
    reached = progress()[name]["epoch"]
    until(lambda: name not in progress() or progress()[name]["pid"] != said["pid"], process)
    assert name not in progress() or progress()[name]["epoch"] >= reached
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    assert_equal_to_an_undisturbed_sweep()


def test_a_killed_scheduler_is_one_line_and_nothing_is_lost(project, start):
    address, first, workers = scheduler(start)
    process = start_sweep(start, "--scheduler", address)
    until(lambda: training(3), process)
    first.kill()
    kernels = {name: psutil.Process(said["pid"]) for name, said in progress().items()}
    held_by = {name: kernel.parent() for name, kernel in kernels.items()}
    for kernel in kernels.values():  # or they might be through before anybody looks
        kernel.suspend()
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "the scheduler is gone" in errors.splitlines()[-1], errors
    reached = progress()
    assert max(said["epoch"] for said in reached.values()) >= 3
    assert all(reached[name]["epoch"] < 200 for name in kernels)
    again = start_sweep(start)  # the workers, half a minute late to follow their scheduler, still hold their runs
    until(lambda: len(_family(again.pid)) >= 4, again)
    time.sleep(2)
    for kernel in kernels.values():
        kernel.resume()
    while again.poll() is None:
        now = progress()
        for name in kernels.keys() & now.keys():  # nobody else trains a run while its worker lives
            assert now[name]["pid"] == kernels[name].pid or not held_by[name].is_running()
        time.sleep(0.05)
    assert again.returncode == 0, again.communicate()
    assert_equal_to_an_undisturbed_sweep()


def test_a_run_is_not_trained_again_because_its_worker_died_later(project, start):
    address, _, (first, second) = scheduler(start)
    kill(second)
    process = start_sweep(start, "--scheduler", address)
    until(finished, process)
    (done,), before = finished(), kept()
    until(lambda: done.name not in progress() and training(3), process)
    kill(first)
    command = [BIN / "dask", "worker", address, "--nthreads", "1", "--no-dashboard"]
    start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        assert done.name not in progress()
        time.sleep(0.05)
    assert process.returncode == 0, process.communicate()
    assert before.items() <= kept().items()
    assert_equal_to_an_undisturbed_sweep()


def test_a_damaged_state_is_named_and_its_training_starts_over(project, start):
    process = start_sweep(start)
    name, _ = until(lambda: training(3), process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    state = RUNS / "unfinished" / name / "state.npz"
    until(lambda: all(not psutil.pid_exists(said["pid"]) for said in progress().values()))
    state.write_bytes(state.read_bytes()[:-1])
    foretold = subprocess.run([*SWEEP, "--dry-run"], capture_output=True, text=True, timeout=PATIENCE)
    assert f"{state} is damaged (its checksum is wrong): the training starts over" in foretold.stdout
    outcome = subprocess.run(SWEEP, capture_output=True, text=True, timeout=PATIENCE)
    assert outcome.returncode == 0, outcome.stderr
    assert f"note: {name}: unfinished, but " in outcome.stdout
    assert_equal_to_an_undisturbed_sweep()


def test_a_second_sweep_is_refused_while_the_first_goes_on(project, start):
    process = start_sweep(start)
    until(lambda: progress(), process)
    kernels = {name: psutil.Process(said["pid"]) for name, said in progress().items()}
    for kernel in kernels.values():  # or the first sweep might be through before the second has begun
        kernel.suspend()
    second = subprocess.run(SWEEP, capture_output=True, text=True, timeout=PATIENCE)
    shown = subprocess.run(
        [BIN / "ultragain", "status", "experiments/test.yaml"], capture_output=True, text=True
    ).stdout
    for kernel in kernels.values():
        kernel.resume()
    assert second.returncode == 1
    assert f"another sweep is running there (process {process.pid} on " in second.stderr.splitlines()[-1]
    assert (
        dict.fromkeys(kernels, "running").items()
        <= {line.split()[0]: line.split()[1] for line in shown.splitlines()}.items()
    )
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert len(finished()) == 2


def test_a_full_disk_fails_the_runs_and_room_lets_them_go_on(project, start):
    place = project / "data" / "runs"
    place.mkdir()
    is_mounted = (
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True).returncode == 0
    )

    def small():  # where mounting is not allowed: no file may grow beyond this
        if not is_mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, (16_000, resource.RLIM_INFINITY))

    try:
        outcome = subprocess.run(SWEEP, capture_output=True, text=True, timeout=PATIENCE, preexec_fn=small)
        assert outcome.returncode == 1
        assert "No space left on device" in outcome.stderr or "File too large" in outcome.stderr
        assert "Traceback" not in outcome.stderr
        assert finished() == []
        if is_mounted:
            subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
        outcome = subprocess.run(SWEEP, capture_output=True, text=True, timeout=PATIENCE)
        assert outcome.returncode == 0, outcome.stderr
        assert len(finished()) == 2
    finally:
        if is_mounted:
            subprocess.run(["umount", "-l", place], check=True)


def test_a_kernel_that_dies_names_what_it_printed(project):
    template = nbformat.read("notebooks/training.ipynb", as_version=4)
    dying = 'import os, sys; print("no such instruction", file=sys.__stderr__, flush=True); os.abort()'
    template.cells.insert(2, nbformat.v4.new_code_cell(dying))
    nbformat.write(template, "notebooks/training.ipynb")
    outcome = subprocess.run([*SWEEP, "--only", "gain=Low"], capture_output=True, text=True, timeout=PATIENCE)
    (line, *_) = [line for line in outcome.stderr.splitlines() if line.startswith("failed: Low")] or [outcome.stderr]
    log = Path(line.split("what the kernel printed is in ")[1].partition(")")[0])
    assert log.name == "kernel.log" and "no such instruction" in log.read_text()


def test_one_worker_or_two_give_the_same_table(project):
    def table(workers):
        shutil.rmtree(RUNS, ignore_errors=True)
        command = [*SWEEP, "--workers", str(workers)]
        assert subprocess.run(command, capture_output=True, timeout=PATIENCE).returncode == 0
        shown = subprocess.run([BIN / "ultragain", "results", "experiments/test.yaml"], capture_output=True, text=True)
        return shown.stdout, {folder.name: (folder / runs.METRICS).read_text() for folder in finished()}

    assert table(1) == table(2)
