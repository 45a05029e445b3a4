"""The command line, publishing: copy finished runs into data/published, and bring them back."""

import click

from ultragain.cli.options import experiment_argument, load, profile_option, seeds_option, workers_option
from ultragain.files import project_root


@click.command()
@experiment_argument
@profile_option
@seeds_option
def publish(experiment, profile, seeds):
    """Copy finished runs to data/published, which is committed: records, histories, scores and weights.

    What was published before stays as it is.

    \b
    ultragain publish experiments/dsl20h_ultragain.yaml --profile full
    """
    from ultragain.publishing.store import publish, published_folder
    from ultragain.sweep.plan import look

    root, settings = project_root(), load(experiment, profile, None)
    plan = look(settings, root, None, seeds)
    added = publish(plan.done, root)
    place = published_folder(root, settings.device.name, settings.device.version).relative_to(root)
    click.echo(f"{place}: {len(added)} runs added; {len(plan.to_do)} runs of the grid are not done yet")


@click.group()
def published():
    """What is in data/published."""


@published.command()
@experiment_argument
@profile_option
@seeds_option
@workers_option
def restore(experiment, profile, seeds, workers):
    """Bring published runs back to data/runs, so that a sweep goes on after them and trains none twice.

    Recordings are made where they are virtual, and every model plays the riffs again.

    \b
    ultragain published restore experiments/dsl20h_ultragain.yaml --profile full
    """
    from ultragain.publishing.store import restore
    from ultragain.sweep.plan import plan_sweep

    root, settings = project_root(), load(experiment, profile, None)
    plan = plan_sweep(settings, root, None, seeds, workers)
    found = restore(plan.to_do, settings, root, workers)
    click.echo(f"{len(found)} runs restored, {len(plan.to_do) - len(found)} to do, {len(plan.done)} were there")
