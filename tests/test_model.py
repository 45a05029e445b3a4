import json
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from ultragain.model import BlockLSTM, EsrMetric, build_model, esr_loss, save_model


def outputs_and_gradients(layer, x, weighting):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = layer(x)
        loss = tf.reduce_sum(weighting * output**2)
    return [output, *tape.gradient(loss, [x, *layer.trainable_weights])]


@pytest.mark.parametrize("batch, steps, features, units", [(1, 1, 1, 1), (3, 17, 1, 8), (64, 88, 1, 96), (5, 30, 3, 20)])
def test_the_fused_layer_equals_the_stock_one(batch, steps, features, units):
    rng = np.random.default_rng([batch, steps])
    x = rng.normal(size=(batch, steps, features)).astype(np.float32)
    weighting = rng.normal(size=units).astype(np.float32)
    fused, stock = BlockLSTM(units), keras.layers.LSTM(units)
    fused.build(x.shape)
    stock.build(x.shape)
    weights = [rng.normal(scale=0.1, size=w.shape) for w in stock.get_weights()]
    fused.set_weights(weights)
    stock.set_weights(weights)
    for ours, theirs in zip(outputs_and_gradients(fused, x, weighting), outputs_and_gradients(stock, x, weighting)):
        # float32 rounding, accumulated over the steps, relative to the largest entry
        np.testing.assert_allclose(ours, theirs, atol=2e-5 * np.max(np.abs(theirs)))


@pytest.mark.parametrize("gain", [0.0, 0.5, 2.0])
def test_loss_of_a_scaled_prediction(gain):
    target = tf.constant(np.random.default_rng(0).normal(size=(64, 1)), tf.float32)
    assert float(esr_loss(target, gain * target)) == pytest.approx((1 - gain) ** 2, rel=1e-5)


def test_loss_of_a_silent_batch_is_finite():
    assert np.isfinite(esr_loss(tf.zeros([64, 1]), tf.ones([64, 1])))


def test_the_metric_is_one_ratio_whatever_the_batches():
    rng = np.random.default_rng(0)
    target, predicted = rng.normal(size=(2, 100, 1)).astype(np.float32)
    target[:50] *= 0.01  # the mean of per-batch ratios would weigh this quiet half like the loud one
    expected = np.sum((target - predicted) ** 2) / np.sum(target**2)
    for size in (1, 7, 100):
        metric = EsrMetric()
        for start in range(0, 100, size):
            metric.update_state(target[start : start + size], predicted[start : start + size])
        assert float(metric.result()) == pytest.approx(expected, rel=1e-5)


def test_a_saved_model_is_plain_keras_and_loads_without_this_package(tmp_path):
    model = build_model(16, 4, 0.01, np.random.default_rng(0))
    save_model(model, tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        layers = json.loads(archive.read("config.json"))["config"]["layers"]
    assert [(layer["module"], layer["class_name"]) for layer in layers[1:]] == [("keras.layers", "LSTM"), ("keras.layers", "Dense")]
    x = np.random.default_rng(1).normal(size=(3, 16, 1)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    alone = (
        "import sys; sys.modules['ultragain'] = None\n"  # any import of it fails
        "import keras, numpy as np\n"
        "model = keras.saving.load_model('model.keras', safe_mode=True)\n"
        "np.save('y.npy', model.predict(np.load('x.npy'), verbose=0))\n"
    )
    subprocess.run([sys.executable, "-c", alone], cwd=tmp_path, check=True)
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model.predict(x, verbose=0), atol=1e-6)
