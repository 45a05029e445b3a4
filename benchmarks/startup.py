"""Time what a papermill run costs beside its training and scoring.

`python benchmarks/startup.py --help` says more.
"""

import json
import resource
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
from ultragain.models.untrained import make_untrained
from ultragain.recording.load import Recordings
from ultragain.recording.virtual import make_recordings
from ultragain.sweep.run import execute_run
from ultragain.training.runs import RECORD, describe_run

GOAL, MEMORY_GOAL = 3.5, 450  # s, MB
IMPORTS = "import keras, pandas, matplotlib.pyplot"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--experiment", default="experiments/dsl20h_ultragain.yaml", show_default=True, help="Below the project's folder."
)
@click.option(
    "--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Runs one after the other on each core."
)
def main(experiment, repeats):
    """Print the seconds that a run of the `smoke` profile takes beyond its training and scoring, and its memory.

    That is the kernel's start, imports, reading, drawing, saving, and the kernel's end: what a sweep
    pays for each run. All cores do the same at once. The baseline is a bare Python that imports
    Keras with TensorFlow, pandas and matplotlib, and leaves. Keras builds the models beforehand, as
    it does in a sweep, and the time that this takes is printed. Memory is the most that a run's process held.
    """
    print(machine())
    root = project_root()
    settings = load_experiment(root / experiment, "smoke")
    make_recordings(settings, root)
    combination = settings.combinations()[0]
    identity = Recordings(settings, root).identity(combination["gain"])
    # every run is one that nobody has trained
    seeds = np.random.default_rng().integers(2**31, size=(CPU_COUNT, repeats))
    with tempfile.TemporaryDirectory() as copy:
        for folder in ("experiments", "notebooks"):
            shutil.copytree(root / folder, Path(copy, folder))
        Path(copy, "_toc.yml").touch()
        Path(copy, "data").mkdir()
        Path(copy, "data", "recordings").symlink_to(root / "data" / "recordings")
        runs = [[describe_run(settings.with_seed(int(seed)), combination, identity) for seed in some] for some in seeds]
        started = time.perf_counter()
        make_untrained({run.untrained(copy): run.parameters for some in runs for run in some})
        building = time.perf_counter() - started
        measured = np.concatenate(side_by_side(beside_training, (copy, experiment, runs), CPU_COUNT))
    bare = np.ravel(side_by_side(imports, (repeats,), CPU_COUNT))
    print(f"building {seeds.size} models: {building:.1f} s")
    for name, seconds in (("a run, beside training and scoring", measured[:, 0]), ("imports alone", bare)):
        print(f"{name}: {np.median(seconds):.1f} s ({seconds.min():.1f} to {seconds.max():.1f})")
    print(f"ratio {np.median(measured[:, 0]) / np.median(bare):.2f}; goal {GOAL} s")
    print(f"most memory of a run's process: {measured[:, 1].max():.0f} MB; goal {MEMORY_GOAL} MB")


def beside_training(meet, root, experiment, runs):
    """Seconds of each run that were neither training nor scoring, and the most memory of a run's process so far, MB."""
    some = runs[meet()]
    return [
        (_run(run, root, experiment), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6)
        for run in some
    ]


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
