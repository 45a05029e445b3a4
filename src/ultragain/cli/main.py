"""The command line: parse, call, print."""

import sys
import warnings
from pathlib import Path

import click

from ultragain.cli.checks import align, check
from ultragain.cli.circuits import circuit, reamp
from ultragain.cli.options import (
    ManyValues,
    experiment_argument,
    only_option,
    profile_option,
    seeds_option,
    workers_option,
)
from ultragain.cli.recording import devices, record
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
main.add_command(devices)
main.add_command(record)
main.add_command(check)
main.add_command(align)


def _load(path, profile, recordings=None):
    experiment = load_experiment(path, profile)
    return experiment.with_recordings(recordings) if recordings else experiment


@main.command(cls=ManyValues)
@experiment_argument
@profile_option
@recordings_option
@workers_option
@only_option
@seeds_option
@click.option("--dry-run", is_flag=True, help="List what would be trained, and why; change nothing.")
@click.option(
    "--tensorboard",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write a TensorBoard log of each run below DIR.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Join a Dask scheduler that is running: tcp://127.0.0.1:8786, tls://host:8786.",
)
@click.option(
    "--cluster",
    type=click.Choice(["slurm", "sge", "pbs", "ssh"]),
    help="Start --workers workers on a cluster; the experiment's section `cluster` says how.",
)
def sweep(experiment, profile, recordings, workers, only, seeds, dry_run, tensorboard, scheduler, cluster):
    """Train and score every model of the grid that is not done yet.

    Each model is one papermill run of notebooks/training.ipynb in a process of its own. A run that
    fails does not stop the others. Interrupt it whenever you like: every epoch is kept, and the
    same command goes on where it stopped. Results go to data/runs/<device>/<version>/<profile>/<run>/.

    \b
    ultragain sweep experiments/dsl20h_ultragain.yaml --only gain=High context=88
    ultragain sweep experiments/dsl20h_ultragain.yaml --seeds 25 26 27
    ultragain sweep experiments/dsl20h_ultragain.yaml --profile full --cluster slurm --workers 36
    """
    from ultragain.sweep.plan import look, plan_sweep

    if scheduler and cluster:
        raise UltraGainError("--scheduler and --cluster exclude each other: join one, or start one")
    path, root = Path(experiment).resolve(), project_root()
    settings = _load(experiment, profile, recordings)
    if dry_run:
        _print_plan(look(settings, root, only, seeds), settings)
        if cluster and cluster != "ssh":
            from ultragain.sweep.cluster import job_script

            click.echo(f"each worker is a job:\n{job_script(cluster, settings.cluster)}")
        return
    from ultragain.sweep.display import Display
    from ultragain.sweep.run import run_sweep

    plan = plan_sweep(settings, root, only, seeds, workers)
    _print_notices(plan, settings)
    where = {"scheduler": scheduler, "cluster": cluster}
    own = settings.device.recordings if recordings else None
    with Display(plan, root) as display:
        outcomes = run_sweep(plan, settings, path, root, display, own, workers, tensorboard, **where)
    failures = [outcome for outcome in outcomes if outcome.state == "failed"]
    for failure in failures:
        click.echo(
            f"failed: {failure.run.id}: {failure.reason} (notebook: {failure.notebook or 'none was written'})", err=True
        )
    if any(outcome.state == "stopped" for outcome in outcomes):
        click.echo("stopped: finished runs and trained epochs are kept; the same command goes on from there", err=True)
        sys.exit(130)
    if failures:
        raise UltraGainError(f"{len(failures)} of {len(plan.to_do)} runs failed; the same command tries them again")
    click.echo("all runs are done")


def _print_notices(plan, settings):
    for notice in plan.notices:
        click.echo(f"note: {notice}")
    click.echo(
        f"{settings.device.description}, profile {settings.profile}: {len(plan.done)} runs are done, {len(plan.to_do)} to do"
    )


def _print_plan(plan, settings):
    _print_notices(plan, settings)
    for run in plan.to_do:
        click.echo(f"to do  {run.id}  {plan.reasons[run.id]}")
    for run in plan.done:
        click.echo(f"done   {run.id}  up to date")


@main.command(cls=ManyValues)
@experiment_argument
@profile_option
@recordings_option
@only_option
@seeds_option
def status(experiment, profile, recordings, only, seeds):
    """Show how far a sweep is, while it runs or afterwards."""
    from rich.console import Console

    from ultragain.sweep.display import status_table, summary
    from ultragain.sweep.plan import look
    from ultragain.sweep.progress import standings

    root, settings = project_root(), _load(experiment, profile, recordings)
    table = standings(look(settings, root, only, seeds), root)
    # a file or a pipe has no width of its own to keep to
    Console(width=None if sys.stdout.isatty() else 200).print(status_table(table), highlight=False)
    click.echo(summary(table))


@main.command(cls=ManyValues)
@experiment_argument
@profile_option
@recordings_option
@seeds_option
def results(experiment, profile, recordings, seeds):
    """Print the ESR of every finished model, in percent, by test riff.

    With several --seeds, the replicates stand below one another.
    """
    from ultragain.evaluation.results import GRID, load_results

    settings = _load(experiment, profile, recordings)
    for replicate in [settings.with_seed(seed) for seed in seeds] or [settings]:
        with warnings.catch_warnings(record=True) as notices:
            warnings.simplefilter("always", UserWarning)
            results = load_results(replicate, project_root())
        for notice in notices:
            click.echo(f"note: {notice.message}", err=True)
        table = (100 * results.scores.pivot_table(index=GRID, columns="riff", values="esr", sort=False)).assign(
            median=lambda row: row.median(axis=1)
        )
        click.echo(f"ESR in %: {results.source}, seed {replicate.training.seed}")
        click.echo(table.to_string(float_format="{:.1f}".format))


@main.command()
def keys():
    """Explain every key of an experiment file."""
    rows = list(describe_keys())
    width = max(len(key) for key, _ in rows) + 2
    for key, meaning in rows:
        click.echo(f"{key:{width}}{meaning}")
