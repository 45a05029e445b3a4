import numpy as np
import pytest
import tensorflow as tf

from ultragain.models.backend import CPU_BATCH, esr_loss, outputs_of
from ultragain.models.catalog import FAMILIES

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("count", [1, CPU_BATCH, 2 * CPU_BATCH + 5])
def test_many_windows_are_played_as_keras_does(count):
    parameters = {"context": 6, "units": 4, "learning_rate": 0.01}
    model = FAMILIES["lstm-windowed"].build(parameters, np.random.default_rng(0))
    x = tf.constant(np.random.default_rng(1).normal(size=(count + 3, 6, 1)), tf.float32)
    play = outputs_of(model, tf.TensorSpec.from_tensor(x), lambda x, first, last: x[first:last])
    np.testing.assert_allclose(play(x, count), model.predict(x[:count], verbose=0)[:, 0], atol=1e-6)


@pytest.mark.parametrize("gain", [0.0, 0.5, 2.0])
def test_loss_of_a_scaled_prediction(gain):
    target = tf.constant(np.random.default_rng(0).normal(size=(64, 1)), tf.float32)
    assert float(esr_loss(target, gain * target)) == pytest.approx((1 - gain) ** 2, rel=1e-5)


def test_loss_of_a_silent_batch_is_finite():
    assert np.isfinite(esr_loss(tf.zeros([64, 1]), tf.ones([64, 1])))
