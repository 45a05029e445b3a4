import keras
import numpy as np
import pytest
import tensorflow as tf

from ultragain.models import block_lstm
from ultragain.models.block_lstm import BlockLSTM

pytestmark = pytest.mark.usefixtures("one_thread")


def outputs_and_gradients(layer, x, weighting):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = layer(x)
        loss = tf.reduce_sum(weighting * output**2)
    return [output, *tape.gradient(loss, [x, *layer.trainable_weights])]


def pair(units, shape, rng, **settings):
    """A fused and a stock layer of the same random weights."""
    fused, stock = BlockLSTM(units, **settings), keras.layers.LSTM(units, **settings)
    fused.build(shape)
    stock.build(shape)
    weights = [rng.normal(scale=0.1, size=w.shape) for w in stock.get_weights()]
    fused.set_weights(weights)
    stock.set_weights(weights)
    return fused, stock


def assert_equal_to_rounding(ours, theirs):
    # float32 rounding, accumulated over the steps, relative to the largest entry
    np.testing.assert_allclose(ours, theirs, atol=2e-5 * np.max(np.abs(theirs)))


SHAPES = [(1, 1, 1, 1), (3, 17, 1, 8), (64, 88, 1, 96), (5, 30, 3, 20)]
RANDOM_SHAPES = [tuple(int(n) for n in np.random.default_rng(seed).integers(1, [40, 60, 4, 50])) for seed in range(6)]


@pytest.mark.parametrize("batch, steps, features, units", SHAPES + RANDOM_SHAPES)
def test_the_fused_layer_equals_the_stock_one(batch, steps, features, units):
    rng = np.random.default_rng([batch, steps])
    x = rng.normal(size=(batch, steps, features)).astype(np.float32)
    weighting = rng.normal(size=units).astype(np.float32)
    fused, stock = pair(units, x.shape, rng)
    assert fused.is_fused
    for ours, theirs in zip(
        outputs_and_gradients(fused, x, weighting), outputs_and_gradients(stock, x, weighting), strict=True
    ):
        assert_equal_to_rounding(ours, theirs)


UNFUSED = [
    {"return_sequences": True},
    {"return_state": True},
    {"go_backwards": True},
    {"stateful": True},
    {"dropout": 0.5},
    {"recurrent_dropout": 0.5},
    {"activation": "relu"},
    {"recurrent_activation": "hard_sigmoid"},
    {"use_bias": False},
    {"dtype": "float64"},
    {"dtype": "mixed_bfloat16"},
]


@pytest.mark.parametrize("settings", UNFUSED, ids=lambda settings: "-".join(map(str, *settings.items())))
def test_what_the_kernel_cannot_do_the_stock_layer_does(settings):
    x = np.random.default_rng(0).normal(size=(4, 7, 2)).astype(np.float32)
    random = {"seed": 3} if "dropout" in str(settings) else {}
    fused, stock = pair(5, x.shape, np.random.default_rng(1), **settings, **random)
    assert not fused.is_fused
    for _ in range(2):  # a stateful layer's second answer differs from its first
        ours, theirs = fused(x, training=True), stock(x, training=True)
        for one, other in zip(tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=True):
            np.testing.assert_array_equal(tf.cast(one, tf.float64), tf.cast(other, tf.float64))


@pytest.mark.parametrize("settings", [{"unroll": True}, {"unit_forget_bias": False}, {"recurrent_regularizer": "l2"}])
def test_what_changes_no_output_is_fused(settings):
    x = np.random.default_rng(0).normal(size=(4, 7, 2)).astype(np.float32)
    fused, stock = pair(5, x.shape, np.random.default_rng(1), **settings)
    assert fused.is_fused
    assert_equal_to_rounding(fused(x), stock(x))
    assert [float(one) for one in fused.losses] == [float(one) for one in stock.losses]


def test_masks_and_initial_states_are_kept():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 7, 2)).astype(np.float32)
    x[1, 3:] = 0
    fused, stock = pair(5, x.shape, rng)
    state = [tf.constant(rng.normal(size=(4, 5)), tf.float32) for _ in range(2)]
    np.testing.assert_array_equal(fused(x, initial_state=state), stock(x, initial_state=state))
    masked = keras.layers.Masking()(x)
    np.testing.assert_array_equal(fused(masked), stock(masked))
    assert np.max(np.abs(fused(masked) - fused(x))) > 1e-3  # the mask does matter here


def test_on_a_gpu_it_is_the_stock_layer(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    monkeypatch.setattr(block_lstm, "_last_hidden_state", None)  # to call it would be an error
    x = np.random.default_rng(0).normal(size=(4, 7, 2)).astype(np.float32)
    fused, stock = pair(5, x.shape, np.random.default_rng(1))
    np.testing.assert_array_equal(fused(x), stock(x))
