"""The model: one LSTM, one Dense unit, and the ESR that it learns by.

The saved model is plain Keras. Only while it trains does its LSTM run through TensorFlow's fused
block kernels, which compute the same numbers in a fraction of the time on a CPU.
"""

import warnings

import keras
import tensorflow as tf

# One run uses one core: a second thread gains these small layers nothing, runs side by side gain
# everything, and a single thread adds numbers in one order, so that weights repeat to the bit.
try:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for gpu in tf.config.list_physical_devices("GPU"):  # or the first run would take all of its memory
        tf.config.experimental.set_memory_growth(gpu, True)
except RuntimeError:
    warnings.warn("TensorFlow was at work before ultragain.models.lstm was imported: weights may not repeat to the bit")

# Windows in one forward pass. On a CPU the fused kernel is as fast with 64 as with 2048, and it
# keeps all seven gates and states of every time step: 28 * context * units bytes a window, 15 MB at most.
CPU_BATCH, GPU_BATCH = 64, 8192

ESR_EPSILON = 1e-8  # keeps a silent batch finite; 1e-50 would be zero in float32


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


class BlockLSTM(keras.layers.LSTM):
    """`keras.layers.LSTM` that runs through TensorFlow's fused block kernel on a CPU.

    Takes the same arguments, has the same weights, and gives the same outputs and gradients (to
    float32 rounding). The kernel knows one kind of LSTM: see `is_fused`. Whatever else is asked of
    the layer, and any call with a mask or an initial state, the stock layer does; so it does on a
    GPU, where it uses cuDNN.
    """

    @property
    def is_fused(self):
        """Whether the fused kernel computes what this layer was asked for, on this machine."""
        is_plain = not (
            self.return_sequences
            or self.return_state
            or self.go_backwards
            or self.stateful
            or self.dropout
            or self.recurrent_dropout
        )
        return (
            is_plain
            and self.use_bias
            and self.activation is keras.activations.tanh
            and self.recurrent_activation is keras.activations.sigmoid
            and self.compute_dtype == "float32"
            and not has_gpu()
        )

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if initial_state is not None or mask is not None or not self.is_fused:
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        kernel = tf.concat([self.cell.kernel, self.cell.recurrent_kernel], axis=0)
        return _last_hidden_state(tf.cast(sequences, tf.float32), kernel, tf.convert_to_tensor(self.cell.bias))


def has_gpu():
    """Whether TensorFlow sees a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


@tf.custom_gradient
def _last_hidden_state(sequences, kernel, bias):
    """Last hidden state of an LSTM started from zero.

    TensorFlow registers the gradient of the older BlockLSTM for BlockLSTMV2, whose gates stand in
    another order, so an automatic gradient is wrong without a word; hence the explicit one.

    Parameters
    ----------
    sequences : tensor, shape (batch, time, features)
    kernel : tensor, shape (features + units, 4 * units)
        Input kernel above recurrent kernel, gates in Keras's order i, f, c, o.
    bias : tensor, shape (4 * units,)

    Returns
    -------
    tensor, shape (batch, units)
    """
    x = tf.transpose(sequences, [1, 0, 2])
    steps, batch = tf.shape(x)[0], tf.shape(x)[1]
    units = bias.shape[0] // 4
    fixed = {
        "seq_len_max": tf.cast(steps, tf.int64),
        "x": x,
        "cs_prev": tf.zeros([batch, units], x.dtype),
        "h_prev": tf.zeros([batch, units], x.dtype),
        "w": kernel,
        "wci": tf.zeros([units], x.dtype),  # no peepholes
        "wcf": tf.zeros([units], x.dtype),
        "wco": tf.zeros([units], x.dtype),
        "b": bias,
    }
    forward = tf.raw_ops.BlockLSTMV2(**fixed, cell_clip=-1.0, use_peephole=False)

    def gradient(upstream):
        later = tf.concat([tf.zeros([steps - 1, batch, units], x.dtype), upstream[None]], axis=0)
        back = tf.raw_ops.BlockLSTMGradV2(
            **fixed, **forward._asdict(), cs_grad=tf.zeros_like(later), h_grad=later, use_peephole=False
        )
        return tf.transpose(back.x_grad, [1, 0, 2]), back.w_grad, back.b_grad

    return forward.h[-1], gradient


def build_model(context, units, learning_rate, rng):
    """A compiled model: windows of one channel -> LSTM -> Dense(1), Adam, ESR loss.

    Parameters
    ----------
    context : int
        Window length in samples.
    units : int
        LSTM units.
    learning_rate : float
    rng : np.random.Generator
        Seeds Keras, and so the initial weights.

    Returns
    -------
    keras.Model
        Input shape (batch, context, 1), output shape (batch, 1).
    """
    keras.utils.set_random_seed(int(rng.integers(2**31)))
    model = _stack(BlockLSTM(units, name="lstm"), context)
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss=esr_loss)
    return model


def _stack(lstm, context):
    return keras.Sequential([keras.Input((context, 1), name="dry"), lstm, keras.layers.Dense(1, name="wet")])


def outputs_of(model, source, cut):
    """A compiled function that plays any number of windows through a model, a batch at a time.

    No more than one batch of windows exists at once, so memory does not grow with their number.

    Parameters
    ----------
    model : keras.Model
        Input shape (batch, context, 1), output shape (batch, 1).
    source : tf.TensorSpec
        Shape and type of what the windows are cut from.
    cut : callable
        `cut(source, first, last)` gives the windows from `first` up to `last`, a tensor of shape
        (last - first, context, 1). TensorFlow compiles it.

    Returns
    -------
    callable
        `f(source, count)`: the outputs of the first `count` windows, a tensor of shape (count,).
    """
    batch = GPU_BATCH if has_gpu() else CPU_BATCH

    @tf.function(input_signature=[source, tf.TensorSpec([], tf.int32)], autograph=False)
    def play(source, count):
        def one_batch(first, outputs):
            last = tf.minimum(first + batch, count)
            windows = cut(source, first, last)
            return last, outputs.write(first // batch, model(windows, training=False)[:, 0])

        outputs = tf.TensorArray(tf.float32, -(-count // batch), infer_shape=False, element_shape=[None])
        return tf.while_loop(lambda first, _: first < count, one_batch, (0, outputs), parallel_iterations=1)[1].concat()

    return play


def save_model(model, path):
    """Save as `.keras` with a stock `keras.layers.LSTM`, so that it loads without this package."""
    lstm, dense = model.layers
    stock = _stack(keras.layers.LSTM.from_config(lstm.get_config()), model.input_shape[1])
    stock.set_weights([*lstm.get_weights(), *dense.get_weights()])
    stock.save(path)
