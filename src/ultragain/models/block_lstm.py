"""An LSTM layer that trains through TensorFlow's fused block kernels, a fraction of the time on a CPU."""

import keras
import tensorflow as tf

from ultragain.models.backend import has_gpu


class BlockLSTM(keras.layers.LSTM):
    """`keras.layers.LSTM` that runs through TensorFlow's fused block kernel on a CPU.

    Takes the same arguments, has the same weights, and gives the same outputs and gradients (to
    float32 rounding). The kernel computes one kind of LSTM: see `is_fused`. Whatever else is asked of
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


@tf.custom_gradient
def _last_hidden_state(sequences, kernel, bias):
    """Last hidden state of an LSTM started from zero.

    TensorFlow registers the gradient of the older BlockLSTM for BlockLSTMV2, whose gates are in
    another order, so the automatic gradient is wrong and nothing warns of it; hence the explicit one.

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
