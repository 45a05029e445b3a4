"""Time what a papermill run costs beside its training and scoring.

`python benchmarks/startup.py --help` says more.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
from dask.system import CPU_COUNT
from processes import side_by_side
from timing import machine

from ultragain.experiment import load_experiment
from ultragain.files import project_root
from ultragain.recording.load import Recordings
from ultragain.recording.virtual import make_recordings
from ultragain.sweep.run import execute_run
from ultragain.training.runs import RECORD, describe_run

GOAL, LIMIT = 6, 10  # s
IMPORTS = "import keras, pandas, matplotlib.pyplot"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--experiment", default="experiments/dsl20h_ultragain.yaml", show_default=True, help="Below the project's folder."
)
@click.option(
    "--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Runs one after the other on each core."
)
def main(experiment, repeats):
    """Print the seconds that a run of the `smoke` profile takes beyond its training and scoring.

    That is the kernel's start, imports, reading, drawing, saving, and the kernel's end: what a sweep
    pays for each run. All cores do the same at once. The baseline is a bare Python that imports
    what every such notebook imports, Keras with TensorFlow, pandas and matplotlib, and leaves.
    """
    print(machine())
    root = project_root()
    make_recordings(load_experiment(root / experiment, "smoke"), root)
    with tempfile.TemporaryDirectory() as copy:
        for folder in ("experiments", "notebooks"):
            shutil.copytree(root / folder, Path(copy, folder))
        Path(copy, "_toc.yml").touch()
        Path(copy, "data").mkdir()
        Path(copy, "data", "recordings").symlink_to(root / "data" / "recordings")
        runs = np.ravel(side_by_side(beside_training, (copy, experiment, repeats), CPU_COUNT))
    bare = np.ravel(side_by_side(imports, (repeats,), CPU_COUNT))
    for name, seconds in (("a run, beside training and scoring", runs), ("imports alone", bare)):
        print(f"{name}: {np.median(seconds):.1f} s ({seconds.min():.1f} to {seconds.max():.1f})")
    print(f"ratio {np.median(runs) / np.median(bare):.2f}; goal {GOAL} s, limit {LIMIT} s")


def beside_training(meet, root, experiment, repeats):
    """Seconds of each run that were neither training nor scoring."""
    settings = load_experiment(Path(root, experiment), "smoke")
    combination = settings.combinations()[0]
    identity = Recordings(settings, root).identity(combination["gain"])
    seeds = np.random.default_rng().integers(2**31, size=repeats)  # every run is one that nobody has trained
    runs = [describe_run(settings.with_seed(int(seed)), combination, identity) for seed in seeds]
    meet()
    return [_run(run, root, experiment) for run in runs]


def _run(run, root, experiment):
    started = time.perf_counter()
    outcome = execute_run(run, experiment, root, recordings="", tensorboard="")
    took = time.perf_counter() - started
    assert outcome.state == "done", outcome
    return took - sum(json.loads((run.folder(root) / RECORD).read_text())["seconds"].values())


def imports(meet, repeats):
    """Seconds of a fresh Python each time."""
    meet()
    return [_imported() for _ in range(repeats)]


def _imported():
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
