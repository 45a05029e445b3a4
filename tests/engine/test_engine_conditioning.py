"""A WaveNet with a knob: what Keras computes with the knob as a second input is what the engine must."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from engine_oracle import audio, relative

from ultragain.engine.wavenet.layout import BEFORE, N_WEIGHTS
from ultragain.engine.wavenet.model import WaveNet
from ultragain.models.memory import wavenet, wavenet_gain

pytestmark = pytest.mark.usefixtures("one_thread")
LEARN = {"scale": 0.01, "rate": 1e-3, "limit": 0.5, "decay": 0.9}
KNOBS = [-0.9, 0.4]
CASES = {"wavenet-gain": wavenet_gain.film, "wavenet-gain-concatenated": wavenet_gain.concatenation}


@pytest.fixture(scope="module", params=CASES)
def case(request, one_thread):
    """A conditioning, Keras's network in float64, and random weights, none of them zero."""
    conditioning, network = wavenet_gain.CONDITIONINGS[request.param], CASES[request.param]
    model = keras.models.clone_model(
        network(), clone_function=lambda layer: type(layer).from_config(layer.get_config() | {"dtype": "float64"})
    )
    rng = np.random.default_rng(5)
    weights = [
        rng.normal(scale=0.5 / np.sqrt(np.prod(w.shape[:-1])) if w.ndim > 1 else 0.1, size=w.shape).astype(np.float32)
        for w in model.get_weights()
    ]
    return conditioning, model, weights


@pytest.fixture(scope="module")
def signals():
    return audio(np.random.default_rng(6), BEFORE + 1500)


def engine_of(conditioning, weights, **options):
    return WaveNet(weights, **{"outputs": 300, "batch": 2, "conditioning": conditioning} | options)


def test_gradients_are_those_of_keras(case, signals):
    conditioning, model, weights = case
    dry, wet = signals
    engine, starts = engine_of(conditioning, weights), np.array([BEFORE, BEFORE + 777])
    error = engine.find_gradient(dry, wet, starts, 0.02, KNOBS)
    segments = np.stack([dry[start - BEFORE : start + engine.outputs] for start in starts])
    target = np.stack([wet[start : start + engine.outputs] for start in starts])
    model.set_weights(weights)
    with tf.GradientTape() as tape:
        played = model([segments[..., None].astype(float), np.array(KNOBS)[:, None]])[:, BEFORE:, 0]
        total = tf.reduce_sum((played - target) ** 2)
        loss = 0.01 * total
    wanted = [part.numpy() for part in tape.gradient(loss, model.trainable_variables)]
    assert error == pytest.approx(float(total), rel=1e-6)
    # as for the ordinary network: rounding puts an activation on the other side of zero now and then
    assert relative(engine.gradient, wanted) < 1e-4
    assert max(relative([got], [there]) for got, there in zip(engine.gradient, wanted, strict=True)) < 1e-3


def test_playing_is_that_of_keras_at_each_knob(case, signals):
    conditioning, model, weights = case
    pieces, knobs = [signals[0][:1500], signals[0][:1500], signals[0][700:701]], [-1.0, 0.3, 0.3]
    model.set_weights(weights)
    played = engine_of(conditioning, weights, threads=2).play(pieces, knobs=knobs)
    assert np.abs(played[0] - played[1]).max() > 1e-3
    for piece, knob, ours in zip(pieces, knobs, played, strict=True):
        after_silence = np.concatenate([np.zeros(BEFORE), piece])[None, :, None]
        np.testing.assert_allclose(ours, model([after_silence, np.array([[knob]])])[0, BEFORE:, 0], rtol=0, atol=1e-5)


def test_weights_are_kept_in_the_order_of_keras(case):
    conditioning, model, weights = case
    engine = engine_of(conditioning, weights)
    assert sum(map(np.size, weights)) == model.count_params() == N_WEIGHTS + conditioning.size
    for got, there in zip(engine.weights, weights, strict=True):
        np.testing.assert_allclose(got, there, rtol=3e-7, atol=1e-7)  # factors are kept less one
    network, own = conditioning.split(weights)
    assert [part.shape for part in network] == [part.shape for part in wavenet.network().get_weights()]
    assert all(one is other for one, other in zip(conditioning.join(network, own), weights, strict=True))


def test_matrices_are_all_of_its_own_weights(case):
    conditioning, *_ = case
    at = N_WEIGHTS
    for offset, rows, columns in conditioning.matrices:
        assert offset == at
        at += rows * columns
    assert at == N_WEIGHTS + conditioning.size


def test_threads_change_no_bit(case, signals):
    conditioning, _, weights = case
    one, two = engine_of(conditioning, weights), engine_of(conditioning, weights, threads=2)
    for begin in (0, 200, 400):
        starts = np.array([BEFORE, BEFORE + 500]) + begin
        errors = [engine.learn(*signals, starts, **LEARN, knobs=KNOBS) for engine in (one, two)]
        assert errors[0] == errors[1]
    assert all(map(np.array_equal, one.state, two.state))
    played = [engine.play([signals[0]], averaged=True, knobs=[0.2])[0] for engine in (one, two)]
    assert np.array_equal(*played)


def test_learning_goes_on_from_its_state_bit_for_bit(case, signals):
    conditioning, _, weights = case
    engine, resumed = engine_of(conditioning, weights), engine_of(conditioning, [0 * part for part in weights])
    starts = np.array([BEFORE, BEFORE + 500])
    engine.learn(*signals, starts, **LEARN, knobs=KNOBS)
    resumed.state = engine.state
    assert engine.learn(*signals, starts + 50, **LEARN, knobs=KNOBS) == resumed.learn(
        *signals, starts + 50, **LEARN, knobs=KNOBS
    )
    assert all(map(np.array_equal, engine.state, resumed.state))


def test_it_learns_what_the_knob_does(case, signals):
    conditioning, _, weights = case
    dry, wet = signals
    # the knob is a gain: one network for both of its ends, which an ordinary one cannot be
    both = np.concatenate([wet, 0.3 * wet])
    engine, rng, errors = engine_of(conditioning, weights), np.random.default_rng(7), []
    for _ in range(150):
        starts = rng.integers(BEFORE, BEFORE + 1100, 2) + [0, len(dry)]
        energy = sum(np.sum(both[start : start + engine.outputs] ** 2) for start in starts)
        error, _ = engine.learn(
            np.tile(dry, 2), both, starts, 2 / energy, 4e-3, limit=0.1, decay=0.9, knobs=[1.0, -1.0]
        )
        errors.append(error / energy)
    # without a knob the best is a gain between the two, and leaves (0.7 / 2) ** 2 of 2 / (1 + 0.3 ** 2) times as much
    assert np.mean(errors[-5:]) < 0.5 * 2 * 0.35**2 / 1.09 < errors[0]
