"""The command line, publishing: copy finished runs into data/published, check them, and bring them back."""

from pathlib import Path

import click

from ultragain.cli.options import experiment_argument, load, profile_option, workers_option
from ultragain.errors import UltraGainError
from ultragain.files import project_root

FIGURE = "models.svg"


@click.command()
@experiment_argument
@profile_option
def publish(experiment, profile):
    """Copy finished runs to data/published, which is committed.

    It gets every run of the grid that is done, with replicates of other seeds: record, history, scores,
    weights and notebook. Tables of all of them, the riffs, and of windowed models a figure and what the
    best, the median and the worst one at each gain predict are written anew.

    \b
    ultragain publish experiments/dsl20h_ultragain.yaml --profile full
    """
    from ultragain.book.results import save_overview
    from ultragain.publishing.store import load_published, publish, published_folder

    root, settings = project_root(), load(experiment, profile)
    added = publish(settings, Path(experiment), root)
    folder = published_folder(root, settings.device)
    if settings.is_windowed:
        save_overview(load_published(settings, root), folder / FIGURE)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    done = len(list(folder.glob("runs/*")))
    click.echo(f"{folder.relative_to(root)}: {len(added)} runs added, {done} in all, {size / 1e6:.1f} MB")


@click.group()
def published():
    """What is in data/published."""


@published.command()
@experiment_argument
@profile_option
@workers_option
def restore(experiment, profile, workers):
    """Bring published runs back to data/runs, so that a sweep goes on after them and trains none twice.

    Recordings of the riffs are made where they are virtual, and every model plays them again.

    \b
    ultragain published restore experiments/dsl20h_ultragain.yaml --profile full
    """
    from ultragain.evaluation.results import seeds_of
    from ultragain.publishing.restore import restore
    from ultragain.publishing.store import published_folder, published_profile
    from ultragain.recording.layout import TEST
    from ultragain.recording.virtual import make_recordings
    from ultragain.sweep.plan import look

    root, settings = project_root(), load(experiment, profile)
    if published_profile(root, experiment) is None:
        raise UltraGainError(f"{experiment}: nothing of it is published")
    seeds = seeds_of(settings, root, published_folder(root, settings.device) / "runs")
    make_recordings(settings, root, workers, splits=[TEST])
    plan = look(settings, root, None, seeds)
    found = restore(plan.to_do, settings, root, workers)
    click.echo(f"{len(found)} runs restored, {len(plan.done)} were there")


@published.command()
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="Play N models of each experiment instead of all of them."
)
@workers_option
def verify(sample, workers):
    """Play the riffs through the published models again, and compare with the published scores and audio.

    The virtual devices record the riffs first, where they are not there. Scores must be the same but for
    rounding on the processor that the models were trained on, and within a tolerance elsewhere.

    \b
    ultragain published verify
    ultragain published verify --sample 6
    """
    from ultragain.publishing.store import published_experiments
    from ultragain.publishing.verify import verify

    root, problems = project_root(), []
    experiments = published_experiments(root)
    for experiment in experiments:
        checked, found = verify(experiment, root, workers, sample)
        problems += found
        click.echo(
            f"{experiment.device.description}, {experiment.family}, profile {experiment.profile}: "
            f"{len(checked)} models played, scores differ by {checked['deviation'].max():.1e} at most"
        )
    problems = list(dict.fromkeys(problems))  # experiments on one device share a folder
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise UltraGainError(f"{len(problems)} things in data/published are not what this machine makes of them")
    click.echo("everything is as it is published" if experiments else "nothing is published")
