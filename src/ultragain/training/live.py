"""Watching a training in a notebook."""

import time

import keras
import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.ticker import MaxNLocator
from tqdm.keras import TqdmCallback


def watch():
    """Callbacks that show a training while it runs: bars of epochs and steps with an ETA, and a loss curve."""
    return [TqdmCallback(verbose=0), LossCurve()]


class LossCurve(keras.callbacks.Callback):
    """Draws training and validation ESR into the notebook while a model trains.

    Parameters
    ----------
    seconds_between : float
        The least time between two drawings: a drawing takes longer than a short epoch.
    """

    def __init__(self, seconds_between=2.0):
        super().__init__()
        self.seconds_between = seconds_between

    def on_train_begin(self, logs=None):
        self.curves = {"esr": [], "val_esr": []}
        self.figure, self.axes = plt.subplots(figsize=(7, 3), layout="constrained")
        self.handle = display(self.figure, display_id=True)
        self.drawn = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        for name, values in self.curves.items():
            values.append(logs[name])
        if time.monotonic() - self.drawn > self.seconds_between:
            self._draw()

    def on_train_end(self, logs=None):
        self._draw()
        plt.close(self.figure)  # or the notebook shows it a second time

    def _draw(self):
        self.axes.clear()
        for name, label in (("esr", "training"), ("val_esr", "validation")):
            values = self.curves[name]
            self.axes.plot(range(1, len(values) + 1), values, marker=".", label=label)
        self.axes.set(xlabel="epoch", ylabel="ESR over all windows", yscale="log")
        self.axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        self.axes.legend()
        if self.handle is not None:
            self.handle.update(self.figure)
        self.drawn = time.monotonic()
