"""Families that the engine does not know, and the engine's where it cannot run: Keras trains and plays them."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from ultragain.models.catalog import FAMILIES
from ultragain.models.keras_file import weights_of
from ultragain.models.keras_model import WINDOWS_PER_BATCH, esr_loss
from ultragain.models.untrained import save_model
from ultragain.models.windowed import windowed

pytestmark = pytest.mark.usefixtures("one_thread")
GRU = windowed("gru", "windowed GRU", "", lambda units: 3 * units * (units + 3), lambda units: keras.layers.GRU(units))
PARAMETERS = {"context": 6, "units": 4, "learning_rate": 0.01}
RNG = np.random.default_rng(0)
X = RNG.normal(scale=0.5, size=(5 * 64, 6)).astype(np.float32)
Y = np.tanh(2 * X[:, -1])
BATCHES = np.arange(len(X)).reshape(5, 64)


def built():
    return GRU.build(PARAMETERS, np.random.default_rng(1))


def learned(model, batches):
    return model.learn(X, Y, batches, PARAMETERS["learning_rate"])


def test_it_learns_as_fit_does():
    ours, theirs = GRU.model(built().get_weights(), PARAMETERS), built()
    predicted = learned(ours, BATCHES)
    losses = [theirs.train_on_batch(X[batch][..., None], Y[batch][:, None]) for batch in BATCHES]
    energies = np.sum(Y[BATCHES] ** 2, axis=1)
    np.testing.assert_allclose(np.sum((predicted - Y[BATCHES]) ** 2, axis=1) / energies, losses, rtol=1e-4)
    for one, other in zip(ours.weights, theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_its_state_goes_on_to_the_same_bits():
    through, first = (GRU.model(built().get_weights(), PARAMETERS) for _ in range(2))
    learned(through, BATCHES)
    learned(first, BATCHES[:2])
    second = GRU.model([np.zeros_like(weight) for weight in first.weights], PARAMETERS)
    second.state = first.state
    learned(second, BATCHES[2:])
    assert all((one == other).all() for one, other in zip(second.weights, through.weights, strict=True))


@pytest.mark.parametrize("count", [0, 1, WINDOWS_PER_BATCH + 5])
def test_it_plays_what_keras_predicts_for_every_window(count):
    model, dry = built(), RNG.normal(size=count + 5).astype(np.float32)
    predicted = GRU.play(GRU.model(model.get_weights(), PARAMETERS), PARAMETERS)(dry)
    windows = [dry[i : i + 6] for i in range(count)]
    expected = model(np.reshape(windows, (count, 6, 1)))[:, 0] if count else []
    np.testing.assert_allclose(predicted[5:], expected, atol=1e-6)
    assert not predicted[:5].any()


def test_a_family_of_the_engine_learns_without_numba_too(tmp_path):
    family = FAMILIES["lstm-windowed"]
    weights = family.build(PARAMETERS, np.random.default_rng(1)).get_weights()
    engine = family.model(weights, PARAMETERS)
    np.savez(tmp_path / "given.npz", *weights, x=X, y=Y, batches=BATCHES)
    script = (
        "import numpy as np; from ultragain.models.catalog import FAMILIES; family = FAMILIES['lstm-windowed']\n"
        "given = np.load('given.npz'); weights = [given[f'arr_{n}'] for n in range(5)]\n"
        "model = family.model(weights, {'context': 6, 'units': 4, 'learning_rate': 0.01})\n"
        "np.save('predicted.npy', model.learn(given['x'], given['y'], given['batches'], 0.01))\n"
        "print(family.computes_with)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
    )
    assert ended.stdout.strip() == "Keras on TensorFlow (NUMBA_DISABLE_JIT is set)", ended.stderr
    np.testing.assert_allclose(np.load(tmp_path / "predicted.npy"), learned(engine, BATCHES), atol=1e-5)


def test_weights_of_layers_of_many_variables_and_of_longer_names_are_found(tmp_path):
    layers = [keras.layers.SimpleRNN(3), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((6, 1)), *layers])
    save_model(model, tmp_path / "model.keras")
    found = weights_of((tmp_path / "model.keras").read_bytes())
    assert all((one == other).all() for one, other in zip(found, model.get_weights(), strict=True))


@pytest.mark.parametrize("gain", [0.0, 0.5, 2.0])
def test_loss_of_a_scaled_prediction(gain):
    target = tf.constant(np.random.default_rng(0).normal(size=(64, 1)), tf.float32)
    assert float(esr_loss(target, gain * target)) == pytest.approx((1 - gain) ** 2, rel=1e-5)


def test_loss_of_a_silent_batch_is_finite():
    assert np.isfinite(esr_loss(tf.zeros([64, 1]), tf.ones([64, 1])))
