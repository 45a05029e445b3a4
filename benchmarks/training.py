"""Time training against Keras as it comes, and against PyTorch.

`python benchmarks/training.py --help` says more.
"""

import importlib.util
import os
import tempfile
import warnings

import click
import numpy as np
import pandas as pd
from dask.system import CPU_COUNT
from processes import Stopwatch, side_by_side
from timing import machine
from tqdm import tqdm

from ultragain.experiment import load_experiment
from ultragain.files import project_root

GOAL, FLOOR, PEAK_SHARE, PEAK_UNITS = 4, 3, 0.6, 96
LEARNING_RATE = 1e-4
MATRIX = 2048  # rows and columns of the product that measures the processor's peak


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--experiment", default="experiments/dsl20h_ultragain.yaml", show_default=True, help="Below the project's folder."
)
@click.option(
    "--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Fresh processes of each kind."
)
@click.option(
    "--steps",
    type=click.IntRange(min=4),
    default=200,
    show_default=True,
    help="Training steps that stand for an epoch.",
)
def main(experiment, repeats, steps):
    """Print what an epoch of each model of the grid costs this machine, and the whole grid's ratio.

    Stock is what a notebook would run: keras.layers.LSTM, `fit`, the ESR as a loss of its own, default
    threads, one model at a time. Ours is `train_model` with its checkpoint, one single-threaded
    process a core side by side; so is PyTorch's nn.LSTM, which is measured if torch is installed. A
    process trains a short epoch to warm up; then all of its round start together, and their time
    divided by their number is what one epoch costs.

    Each epoch takes --steps steps and validates on the share that the experiment says; the seconds are
    extrapolated to the `full` profile's windows in proportion, start-up not counted. That counts
    the fixed cost of an epoch too often: 0.05 s each time for stock, 2 % at the default steps.
    GFLOP/s are those of the LSTM's matrix products alone, three times the forward pass's for training; the
    peak is a product of 2048 x 2048 float32 matrices, measured in the same way. `busy` is how many
    processors one process had on average: below 1, others were at work, and the seconds say little. Takes some minutes
    with --repeats 1 --steps 60, half an hour as it stands: leave the machine alone meanwhile.

    \b
    python benchmarks/training.py
    python benchmarks/training.py --repeats 1 --steps 60
    """
    print(machine())
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    settings = load_experiment(project_root() / experiment, "full")
    grid, batch = settings.grid, settings.training.batch_size
    share = settings.training.validation_share / (1 - settings.training.validation_share)
    pairs = [(context, units) for context in grid.contexts for units in grid.units]
    cores = CPU_COUNT
    kinds = {"stock": (stock_epoch, 1), "ours": (our_epoch, cores)}
    if importlib.util.find_spec("torch"):
        kinds["torch"] = (torch_epoch, cores)
    rows, peaks = [], []
    with tqdm(total=repeats * (1 + len(pairs) * len(kinds))) as bar:
        for repeat in range(repeats):
            peaks.append(sum(side_by_side(matrix_gflops, (), cores)))
            bar.update()
            for context, units in pairs:
                for kind, (function, processes) in kinds.items():
                    bar.set_description(f"{context}, {units}: {kind}")
                    seconds = side_by_side(
                        function, (context, units, batch, steps, round(steps * share) * batch), processes
                    )
                    wall, processor = np.mean(seconds, axis=0) * settings.sizes.training_windows / (steps * batch)
                    rows.append(
                        {
                            "repeat": repeat,
                            "context": context,
                            "units": units,
                            "kind": kind,
                            "seconds": wall / processes,
                            "processor": processor,
                            "busy": processor / wall,
                        }
                    )
                    bar.update()
    show(pd.DataFrame(rows), np.array(peaks), settings, share)


def show(measured, peaks, settings, share):
    """Print the table of pairs and the grid's totals."""
    peak = np.median(peaks)
    print(f"\nfloat32 peak, all cores: {peak:.0f} GFLOP/s ({peaks.min():.0f} to {peaks.max():.0f})")
    by_pair = measured.groupby(["context", "units", "kind"])["seconds"]
    table = by_pair.median().unstack("kind")
    for kind in table:
        low, high = by_pair.min().unstack("kind")[kind], by_pair.max().unstack("kind")[kind]
        table[f"{kind} range"] = [f"{a:.1f} to {b:.1f}" for a, b in zip(low, high, strict=False)]
    table["x stock"] = table["stock"] / table["ours"]
    windows = settings.sizes.training_windows
    context, units = (table.index.get_level_values(level) for level in ("context", "units"))
    forward = 2 * context * (units + 1) * 4 * units
    table["GFLOP/s"] = forward * windows * (3 + share) / table["ours"] / 1e9
    table["of peak"] = table["GFLOP/s"] / peak
    print(f"\nmachine seconds an epoch of {windows:,} windows, extrapolated: median, and range")
    print(table.round(2).to_string())
    print("\nprocessor seconds of the same epoch, and processors busy: medians")
    print(
        measured.groupby(["context", "units", "kind"])[["processor", "busy"]]
        .median()
        .unstack("kind")
        .round(2)
        .to_string()
    )
    models = len(settings.gain_labels) * len(settings.grid.learning_rates)
    totals = measured.groupby(["repeat", "kind"])["seconds"].sum().unstack() * models
    each = ", ".join(f"{kind} {totals[kind].median():.0f}" for kind in totals)
    print(f"\none epoch of all {models * len(table)} models, s: {each}")
    ratios = totals["stock"] / totals["ours"]
    print(
        f"stock : ours = {ratios.median():.2f} ({ratios.min():.2f} to {ratios.max():.2f}); goal {GOAL}, floor {FLOOR}"
    )
    large = table[units == PEAK_UNITS]["of peak"]
    if len(large):
        print(f"{PEAK_UNITS} units: at least {large.min():.0%} of the peak; goal {PEAK_SHARE:.0%}")


def made_windows(context, count):
    """Windows of noise, and what a tanh makes of them."""
    x = np.random.default_rng(25).normal(scale=0.2, size=(count, context, 1)).astype(np.float32)
    return x, np.tanh(4 * x[:, -1])


def our_epoch(meet, context, units, batch, steps, validation):
    """Wall and processor seconds of the second epoch of a training."""
    import keras

    from ultragain.models.backend import use_one_thread
    from ultragain.models.catalog import FAMILIES
    from ultragain.models.windowing import Windows
    from ultragain.training.train import train_model

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                meet()
                self.stopwatch = Stopwatch()

        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.seconds = self.stopwatch.read()

    x, y = made_windows(context, steps * batch + validation)
    size = {"context": context, "units": units, "learning_rate": LEARNING_RATE}
    parameters = size | {"batch_size": batch, "patience": 9, "shuffle": True, "epochs": 2}
    watch, cut, rng = Watch(), steps * batch, np.random.default_rng(25)
    windows, held_out = Windows(x[:cut], y[:cut]), Windows(x[cut:], y[cut:])
    use_one_thread()
    with tempfile.TemporaryDirectory() as state:
        train_model(FAMILIES["lstm-windowed"], parameters, windows, held_out, rng, [watch], state)
    return watch.seconds


def stock_epoch(meet, context, units, batch, steps, validation):
    """Wall and processor seconds of an epoch by Keras."""
    import keras
    from keras import ops

    def esr(target, predicted):
        return ops.sum(ops.square(target - predicted)) / (ops.sum(ops.square(target)) + 1e-8)

    x, y = made_windows(context, steps * batch + validation)
    model = keras.Sequential([keras.Input((context, 1)), keras.layers.LSTM(units), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss=esr, metrics=["mse", "mae"])
    few, cut = 4 * batch, steps * batch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(x[:few], y[:few], validation_data=(x[:few], y[:few]), batch_size=batch, verbose=0)
        meet()
        stopwatch = Stopwatch()
        model.fit(x[:cut], y[:cut], validation_data=(x[cut:], y[cut:]), batch_size=batch, verbose=0)
    return stopwatch.read()


def torch_epoch(meet, context, units, batch, steps, validation):
    """Wall and processor seconds of an epoch by PyTorch, one thread."""
    import torch

    torch.set_num_threads(1)
    x, y = map(torch.from_numpy, made_windows(context, steps * batch + validation))
    lstm, dense = torch.nn.LSTM(1, units, batch_first=True), torch.nn.Linear(units, 1)
    optimizer = torch.optim.Adam([*lstm.parameters(), *dense.parameters()], LEARNING_RATE)

    def answer(x):
        return dense(lstm(x)[0][:, -1])

    def epoch(steps):
        for chosen in torch.randperm(steps * batch).split(batch):
            target, predicted = y[chosen], answer(x[chosen])
            loss = ((target - predicted) ** 2).sum() / ((target**2).sum() + 1e-8)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            for part in x[steps * batch :].split(1024):
                answer(part)

    epoch(4)
    meet()
    stopwatch = Stopwatch()
    epoch(steps)
    return stopwatch.read()


def matrix_gflops(meet):
    """Rate of one core at the product of two large matrices."""
    import tensorflow as tf

    from ultragain.models.backend import use_one_thread

    use_one_thread()
    matrix, times = tf.random.normal([MATRIX, MATRIX]), 20
    tf.linalg.matmul(matrix, matrix).numpy()
    meet()
    stopwatch = Stopwatch()
    for _ in range(times):
        product = tf.linalg.matmul(matrix, matrix)
    product.numpy()
    wall, _ = stopwatch.read()
    return times * 2 * MATRIX**3 / wall / 1e9


if __name__ == "__main__":
    main()
