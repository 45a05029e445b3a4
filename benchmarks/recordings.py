"""Time a whole data set, from scores to wave files.

`python benchmarks/recordings.py --help` says more.
"""

import tempfile
from pathlib import Path

import click
import soundfile
from timing import machine, seconds

from ultragain.experiment import load_experiment
from ultragain.files import project_root
from ultragain.recording.virtual import make_recordings


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--experiment", default="experiments/dsl20h_ultragain.yaml", show_default=True, help="Below the project's folder."
)
@click.option("--profile", default="full", show_default=True, help="How much is recorded.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes side by side.")
def main(experiment, profile, workers):
    """Record everything that an experiment needs, into a folder that is then removed, and say how long it took.

    The baseline is the recordings' own length, which a person with an amplifier would have to sit
    through. The processes' start is counted; so is compilation, if nothing was compiled before.

    \b
    python benchmarks/recordings.py                     the full data set: 3 gains, 190 s to train on, 6 riffs
    python benchmarks/recordings.py --profile quick
    """
    print(machine())
    with tempfile.TemporaryDirectory() as root:
        settings = load_experiment(project_root() / experiment, profile)
        wall, processor = seconds(lambda: make_recordings(settings, Path(root), workers))
        wet = [soundfile.info(path).duration for path in Path(root).rglob("Wet/*.wav")]
    print(
        f"{len(wet)} takes, {sum(wet) / 60:.1f} minutes of wet audio, in {wall / 60:.2f} minutes with {workers} "
        f"workers ({processor / 60:.2f} processor minutes): {sum(wet) / wall:.2f} s/s, "
        f"{sum(wet) / processor:.2f} s a processor second"
    )


if __name__ == "__main__":
    main()
