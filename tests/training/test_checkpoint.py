import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from ultragain.engine.registers import Registers
from ultragain.models.catalog import FAMILIES
from ultragain.models.windowing import Windows
from ultragain.training.checkpoint import PROGRESS, STATE, STOP, Checkpoint, Course, TrainingStopped
from ultragain.training.live import Callback
from ultragain.training.train import train_model

EPOCHS = 5


def train(state=None, callbacks=(), epochs=EPOCHS, seed=25, learning_rate=0.01, patience=3, scale=1.0):
    x = np.random.default_rng(0).normal(scale=0.2, size=(260, 6, 1)).astype(np.float32)
    y = scale * np.tanh(4 * x[:, -1])
    parameters = {
        "context": 6,
        "units": 3,
        "learning_rate": learning_rate,
        "batch_size": 64,
        "patience": patience,
        "shuffle": True,
        "epochs": epochs,
    }
    windows, validation = Windows(x[:200], y[:200]), Windows(x[200:], y[200:])
    rng = np.random.default_rng(seed)
    shapes = [(1, 12), (3, 12), (12,), (3, 1), (1,)]
    weights = [rng.normal(scale=0.3, size=shape).astype(np.float32) for shape in shapes]
    return train_model(FAMILIES["lstm-windowed"], parameters, weights, windows, validation, rng, callbacks, state)


class During(Callback):
    """Does something in the midst of an epoch (numbered from 1)."""

    def __init__(self, epoch, action):
        self.epoch, self.action, self.now = epoch, action, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.epoch:
            self.action()


class Crash(Exception):
    pass


def crash():
    raise Crash


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt():
    signal.raise_signal(signal.SIGINT)  # to this very thread: two in a row must not melt into one


@pytest.fixture(scope="module")
def undisturbed():
    return train()


@pytest.fixture
def state(tmp_path):
    return tmp_path / "unfinished" / "run"


def assert_same(one, other):
    for ours, theirs in zip(one.weights, other.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    pd.testing.assert_frame_equal(one.history, other.history, check_exact=True)
    assert one.best_epoch == other.best_epoch


def epoch_in(state):
    return json.loads((state / PROGRESS).read_text())["epoch"]


def test_keeping_the_state_changes_nothing(undisturbed, state):
    assert_same(train(state), undisturbed)


@pytest.mark.parametrize("epoch", [1, 3, EPOCHS])
def test_a_training_that_fell_over_goes_on_to_the_same_bits(undisturbed, state, epoch):
    with pytest.raises(Crash):
        train(state, [During(epoch, crash)])
    assert epoch_in(state) == epoch - 1
    trained = []
    rest = [During(number, lambda: trained.append(rest[0].now)) for number in range(1, EPOCHS + 1)]
    assert_same(train(state, rest), undisturbed)
    assert set(trained) == set(range(epoch, EPOCHS + 1))  # only the epochs that were missing


def test_a_training_that_was_killed_goes_on_to_the_same_bits(undisturbed, state):
    script = (
        f"import test_checkpoint as t; from pathlib import Path; t.train(Path({str(state)!r}), [t.During(3, t.die)])"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True)
    assert ended.returncode == -signal.SIGKILL
    assert epoch_in(state) == 2
    assert_same(train(state), undisturbed)


def test_a_training_that_ended_is_not_trained_again(undisturbed, state):
    train(state)
    assert_same(train(state, [During(epoch, crash) for epoch in range(1, EPOCHS + 1)]), undisturbed)


def test_early_stopping_and_the_best_weights_survive_a_crash(state):
    wild = {"learning_rate": 0.5, "epochs": 30, "patience": 2}
    through = train(**wild)
    assert 3 < len(through.history) == through.best_epoch + 2 < 30
    with pytest.raises(Crash):
        train(state, [During(through.best_epoch + 2, crash)], **wild)
    assert_same(train(state, **wild), through)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def of_another_training(path):
    path.unlink()
    train(path.parent, epochs=2, scale=0.5)


@pytest.mark.parametrize("damage", [truncate, flip_a_bit, empty, of_another_training])
def test_a_state_that_cannot_be_used_is_named_and_the_training_starts_over(undisturbed, state, damage):
    with pytest.raises(Crash):
        train(state, [During(3, crash)])
    damage(state / STATE)
    with pytest.warns(UserWarning, match=f"{state / STATE}: .*the training starts over"):
        assert_same(train(state), undisturbed)


@pytest.mark.parametrize(
    "change", [{"seed": 26}, {"epochs": 6}, {"learning_rate": 0.02}, {"patience": 4}, {"scale": 0.9}]
)
def test_the_state_of_another_training_is_refused(state, change):
    train(state, epochs=1) if change != {"epochs": 6} else train(state)
    with pytest.warns(UserWarning, match="of another training"):
        train(state, **({"epochs": 1} | change))


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr("ultragain.training.train.SOURCE", "another"),
        lambda patch: patch.setattr("ultragain.training.train.RECIPE", -1),
        lambda patch: patch.setattr("ultragain.models.family.host_registers", lambda: Registers("other", 2, 8)),
        lambda patch: patch.setattr("importlib.metadata.version", lambda package: "0"),
    ],
    ids=["engine", "recipe", "registers", "versions"],
)
def test_the_state_of_another_engine_is_refused(state, monkeypatch, change):
    train(state, epochs=1)
    change(monkeypatch)
    with pytest.warns(UserWarning, match="of another training"):
        train(state, epochs=1)


def test_every_byte_counts(state):
    train(state, epochs=1)
    whole = (state / STATE).read_bytes()
    checkpoint = Checkpoint(state, "another", 1)
    for place in np.random.default_rng(0).integers(len(whole), size=50):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (state / STATE).write_bytes(damaged)
        with pytest.warns(UserWarning, match="is damaged"):
            assert checkpoint.load().epoch == 0


def test_a_stop_file_stops_after_an_epoch_and_the_same_call_goes_on(undisturbed, state):
    (stop := state.parent / STOP).parent.mkdir()
    with pytest.raises(TrainingStopped, match=f"stopped after epoch 2 of {EPOCHS}.*the same command goes on"):
        train(state, [During(2, stop.touch)])
    assert epoch_in(state) == 2
    stop.unlink()
    assert_same(train(state), undisturbed)


def test_an_interrupt_lets_the_epoch_end_and_a_second_one_does_not(undisturbed, state, capsys):
    before = signal.getsignal(signal.SIGINT)
    once = During(2, interrupt)
    once.on_train_batch_end = lambda batch, logs=None: interrupt() if once.now == 2 and batch == 2 else None
    with pytest.raises(TrainingStopped, match="after epoch 2"):
        train(state, [once])
    assert "a second interrupt stops at once" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        train(state, [During(4, interrupt)])  # two calls in an epoch: two interrupts
    assert epoch_in(state) == 3
    assert signal.getsignal(signal.SIGINT) is before
    assert_same(train(state), undisturbed)


def test_progress_is_told_from_the_start(state):
    with pytest.raises(Crash):
        train(state, [During(1, crash)])
    told = json.loads((state / PROGRESS).read_text())
    assert told.pop("updated").endswith("+00:00")
    assert told == {
        "epoch": 0,
        "epochs": EPOCHS,
        "val_esr": None,
        "best_val_esr": None,
        "best_epoch": 0,
        "seconds_per_epoch": None,
        "host": socket.gethostname(),
        "pid": os.getpid(),
    }
    trained = train(state)
    told = json.loads((state / PROGRESS).read_text())
    assert (told["epoch"], told["best_epoch"]) == (EPOCHS, trained.best_epoch)
    assert told["val_esr"] == trained.history["val_esr"].iloc[-1]
    assert told["best_val_esr"] == trained.history["val_esr"].min()
    assert told["seconds_per_epoch"] > 0


def test_a_diverged_training_is_kept_as_valid_json(state):
    trained = train(state, learning_rate=float("inf"), epochs=2)
    assert json.loads((state / PROGRESS).read_text(), parse_constant=pytest.fail)["val_esr"] is None
    again = train(state, learning_rate=float("inf"), epochs=2)
    assert_same(again, trained)


@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("seed", range(20))
def test_early_stopping_is_kerass(one_thread, patience, seed):
    rng = np.random.default_rng(seed)
    curve = rng.choice([0.1, 0.2, 0.3, 0.4, np.nan, np.inf], size=12)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    keras_stops = keras.callbacks.EarlyStopping("val_esr", mode="min", patience=patience, restore_best_weights=True)
    keras_stops.set_model(model)
    keras_stops.on_train_begin()
    model.stop_training, course = False, Course()
    for epoch, value in enumerate(curve):
        keras_stops.on_epoch_end(epoch, {"val_esr": value})
        course.history.append({"val_esr": value})
        assert course.is_over(len(curve) + 1, patience) == model.stop_training
        assert course.best_epoch == keras_stops.best_epoch + 1
        if model.stop_training:
            break
