import itertools
import json
import threading
import warnings

import pytest

from ultragain.models.catalog import FAMILIES
from ultragain.training import budget
from ultragain.training.budget import measured, planned_steps

FAMILY = FAMILIES["lstm-stateful"]
PARAMETERS = {"units": 8, "minutes": 2.0, "threads": 1}


@pytest.fixture
def timed(monkeypatch):
    """Times that are measured, in turn; those left over are not asked for."""
    seconds = [0.5, 0.25, 4.0]
    monkeypatch.setattr(budget, "measured", lambda step, threads: (step(), seconds.pop(0))[1])
    return seconds


@pytest.fixture
def root(tmp_path):
    (tmp_path / "experiments").mkdir()
    (tmp_path / "_toc.yml").touch()
    return tmp_path


def state(root, name="a"):
    return root / "data" / "runs" / "device" / "version" / "full" / "unfinished" / name


def trial():
    return lambda: None


def never():
    raise AssertionError("nothing is to be measured")


def test_steps_per_minute_replace_measuring(root):
    assert planned_steps(FAMILY, PARAMETERS | {"steps_per_minute": 30}, never, state(root)) == (60, None)
    assert planned_steps(FAMILY, PARAMETERS | {"steps_per_minute": 0.1}, never, state(root)) == (1, None)
    assert not (root / "data").exists()


def test_a_step_is_timed_once_for_all_runs(root, timed):
    first = planned_steps(FAMILY, PARAMETERS, trial, state(root, "a"))
    assert first == (228, 0.5)  # 95 % of 120 s
    assert planned_steps(FAMILY, PARAMETERS | {"minutes": 10.0}, never, state(root, "b")) == (1140, 0.5)
    assert json.loads((root / "data" / "runs" / budget.KEPT).read_text()).popitem()[1] == 0.5
    assert len(timed) == 2


@pytest.mark.parametrize(
    "change",
    [{"units": 16}, {"threads": 2}, "ultragain.training.budget.SOURCE", "ultragain.training.budget.processor_name"],
)
def test_whatever_takes_another_time_is_timed_anew(root, timed, monkeypatch, change):
    planned_steps(FAMILY, PARAMETERS, trial, state(root))
    if isinstance(change, str):
        monkeypatch.setattr(change, "another" if change.endswith("SOURCE") else lambda: "another")
        change = {}
    assert planned_steps(FAMILY, PARAMETERS | change, trial, state(root)) == (456, 0.25)


def test_a_run_keeps_its_own_number(root, timed):
    first = planned_steps(FAMILY, PARAMETERS, trial, state(root))
    (root / "data" / "runs" / budget.KEPT).unlink()
    assert planned_steps(FAMILY, PARAMETERS, never, state(root)) == first
    assert planned_steps(FAMILY, PARAMETERS, trial, state(root, "b")) == (456, 0.25)


@pytest.mark.parametrize("content", ["", "{", "[1]"])
def test_damaged_times_are_measured_anew(root, timed, content):
    (root / "data" / "runs").mkdir(parents=True)
    (root / "data" / "runs" / budget.KEPT).write_text(content)
    assert planned_steps(FAMILY, PARAMETERS, trial, state(root)) == (228, 0.5)


def test_who_asks_while_somebody_measures_waits_for_it(root, timed):
    asked, go_on, results = threading.Event(), threading.Event(), []

    def slow():
        asked.set()
        assert go_on.wait(10)
        return lambda: None

    def ask(name, trial):
        results.append(planned_steps(FAMILY, PARAMETERS, trial, state(root, name)))

    first = threading.Thread(target=ask, args=("a", slow))
    first.start()
    assert asked.wait(10)
    second = threading.Thread(target=ask, args=("b", trial))
    second.start()
    second.join(0.2)
    assert second.is_alive()
    go_on.set()
    first.join(10)
    second.join(10)
    assert results == [(228, 0.5)] * 2
    assert len(timed) == 2  # one measurement


def test_without_a_state_nothing_is_kept(root, timed, monkeypatch):
    monkeypatch.chdir(root)
    assert planned_steps(FAMILY, PARAMETERS, trial) == (228, 0.5)
    assert not (root / "data").exists()


def test_a_state_outside_of_a_project_has_its_times_beside_it(tmp_path, timed):
    assert planned_steps(FAMILY, PARAMETERS, trial, tmp_path / "state") == (228, 0.5)
    assert (tmp_path / budget.KEPT).is_file()


class Clock:
    """Steps that take what they are told to by the clock, while so many cores work on them."""

    def __init__(self, monkeypatch, taken, cores=1.0):
        self.now, self.taken, self.cores = 0.0, iter(taken), cores
        monkeypatch.setattr(budget.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(budget.time, "process_time", lambda: self.cores * self.now)

    def step(self):
        self.now += next(self.taken)


def test_the_median_counts_and_not_the_step_that_compiles(monkeypatch):
    assert measured(Clock(monkeypatch, [100.0, 1.0, 2.0, 1.0, 50.0, 1.0]).step, 1) == 1.0


def test_short_steps_are_timed_for_some_seconds(monkeypatch):
    clock = Clock(monkeypatch, itertools.repeat(0.125))
    assert measured(clock.step, 1) == 0.125
    assert clock.now == 0.125 + budget.TIMED_SECONDS


def test_a_machine_that_is_at_work_on_something_else_is_told(monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measured(Clock(monkeypatch, itertools.repeat(0.5), cores=1.9).step, 2)
    with pytest.warns(UserWarning, match="1.3 of 2 cores were at work on it"):
        assert measured(Clock(monkeypatch, itertools.repeat(0.5), cores=1.3).step, 2) == 0.5
