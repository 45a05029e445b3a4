"""The command line: parse, call, print."""

import sys
import warnings
from pathlib import Path

import click

from ultragain.cli_circuits import circuit, reamp
from ultragain.cli_options import workers_option
from ultragain.errors import UltraGainError
from ultragain.experiment import describe_keys, load_experiment
from ultragain.files import project_root


class _Commands(click.Group):
    """Commands whose foreseeable errors are one line, not a traceback."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except UltraGainError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:  # a full disk, a folder that may not be written
            raise click.ClickException(f"{error.filename or 'system'}: {error.strerror or error}") from error


experiment_argument = click.argument("experiment", metavar="EXPERIMENT.yaml")
profile_option = click.option(
    "--profile", help="Sizes to use, e.g. smoke, quick or full; the experiment's default_profile if not given."
)
recordings_option = click.option(
    "--recordings",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Use the recordings in DIR, which holds {Train,Test}/<gain>/{Dry/d_<name>.wav,Wet/w_<name>.wav}, "
    "instead of the experiment's device. The experiment names the gains and the test riffs.",
)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ultragain")
def main():
    """Model a guitar preamp with small LSTMs and publish the experiment as a book.

    \b
    ultragain sweep experiments/dsl20h_ultragain.yaml      train and score the 36 models
    ultragain results experiments/dsl20h_ultragain.yaml    their ESR as a table
    make book                                              all of it, and the HTML book
    """


main.add_command(circuit)
main.add_command(reamp)


def _load(path, profile, recordings=None):
    experiment = load_experiment(path, profile)
    return experiment.with_recordings(recordings) if recordings else experiment


@main.command()
@experiment_argument
@profile_option
@workers_option
def record(experiment, profile, workers):
    """Record the virtual device: simulate every take that is not there yet.

    Takes go to data/recordings/<device>/<version>/{Train,Test}/<gain>/{Dry,Wet}. `sweep` does this
    by itself.
    """
    from ultragain.recording.virtual import make_recordings

    experiment = load_experiment(experiment, profile)
    if not experiment.is_virtual:
        raise UltraGainError("this experiment uses recordings that already exist; only a virtual device can be recorded here")
    click.echo(f"recorded in {make_recordings(experiment, project_root(), workers)}")


@main.command()
@experiment_argument
@profile_option
@recordings_option
@workers_option
def sweep(experiment, profile, recordings, workers):
    """Train and score every model of the grid that is not done yet.

    Each model is one papermill run of notebooks/training.ipynb in a process of its own. A run that
    fails does not stop the others. Interrupt it whenever you like: the same command goes on where
    it stopped. Results go to data/runs/<device>/<version>/<profile>/<run>/.
    """
    from ultragain.training.sweep import plan_sweep, run_sweep

    path, root = Path(experiment).resolve(), project_root()
    settings = _load(experiment, profile, recordings)
    plan = plan_sweep(settings, root, workers)
    for notice in plan.notices:
        click.echo(f"note: {notice}")
    click.echo(
        f"{settings.device.description}, profile {settings.profile}: "
        f"{len(plan.done)} runs are done, {len(plan.to_do)} to do"
    )
    try:
        failures = run_sweep(plan, path, root, settings.device.recordings if recordings else None, workers)
    except KeyboardInterrupt:
        click.echo("\ninterrupted: finished runs are kept; the same command goes on with the rest", err=True)
        sys.exit(130)
    for failure in failures:
        click.echo(f"failed: {failure.run.id}: {failure.reason} (notebook: {failure.notebook or 'none was written'})", err=True)
    if failures:
        raise UltraGainError(f"{len(failures)} of {len(plan.to_do)} runs failed; the same command tries them again")
    click.echo("all runs are done")


@main.command()
@experiment_argument
@profile_option
@recordings_option
def results(experiment, profile, recordings):
    """Print the ESR of every finished model, in percent, by test riff."""
    from ultragain.evaluation.results import GRID, load_results

    with warnings.catch_warnings(record=True) as notices:
        warnings.simplefilter("always", UserWarning)
        results = load_results(_load(experiment, profile, recordings), project_root())
    for notice in notices:
        click.echo(f"note: {notice.message}", err=True)
    table = (100 * results.scores.pivot_table(index=GRID, columns="riff", values="esr", sort=False)).assign(
        median=lambda row: row.median(axis=1)
    )
    click.echo(f"ESR in %: {results.source}")
    click.echo(table.to_string(float_format="{:.1f}".format))


@main.command()
def keys():
    """Explain every key of an experiment file."""
    rows = list(describe_keys())
    width = max(len(key) for key, _ in rows) + 2
    for key, meaning in rows:
        click.echo(f"{key:{width}}{meaning}")
