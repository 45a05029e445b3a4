"""What all families take from TensorFlow: the ESR that they learn by, one thread, and batches of bounded memory."""

import tensorflow as tf

# Windows in one forward pass. On a CPU the fused kernel is as fast with 64 as with 2048, and it
# keeps all seven gates and states of every time step: 28 * context * units bytes a window, 15 MB at most.
CPU_BATCH, GPU_BATCH = 64, 8192

ESR_EPSILON = 1e-8  # keeps a silent batch finite; 1e-50 would be zero in float32


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
    return uses_one_thread()


def uses_one_thread():
    """Whether TensorFlow was told to use one thread."""
    threading = tf.config.threading
    return threading.get_intra_op_parallelism_threads() == threading.get_inter_op_parallelism_threads() == 1


def has_gpu():
    """Whether TensorFlow sees a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


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
