"""A windowed model that Keras trains and plays through TensorFlow, for layers that the engine does not know.

TensorFlow uses a GPU where there is one, which nobody has tried with this project yet. The engine's families stay on
the CPU.
"""

import warnings

import numpy as np
import tensorflow as tf

from ultragain.metrics import ESR_EPSILON

WINDOWS_PER_BATCH = 1024  # of those that are played: with what Keras keeps of them, some MiB


def esr_loss(target, predicted):
    """Error-to-signal ratio over a batch: sum((y - p)^2) / (sum(y^2) + 1e-8).

    Parameters
    ----------
    target, predicted : tensor, shape (batch, 1)

    Returns
    -------
    tensor, scalar

    References
    ----------
    Wright et al., "Real-Time Guitar Amplifier Emulation with Deep Learning", Appl. Sci. 10(3), 2020.
    """
    return tf.reduce_sum(tf.square(target - predicted)) / (tf.reduce_sum(tf.square(target)) + ESR_EPSILON)


def use_one_thread():
    """Have TensorFlow use one thread in this process; call it before anything is computed.

    One run uses one core: a second thread gains these small layers nothing, runs side by side gain
    everything, and a single thread adds numbers in one order, so that weights repeat to the bit.

    Returns
    -------
    bool
        Whether TensorFlow uses one thread now; False if it was at work before with more.
    """
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        for gpu in tf.config.list_physical_devices("GPU"):  # or the first run would take all of its memory
            tf.config.experimental.set_memory_growth(gpu, True)
    except RuntimeError:
        pass
    threading = tf.config.threading
    return threading.get_intra_op_parallelism_threads() == threading.get_inter_op_parallelism_threads() == 1


class KerasModel:
    """A compiled Keras model, with the methods of the engine's (see `ultragain.engine.lstm.windowed.WindowedLSTM`).

    Parameters
    ----------
    build : callable
        Without arguments; a compiled keras.Model, input shape (batch, context, 1), output shape (batch, 1).
    weights : list of np.ndarray
        Those to begin with.
    """

    def __init__(self, build, weights):
        if not use_one_thread():
            warnings.warn("TensorFlow uses several threads here: weights may not repeat to the bit", stacklevel=2)
        self.model = build()
        self.model.optimizer.build(self.model.trainable_variables)
        self.weights = weights
        self._data = self._steps = None

    @property
    def weights(self):
        """In Keras's order; copies. Can be set."""
        return self.model.get_weights()

    @weights.setter
    def weights(self, weights):
        self.model.set_weights(weights)

    @property
    def state(self):
        """All that learning goes on from: the model's and the optimizer's variables; copies. Can be set."""
        return [variable.numpy() for variable in self._variables]

    @state.setter
    def state(self, state):
        for variable, value in zip(self._variables, state, strict=True):
            variable.assign(value)

    @property
    def _variables(self):
        return [*self.model.variables, *self.model.optimizer.variables]

    def learn(self, x, y, batches, rate):
        """Take one step for each batch; parameters and result as those of `WindowedLSTM.learn`."""
        if self._data is not x:  # the windows stay where the computing is done
            self._data, self._steps = x, self._learner(x, y)
        self.model.optimizer.learning_rate = rate
        return self._steps(tf.constant(batches, tf.int32)).numpy()

    def _learner(self, x, y):
        x, y = tf.constant(x[..., None]), tf.constant(y[:, None])
        weights = self.model.trainable_variables

        def one_step(chosen):
            with tf.GradientTape() as tape:
                predicted = self.model(tf.gather(x, chosen), training=True)
                loss = self.model.loss(tf.gather(y, chosen), predicted)
            self.model.optimizer.apply(tape.gradient(loss, weights), weights)
            return predicted[:, 0]

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
        def learn(batches):
            return tf.map_fn(one_step, batches, fn_output_signature=tf.float32, parallel_iterations=1)

        return learn

    def predict(self, audio, hop):
        """Outputs for windows of audio; parameters and result as those of `WindowedLSTM.predict`."""
        context = self.model.input_shape[1]
        if len(audio) < context:
            return np.zeros(0, np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(np.asarray(audio, np.float32), context)[::hop, :, None]
        return self.model.predict(windows, batch_size=WINDOWS_PER_BATCH, verbose=0)[:, 0]
