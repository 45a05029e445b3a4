"""The command line, sweeps: train the grid, see how far it is, and print what came out."""

import sys
import warnings
from pathlib import Path

import click
from dask.system import CPU_COUNT

from ultragain.cli.options import (
    experiment_argument,
    load,
    only_option,
    profile_option,
    recordings_option,
    seeds_option,
)
from ultragain.cli.output import console
from ultragain.cluster_settings import Cluster
from ultragain.errors import UltraGainError
from ultragain.files import project_root
from ultragain.grid import DIMENSIONS
from ultragain.models.catalog import FAMILIES
from ultragain.words import percent, three_digits


@click.command()
@experiment_argument
@profile_option
@recordings_option
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Models trained side by side; if not given, as many as this machine has cores, or cores for their `threads`.",
)
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
    type=click.Choice(list(Cluster.model_fields)),
    help="Start --workers workers on a cluster; the experiment's section `cluster` configures them.",
)
def sweep(experiment, profile, recordings, workers, only, seeds, dry_run, tensorboard, scheduler, cluster):
    """Train and score every model of the grid that is not done yet.

    Each model is one papermill run of notebooks/training.ipynb in a process of its own. A run that
    fails does not stop the others. Interrupt it whenever you like: every epoch is kept, and the
    same command goes on where it stopped. Results go to data/runs/<device>/<version>/<profile>/<run>/.

    \b
    ultragain sweep experiments/dsl20h_ultragain.yaml --only gain=High --only context=88
    ultragain sweep experiments/dsl20h_ultragain.yaml --seed 25 --seed 26 --seed 27
    ultragain sweep experiments/dsl20h_ultragain.yaml --profile full --cluster slurm --workers 36
    """
    from ultragain.sweep.plan import look, plan_sweep

    if scheduler and cluster:
        raise UltraGainError("--scheduler and --cluster exclude each other: join one, or start one")
    path, root = Path(experiment).resolve(), project_root()
    settings = load(experiment, profile, recordings)
    if dry_run:
        _print_plan(look(settings, root, only, seeds), settings)
        if cluster:
            from ultragain.sweep.batch import SYSTEMS, job_script

            if cluster in SYSTEMS:
                click.echo(
                    f"each worker is a job:\n{job_script(cluster, settings.cluster, settings.training.threads or 1)}"
                )
        return
    from ultragain.sweep.display import Display

    try:
        from ultragain.sweep.run import run_sweep
    except (KeyError, ValueError, TypeError, RuntimeError) as error:  # it applies a site's settings for logging
        raise UltraGainError(
            f"Dask cannot be loaded with its settings, in ~/.config/dask or DASK_*: {error}"
        ) from error
    plan = plan_sweep(settings, root, only, seeds, workers or CPU_COUNT)
    workers = workers or max(1, CPU_COUNT // (settings.training.threads or 1))
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
        f"{settings.device.description}, profile {settings.profile}: {len(plan.done)} runs are done, "
        f"{len(plan.to_do)} to do"
    )


def _print_plan(plan, settings):
    _print_notices(plan, settings)
    for run in plan.to_do:
        click.echo(f"to do  {run.id}  {plan.reasons[run.id]}")
    for run in plan.done:
        click.echo(f"done   {run.id}  up to date")


@click.command()
@experiment_argument
@profile_option
@recordings_option
@only_option
@seeds_option
def status(experiment, profile, recordings, only, seeds):
    """Show how far a sweep is, while it runs or afterwards."""
    from ultragain.sweep.display import status_table, summary
    from ultragain.sweep.plan import look
    from ultragain.sweep.progress import standings

    root, settings = project_root(), load(experiment, profile, recordings)
    table = standings(look(settings, root, only, seeds), root)
    click.echo(f"this machine computes with {FAMILIES[settings.family].computes_with}")
    console().print(status_table(table), highlight=False)
    click.echo(summary(table))


@click.command()
@experiment_argument
@profile_option
@recordings_option
@seeds_option
def results(experiment, profile, recordings, seeds):
    """Print the ESR of every finished model, in percent, by test riff.

    With --seed given several times, there is one table for each seed.
    """
    from ultragain.evaluation.results import load_results

    settings = load(experiment, profile, recordings)
    for replicate in [settings.with_seed(seed) for seed in seeds] or [settings]:
        with warnings.catch_warnings(record=True) as notices:
            warnings.simplefilter("always", UserWarning)
            found = load_results(replicate, project_root())
        for notice in notices:
            click.echo(f"note: {notice.message}", err=True)
        if notice := found.samples_notice():
            click.echo(f"note: {notice}", err=True)
        known = [name for name in DIMENSIONS if name in found.scores]
        table = 100 * found.scores.pivot_table(index=known, columns="riff", values="esr", sort=False)
        click.echo(f"ESR in %: {found.source}, seed {replicate.training.seed}")
        click.echo(table.assign(median=table.median(axis=1)).to_string(float_format=three_digits))
        if settings.training.held_out:
            click.echo(f"not trained at gain {', '.join(settings.training.held_out)}")
        for run in found.learned_nothing():
            click.echo(f"learned nothing: {run}: lowest validation ESR {percent(found.models.loc[run, 'val_esr'])}")
