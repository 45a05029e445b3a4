"""Time the scoring of riffs against Keras as it comes, and see what memory each takes.

`python benchmarks/scoring.py --help` says more.
"""

from pathlib import Path

import click
import numpy as np
import pandas as pd
from dask.system import CPU_COUNT
from processes import Stopwatch, side_by_side
from timing import machine, processor_model
from tqdm import tqdm

from ultragain.experiment import load_experiment
from ultragain.files import project_root

SPEED_GOAL, MEMORY_GOAL = 7, 1 / 10
MIB = 2**20
TABLE = "data/reference/scoring-speed.csv"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--experiment", default="experiments/dsl20h_ultragain.yaml", show_default=True, help="Below the project's folder."
)
@click.option(
    "--repeats", type=click.IntRange(min=1), default=3, show_default=True, help="Fresh processes of each kind."
)
@click.option("--seconds", type=click.FloatRange(min=0.1), default=6.0, show_default=True, help="Length of the riff.")
@click.option("--quick", is_flag=True, help="Only the grid's smallest and largest model.")
@click.option("--write", is_flag=True, help=f"Write the medians to {TABLE}, which the book shows.")
def main(experiment, repeats, seconds, quick, write):
    """Print how fast riffs go through each model of the grid, and what memory that takes.

    Stock is keras.layers.LSTM and `model.predict` on all overlapping windows of the riff, as an array
    made for it, batches and threads as they come, one riff at a time. Ours is the family's `play`, one
    single-threaded process a core side by side, each with a riff of its own. Start and compilation
    are not counted. Speeds are seconds of audio that the machine plays in a second. Memory is the peak of
    a process while it plays: all of it, and what came on top of Python, TensorFlow and the model, which
    take the same in both (Linux only). Stock's memory grows with --seconds: test riffs last 6 to 8. `busy` is how
    many processors one process had on average: below 1, others were at work, and the speeds say little.
    Takes 20 minutes as it stands, some minutes with --quick --repeats 1.

    \b
    python benchmarks/scoring.py
    python benchmarks/scoring.py --quick --repeats 1
    """
    print(machine())
    settings = load_experiment(project_root() / experiment, "full")
    pairs = [(context, units) for context in settings.grid.contexts for units in settings.grid.units]
    if quick:
        pairs = [min(pairs), max(pairs)]
    samples, kinds = round(seconds * settings.sample_rate), {"stock": (stock, 1), "ours": (ours, CPU_COUNT)}
    rows = []
    with tqdm(total=repeats * len(pairs) * len(kinds)) as bar:
        for _ in range(repeats):
            for context, units in pairs:
                for kind, (function, processes) in kinds.items():
                    bar.set_description(f"{context}, {units}: {kind}")
                    measured = side_by_side(function, (context, units, samples), processes)
                    wall, processor, peak, grown = np.mean(measured, axis=0)
                    rows.append(
                        {
                            "context": context,
                            "units": units,
                            "kind": kind,
                            "s/s": seconds * processes / wall,
                            "peak MiB": peak / MIB,
                            "grown MiB": grown / MIB,
                            "processor s": processor,
                            "busy": processor / wall,
                        }
                    )
                    bar.update()
    frame = pd.DataFrame(rows)
    groups = frame.groupby(["context", "units", "kind"])
    table = groups.median()
    table["s/s range"] = [f"{a:.3f} to {b:.3f}" for a, b in zip(groups["s/s"].min(), groups["s/s"].max(), strict=False)]
    print(f"\nriffs of {seconds} s: medians and range")
    print(table.round(3).to_string())
    once = (1 / table["s/s"]).groupby("kind").sum()
    grown = table["grown MiB"].groupby("kind").max()
    print(f"\nall of these: {once['stock'] / once['ours']:.2f} times the speed; goal {SPEED_GOAL}")
    print(f"most memory on top: {grown['ours'] / grown['stock']:.3f} of stock's; goal {MEMORY_GOAL}")
    if write:
        speeds = table["s/s"].unstack("kind").rename(columns="{}_speed".format).round(3)
        speeds.assign(processor=processor_model(), cores=CPU_COUNT).to_csv(project_root() / TABLE)


def ours(meet, context, units, samples):
    """Wall and processor seconds, peak memory, and how far that is above the start."""
    from ultragain.models.catalog import FAMILIES

    rng, family = np.random.default_rng(25), FAMILIES["lstm-windowed"]
    parameters = {"context": context, "units": units, "learning_rate": 1e-4}
    play = family.play(family.model(family.build(parameters, rng).get_weights(), parameters), parameters)
    return _measured(meet, play, rng.normal(scale=0.2, size=samples).astype(np.float32))


def stock(meet, context, units, samples):
    """The same of Keras."""
    import keras

    model = keras.Sequential([keras.Input((context, 1)), keras.layers.LSTM(units), keras.layers.Dense(1)])

    def play(dry):
        windows = np.stack([dry[i : i + context] for i in range(len(dry) - context + 1)])
        return model.predict(windows[..., None], verbose=0)

    return _measured(meet, play, np.random.default_rng(25).normal(scale=0.2, size=samples).astype(np.float32))


def _measured(meet, play, dry):
    play(dry[:1000])
    meet()
    Path("/proc/self/clear_refs").write_text("5")  # Linux then counts the peak anew
    before, stopwatch = _memory("VmRSS"), Stopwatch()
    play(dry)
    peak = _memory("VmHWM")
    return *stopwatch.read(), peak, peak - before


def _memory(what):
    """Bytes that Linux says of this process."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
