"""Training within a budget: killed ones go on, and the budget decides which training it is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_project import plucks

from ultragain.models.catalog import FAMILIES
from ultragain.training import budget
from ultragain.training.live import Callback
from ultragain.training.train import train_model

FAMILY = FAMILIES["lstm-stateful"]
PARAMETERS = {
    "units": 4,
    "minutes": 1.0,
    "steps_per_minute": 5,
    "threads": 1,
    "validation_share": 0.1,
    "sample_rate": 44100,
}


class During(Callback):
    """Does something in the midst of an epoch (numbered from 1)."""

    def __init__(self, epoch, action):
        self.epoch, self.action, self.now = epoch, action, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.epoch:
            self.action()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def train(state=None, callbacks=(), **changes):
    parameters, rng = PARAMETERS | changes, np.random.default_rng(25)
    dry = plucks(1.5, np.random.default_rng(0)).astype(np.float32)
    streams, pieces, _ = FAMILY.cut([(dry, np.tanh(3 * dry))], [], parameters, rng)
    shapes = [(1, 16), (4, 16), (16,), (4, 1), (1,)]
    weights = [rng.normal(scale=0.3, size=shape).astype(np.float32) for shape in shapes]
    return train_model(FAMILY, parameters, weights, streams, pieces, rng, callbacks, state)


@pytest.fixture(scope="module")
def undisturbed():
    return train()


def assert_same(one, other):
    assert all(map(np.array_equal, one.weights, other.weights))
    pd.testing.assert_frame_equal(one.history, other.history, check_exact=True)


def test_a_budget_is_spent(undisturbed):
    assert (undisturbed.steps, undisturbed.step_seconds, len(undisturbed.history)) == (5, None, 5)
    assert undisturbed.history["val_esr"].min() == undisturbed.history["val_esr"][undisturbed.best_epoch] < 0.9
    assert {"loss", "esr", "mse", "val_loss", "val_esr", "val_mse", "val_mae"} < set(undisturbed.history)


def test_a_training_that_was_killed_goes_on_to_the_same_bits(undisturbed, tmp_path):
    script = (
        "import test_memory_training as t; from pathlib import Path; "
        f"t.train(Path({str(tmp_path / 'run')!r}), [t.During(3, t.die)])"
    )
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    paths = os.pathsep.join([*folders, os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    epochs = []
    rest = [During(number, lambda: epochs.append(rest[0].now)) for number in range(1, 6)]
    assert_same(train(tmp_path / "run", rest), undisturbed)
    assert set(epochs) == {3, 4, 5}


@pytest.mark.parametrize("change", [{"minutes": 2.0}, {"steps_per_minute": 6}, {"validation_share": 0.2}])
def test_the_state_of_another_budget_or_other_data_is_refused(tmp_path, change):
    train(tmp_path / "run", steps_per_minute=1)
    with pytest.warns(UserWarning, match="of another training"):
        train(tmp_path / "run", **({"steps_per_minute": 1} | change))


def test_without_steps_per_minute_a_step_is_timed(tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "measured", lambda step, threads: (step(), 9.5)[1])  # 60 s less 5 % are six of them
    timed = train(tmp_path / "run", steps_per_minute=None)
    assert (timed.steps, timed.step_seconds) == (6, 9.5)
    assert_same(train(steps_per_minute=6), timed)  # what was tried for the time left no trace
