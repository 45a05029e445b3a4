"""Options that several commands share."""

from pathlib import Path

import click
from dask.system import CPU_COUNT

from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.files import as_written, one_form, printable
from ultragain.grid import DIMENSIONS


def _selection(context, parameter, values):
    """Words such as gain=High as a dict of lists, by dimension of the grid."""
    selected = {}
    for word in values:
        name, _, value = word.partition("=")
        kind = DIMENSIONS[name].type if name in DIMENSIONS else str  # whoever selects refuses an unknown name
        try:
            selected.setdefault(name, []).append(kind(one_form(value)))
        except ValueError:
            raise click.BadParameter(f"{word}: {name} is a number") from None
    return selected


def load(path, profile, recordings=None):
    """The experiment that a command is about: a file, one of its profiles, and perhaps other recordings."""
    experiment = load_experiment(path, profile)
    if not recordings:
        return experiment
    if not as_written(Path(), *Path(recordings).parts).is_dir():
        raise UltraGainError(f"--recordings {printable(recordings)}: no such recordings folder")
    return experiment.with_recordings(recordings)


experiment_argument = click.argument("experiment", metavar="EXPERIMENT.yaml")
profile_option = click.option(
    "--profile", help="Sizes to use, e.g. smoke, quick or full; the experiment's default_profile if not given."
)
recordings_option = click.option(
    "--recordings",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Use the recordings in DIR instead of the experiment's device; `ultragain check --help` shows how DIR is laid "
    "out. The experiment names the gains and the test riffs.",
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=CPU_COUNT,
    show_default="one a core",
    help="Processes side by side.",
)
only_option = click.option(
    "--only",
    multiple=True,
    callback=_selection,
    metavar="NAME=VALUE",
    help=f"Part of the grid, for example gain=High: by {', '.join(DIMENSIONS)}. Give it several times for several "
    "values, or to narrow the choice further.",
)
seeds_option = click.option(
    "--seed",
    "seeds",
    multiple=True,
    type=click.IntRange(min=0),
    metavar="SEED",
    help="A replicate of every run with this seed; the experiment's own if not given. Give it once for each.",
)
