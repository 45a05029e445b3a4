"""What the engine's tests compare with: Keras, in float64 or float32."""

import keras
import numpy as np
import tensorflow as tf

from ultragain.engine.wavenet.layout import BEFORE
from ultragain.models.memory.wavenet import network

# each number of units takes seconds to compile: odd, whole registers, a last register that is not full
UNITS = (5, 31, 128)


def relative(got, wanted):
    """Distance of two arrays, or two lists of arrays, as a share of the wanted one's norm."""
    got, wanted = (np.concatenate([np.ravel(np.asarray(part, float)) for part in parts]) for parts in (got, wanted))
    return np.linalg.norm(got - wanted) / max(np.linalg.norm(wanted), 1e-300)


def off(gradient, wanted):
    """The largest `relative` of a gradient's parts: inputs, recurrent, biases, and the Dense layer.

    Its constant's gradient is one number, maybe a small difference of large ones: no part of its own.
    """
    return max(relative(got, there) for got, there in zip(_parts(gradient), _parts(wanted), strict=True))


def _parts(gradient):
    return *([part] for part in gradient[:3]), gradient[3:]


def starting_weights(rng, units):
    """Random weights in Keras's order, none of them zero, about as large as trained ones."""
    shapes = (1, 4 * units), (units, 4 * units), (4 * units,), (units, 1), (1,)
    spreads = 0.3, 1 / np.sqrt(units), 0.2, 0.2, 0.1
    return [rng.normal(scale=s, size=shape).astype(np.float32) for s, shape in zip(spreads, shapes, strict=True)]


def audio(rng, *shape):
    """A dry signal and a wet one that depends on the sample before, too."""
    dry = rng.normal(scale=0.5, size=shape).astype(np.float32)
    wet = np.tanh(2 * dry + np.roll(dry, 1, axis=-1)).astype(np.float32)
    return dry, wet


def windowed_model(weights, context, dtype="float64"):
    lstm, dense = (
        layer(n, dtype=dtype) for layer, n in ((keras.layers.LSTM, len(weights[1])), (keras.layers.Dense, 1))
    )
    model = keras.Sequential([keras.Input((context, 1), dtype=dtype), lstm, dense])
    model.set_weights(weights)
    return model


def esr(target, predicted):
    return tf.reduce_sum((target - predicted) ** 2) / (tf.reduce_sum(target**2) + 1e-8)


def windowed_step(weights, x, y, dtype="float64"):
    """Outputs, shape (n,), and gradients of the ESR by all weights."""
    model = windowed_model(weights, x.shape[1], dtype)
    with tf.GradientTape() as tape:
        predicted = model(x[..., None].astype(dtype))
        loss = esr(y[:, None].astype(dtype), predicted)
    return predicted.numpy()[:, 0], [part.numpy() for part in tape.gradient(loss, model.trainable_variables)]


def windowed_training(weights, x, y, batches, rate, dtype):
    """Weights after a step of Adam for each batch."""
    model, optimizer = windowed_model(weights, x.shape[1], dtype), keras.optimizers.Adam(rate)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = esr(y, model(x))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    for batch in batches:
        step(tf.constant(x[batch][..., None], dtype), tf.constant(y[batch][:, None], dtype))
    return model.get_weights()


def play(weights, dry):
    """Outputs for audio from a zero state, shape (n_samples,)."""
    lstm = keras.layers.LSTM(len(weights[1]), return_sequences=True, dtype="float64")
    model = keras.Sequential([keras.Input((None, 1), dtype="float64"), lstm, keras.layers.Dense(1, dtype="float64")])
    model.set_weights(weights)
    return model.predict(dry[None, :, None], verbose=0)[0, :, 0]


class Streams:
    """LSTM -> Dense(1) in Keras with a state that is carried on, float64."""

    def __init__(self, weights, streams):
        units = len(weights[1])
        self.lstm = keras.layers.LSTM(units, return_sequences=True, return_state=True, dtype="float64")
        self.dense = keras.layers.Dense(1, dtype="float64")
        self.lstm.build((streams, None, 1))
        self.dense.build((streams, None, units))
        self.lstm.set_weights(weights[:3])
        self.dense.set_weights(weights[3:])
        self.state = [tf.zeros((streams, units), tf.float64)] * 2

    @property
    def variables(self):
        return self.lstm.trainable_variables + self.dense.trainable_variables

    def advance(self, dry):
        """Outputs for dry of shape (streams, steps); the state moves on."""
        outputs, *self.state = self.lstm(dry[..., None].astype(float), initial_state=self.state)
        return self.dense(outputs)[..., 0]

    def find_gradient(self, dry, wet):
        """Mean squared error over all samples, and its gradient by all weights; the state moves on."""
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self.advance(dry) - wet.astype(float)) ** 2)
        return float(loss), [part.numpy() for part in tape.gradient(loss, self.variables)]


class WaveNet:
    """Keras's WaveNet in float64, with random weights, none of them zero, about as large as trained ones."""

    def __init__(self, rng):
        self.model = keras.models.clone_model(
            network(), clone_function=lambda layer: type(layer).from_config(layer.get_config() | {"dtype": "float64"})
        )
        shapes = [weight.shape for weight in self.model.get_weights()]
        spreads = [0.5 / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else 0.1 for shape in shapes]
        self.weights = [
            rng.normal(scale=s, size=shape).astype(np.float32) for s, shape in zip(spreads, shapes, strict=True)
        ]
        self.model.set_weights(self.weights)

    def play(self, dry):
        """Outputs for audio after silence, shape (n_samples,)."""
        return self.model(np.concatenate([np.zeros(BEFORE), dry])[None, :, None])[0, BEFORE:, 0].numpy()

    def find_gradient(self, dry, wet, starts, outputs):
        """The sum of squared errors of segments, and half of its gradient by all weights."""
        segments = np.stack([dry[start - BEFORE : start + outputs] for start in starts])
        target = np.stack([wet[start : start + outputs] for start in starts])
        with tf.GradientTape() as tape:
            played = self.model(segments[..., None].astype(float))[:, BEFORE:, 0]
            error = tf.reduce_sum((played - target) ** 2)
            loss = error / 2
        return float(error), [part.numpy() for part in tape.gradient(loss, self.model.trainable_variables)]
