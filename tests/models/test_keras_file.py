import keras
import numpy as np
import pytest
from keras import layers

from ultragain.models.keras_file import weights_of, with_weights
from ultragain.models.untrained import save_model

pytestmark = pytest.mark.usefixtures("one_thread")


def network():
    """Layers of one class on two ways, some without weights, and not in the order in which they are made."""
    dry = keras.Input((None, 1))
    last = layers.Conv1D(1, 2, padding="causal")
    x = layers.Conv1D(3, 2, padding="causal", use_bias=False)(dry)
    for dilation in range(1, 13):  # more than ten: conv1d_10 is not between conv1d_1 and conv1d_2
        both = [layers.Conv1D(3, 2, dilation_rate=dilation, padding="causal")(x), layers.Conv1D(3, 1)(dry)]
        x = layers.Add()([x, layers.LeakyReLU(0.01)(layers.Add()(both))])
    return keras.Model(dry, [last(x), layers.Dense(2)(x)])


@pytest.mark.parametrize("deflate", [False, True])
def test_weights_of_many_layers_of_one_class_are_read_and_replaced(tmp_path, deflate):
    model, other = network(), network()
    save_model(model, tmp_path / "model.keras")
    content = (tmp_path / "model.keras").read_bytes()
    assert all(map(np.array_equal, weights_of(content), model.get_weights()))
    assert len(weights_of(content)) == len(model.get_weights())
    changed = with_weights(content, other.get_weights(), deflate)
    assert (len(changed) < len(content) / 2) == deflate
    (tmp_path / "other.keras").write_bytes(changed)
    loaded = keras.saving.load_model(tmp_path / "other.keras", safe_mode=True)
    x = np.random.default_rng(0).normal(size=(1, 50, 1)).astype(np.float32)
    for ours, theirs in zip(loaded(x), other(x), strict=True):
        np.testing.assert_array_equal(ours, theirs)
