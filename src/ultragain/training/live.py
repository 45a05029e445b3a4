"""Watching a training: bars and a curve in a notebook, or a log for TensorBoard."""

import time

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.ticker import MaxNLocator
from tqdm.auto import tqdm


def watch(tensorboard=""):
    """Callbacks that show a training while it runs: bars of epochs and steps with an ETA, and a loss curve.

    Parameters
    ----------
    tensorboard : path-like, optional
        Folder for a log that TensorBoard reads; none if empty.

    Returns
    -------
    list of Callback
    """
    return [Bars(), LossCurve(), *([TensorBoardLog(tensorboard)] if tensorboard else [])]


class Callback:
    """Watches a training: what a training calls of Keras's callbacks, without Keras, which takes seconds to load."""

    def set_params(self, params):
        """Before all else: a dict with the most `epochs`, and the `steps` of one."""
        self.params = params

    def on_train_begin(self, logs=None):
        """Before the first epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Before an epoch, counted from 0."""

    def on_train_batch_end(self, batch, logs=None):
        """After some batches, of which `batch` is the last one's number from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """After an epoch; logs is its row of the history, a dict."""

    def on_train_end(self, logs=None):
        """After the last epoch."""


class Bars(Callback):
    """A bar of epochs, and below it one of the steps of the current epoch."""

    def on_train_begin(self, logs=None):
        self.epochs = tqdm(total=self.params["epochs"], unit="epoch")
        self.steps = tqdm(total=self.params["steps"], unit="step", leave=False)

    def on_epoch_begin(self, epoch, logs=None):
        self.steps.reset()

    def on_train_batch_end(self, batch, logs=None):
        self.steps.update(batch + 1 - self.steps.n)

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.set_postfix(esr=logs["esr"], val_esr=logs["val_esr"], refresh=False)
        self.epochs.update()

    def on_train_end(self, logs=None):
        self.steps.close()
        self.epochs.close()


class LossCurve(Callback):
    """Draws training and validation ESR into the notebook while a model trains.

    Parameters
    ----------
    share : float
        The most of the training's time that drawing may take: a drawing takes longer than a short epoch.
    """

    def __init__(self, share=0.01):
        self.share = share

    def on_train_begin(self, logs=None):
        self.curves = {"esr": [], "val_esr": []}
        self.figure, self.axes = plt.subplots(figsize=(7, 3), layout="constrained")
        self.handle = display(self.figure, display_id=True)
        self.next_drawing = time.monotonic() + 2  # so that a short training draws once, at its end

    def on_epoch_end(self, epoch, logs=None):
        for name, values in self.curves.items():
            values.append(logs[name])
        if (started := time.monotonic()) > self.next_drawing:
            self._draw()
            now = time.monotonic()
            self.next_drawing = now + (now - started) / self.share

    def on_train_end(self, logs=None):
        self._draw()
        plt.close(self.figure)  # or the notebook shows it a second time

    def _draw(self):
        self.axes.clear()
        for name, label in (("esr", "training"), ("val_esr", "validation")):
            values = self.curves[name]
            self.axes.plot(range(1, len(values) + 1), values, marker=".", label=label)
        self.axes.set(xlabel="epoch", ylabel="ESR", yscale="log")
        self.axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        self.axes.legend()
        if self.handle is not None:
            self.handle.update(self.figure)


class TensorBoardLog(Callback):
    """Writes every column of the history as a scalar that TensorBoard plots.

    Keras's own callback needs the tensorboard package; this one needs only TensorFlow, and whoever
    looks at the log brings TensorBoard: `tensorboard --logdir <folder>`.

    Parameters
    ----------
    folder : path-like
    """

    def __init__(self, folder):
        self.folder = str(folder)

    def on_train_begin(self, logs=None):
        import tensorflow as tf

        self.writer = tf.summary.create_file_writer(self.folder)

    def on_epoch_end(self, epoch, logs=None):
        import tensorflow as tf

        # what tf.summary.scalar writes; that function itself lives in the tensorboard package
        scalar = tf.compat.v1.SummaryMetadata(
            plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
        )
        with self.writer.as_default():
            for name, value in logs.items():
                tf.summary.write(name, tf.constant(value, tf.float32), step=epoch + 1, metadata=scalar)
        self.writer.flush()

    def on_train_end(self, logs=None):
        self.writer.close()
