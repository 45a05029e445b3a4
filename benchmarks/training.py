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
from timing import machine, processor_model
from tqdm import tqdm

from ultragain.experiment import load_experiment
from ultragain.files import project_root
from ultragain.models.catalog import FAMILIES

FAMILY = FAMILIES["lstm-windowed"]
GOALS = {"stock": 5, "torch": 1.8}  # times their speed
PEAK_GOAL = 0.85  # of the rate of a large matrix product
LEARNING_RATE = 1e-4
MATRIX = 2048  # rows and columns of the product that measures the processor's peak
ORIGINAL = "DSL20HPreamp/UltraGain"
TABLE = "data/reference/training-speed.csv"


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
@click.option("--write", is_flag=True, help=f"Write the medians to {TABLE}, which the book shows.")
def main(experiment, repeats, steps, write):
    """Print what an epoch of each model of the grid costs this machine, and the whole grid's ratio.

    Stock is what a notebook would run: keras.layers.LSTM, `fit`, the ESR as a loss of its own, default
    threads, one model at a time. Ours is `train_model` with its checkpoint, one single-threaded
    process a core side by side; so is PyTorch's nn.LSTM, which is measured if torch is installed. A
    process trains a short epoch to warm up; then all of its round start together, and their time
    divided by their number is what one epoch costs.

    Each epoch takes --steps steps and validates on the share that the experiment says; the seconds are
    extrapolated to the `full` profile's windows in proportion, start-up not counted. That counts
    the fixed cost of an epoch too often: 0.05 s each time for stock, 2 % at the default steps.
    GFLOP/s are those of the LSTM's matrix products alone, three times the forward pass's for training; the first time
    step's product with a state of zeros counts, too, which the engine leaves out (1 to 2 %). The
    peak is TensorFlow's product of 2048 x 2048 float32 matrices on one thread, measured in the same
    process right after the epoch. `busy` is how many processors one process had on average: below 1,
    others were at work, and the seconds say little. Takes some minutes with --repeats 1 --steps 60, a quarter of an
    hour as it stands: leave the machine alone meanwhile.

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
    rows = []
    with tqdm(total=repeats * len(pairs) * len(kinds)) as bar:
        for repeat in range(repeats):
            for context, units in pairs:
                for kind, (function, processes) in kinds.items():
                    bar.set_description(f"{context}, {units}: {kind}")
                    measured = side_by_side(
                        function, (context, units, batch, steps, round(steps * share) * batch), processes
                    )
                    wall, processor, peak = np.mean(measured, axis=0)
                    longer = settings.sizes.training_windows / (steps * batch)
                    rows.append(
                        {
                            "repeat": repeat,
                            "context": context,
                            "units": units,
                            "kind": kind,
                            "seconds": wall * longer / processes,
                            "processor": processor * longer,
                            "busy": processor / wall,
                            "peak": peak * processes,
                        }
                    )
                    bar.update()
    show(pd.DataFrame(rows), settings, share, write)


def show(measured, settings, share, write):
    """Print the table of pairs and the grid's totals, and write it if asked to."""
    by_pair = measured.groupby(["context", "units", "kind"])["seconds"]
    table = by_pair.median().unstack("kind")
    for kind in list(table):
        low, high = by_pair.min().unstack("kind")[kind], by_pair.max().unstack("kind")[kind]
        table[f"{kind} range"] = [f"{a:.2f} to {b:.2f}" for a, b in zip(low, high, strict=True)]
    windows = settings.sizes.training_windows
    context, units = (table.index.get_level_values(level) for level in ("context", "units"))
    flops = 2 * context * (units + 1) * 4 * units * windows * (3 + share)
    ours = measured[measured["kind"] == "ours"].groupby(["context", "units"])
    table["GFLOP/s"] = flops / table["ours"] / 1e9
    table["peak"] = ours["peak"].median()
    table["of peak"] = table["GFLOP/s"] / table["peak"]
    print(f"\nmachine seconds an epoch of {windows:,} windows, extrapolated: median, and range; GFLOP/s of all cores")
    print(table.round(2).to_string())
    print("\nprocessor seconds of the same epoch, and processors busy: medians")
    medians = measured.groupby(["context", "units", "kind"])[["processor", "busy"]].median()
    print(medians.unstack("kind").round(2).to_string())
    models = len(settings.gain_labels) * len(settings.grid.learning_rates)
    totals = measured.groupby(["repeat", "kind"])["seconds"].sum().unstack() * models
    each = ", ".join(f"{kind} {totals[kind].median():.0f}" for kind in totals)
    print(f"\none epoch of all {models * len(table)} models, s: {each}")
    for kind, goal in GOALS.items():
        if kind in totals:
            ratios = totals[kind] / totals["ours"]
            print(f"{kind} : ours = {ratios.median():.2f} ({ratios.min():.2f} to {ratios.max():.2f}); goal {goal}")
    originals = pd.read_csv(project_root() / "data/reference/original-results.csv")
    epochs = originals[originals["experiment"] == ORIGINAL].set_index(["context", "units"])["epochs_trained"]
    epochs = epochs[epochs.index.isin(table.index)]
    hours = (epochs * table["ours"].reindex(epochs.index)).sum() / 3600
    print(f"the {epochs.sum():,} epochs that the write-up's {len(epochs)} runs took: {hours:.1f} h")
    print(f"at least {table['of peak'].min():.0%} of the peak; goal {PEAK_GOAL:.0%}")
    if write:
        kinds = [kind for kind in ("ours", "stock", "torch") if kind in table]
        kept = table[[*kinds, "of peak"]].rename(columns={kind: f"{kind}_seconds" for kind in kinds})
        kept = kept.rename(columns={"of peak": "share_of_peak"}).round(3)
        kept.assign(processor=processor_model(), cores=CPU_COUNT, computed_with=FAMILY.computes_with).to_csv(
            project_root() / TABLE
        )


def made_windows(context, count):
    """Windows of noise, and what a tanh makes of them."""
    x = np.random.default_rng(25).normal(scale=0.2, size=(count, context, 1)).astype(np.float32)
    return x, np.tanh(4 * x[:, -1])


def our_epoch(meet, context, units, batch, steps, validation):
    """Wall and processor seconds of the second epoch of a training, and the processor's peak in GFLOP/s."""
    from ultragain.models.keras_model import use_one_thread
    from ultragain.models.windowing import Windows
    from ultragain.training.live import Callback
    from ultragain.training.train import train_model

    class Watch(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                meet()
                self.stopwatch = Stopwatch()

        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.seconds = self.stopwatch.read()

    use_one_thread()
    x, y = made_windows(context, steps * batch + validation)
    size = {"context": context, "units": units, "learning_rate": LEARNING_RATE}
    parameters = size | {"batch_size": batch, "patience": 9, "shuffle": True, "epochs": 2}
    watch, cut, rng = Watch(), steps * batch, np.random.default_rng(25)
    windows, held_out = Windows(x[:cut], y[:cut]), Windows(x[cut:], y[cut:])
    weights = FAMILY.build(parameters, rng).get_weights()
    with tempfile.TemporaryDirectory() as state:
        train_model(FAMILY, parameters, weights, windows, held_out, rng, [watch], state)
    return *watch.seconds, matrix_gflops(meet)


def stock_epoch(meet, context, units, batch, steps, validation):
    """The same of an epoch by Keras, without the peak."""
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
    return *stopwatch.read(), 0.0


def torch_epoch(meet, context, units, batch, steps, validation):
    """The same of an epoch by PyTorch, one thread, without the peak."""
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
    return *stopwatch.read(), 0.0


def matrix_gflops(meet):
    """Rate of one core at the product of two large matrices."""
    import tensorflow as tf

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
