"""The command line, the book: train what is missing, or nothing, then build the HTML pages."""

import os
import subprocess
import sys
from pathlib import Path

import click

from ultragain.cli.options import recordings_option
from ultragain.cli.sweep import sweep
from ultragain.errors import UltraGainError
from ultragain.files import project_root

JUPYTER_BOOK = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]  # this very Python's
STRICT = ["-W", "-n", "--keep-going"]  # Sphinx: warnings are errors, dead references too, but name them all


strict_option = click.option(
    "--strict", is_flag=True, help="Treat the book's warnings, for example a broken reference, as errors."
)


@click.command()
@click.argument("experiment", metavar="[EXPERIMENT.yaml]", required=False)
@click.option("--profile", help="Sizes to train, e.g. smoke, quick or full; quick if not given and there.")
@recordings_option
@strict_option
@click.pass_context
def book(context, experiment, profile, recordings, strict):
    """Train what is missing, and build the HTML book into _build/html.

    Without EXPERIMENT.yaml the book is about the virtual preamp; without --profile it trains the sizes
    of profile quick, or the experiment's default_profile if it has no quick. It shows the published run
    of the experiment where there is one, and compares it with yours.

    \b
    ultragain book
    ultragain book experiments/myamp.yaml --recordings /path/to/MyAmp/Lead
    """
    from ultragain.book.kit.glue import EXPERIMENT, load_for_book

    root = project_root()
    experiment = Path(experiment or root / EXPERIMENT)
    settings = load_for_book(experiment, profile)
    _need_windows(settings, experiment)
    profile = settings.profile
    context.invoke(sweep, experiment=experiment, profile=profile, recordings=recordings)
    if not recordings:
        _record_published(experiment, root)
    own = str(recordings.absolute()) if recordings else ""
    _build(root, strict, experiment, ULTRAGAIN_PROFILE=profile, ULTRAGAIN_RECORDINGS=own, ULTRAGAIN_SITE="")


@click.command()
@click.argument("experiment", metavar="[EXPERIMENT.yaml]", required=False)
@strict_option
def site(experiment, strict):
    """Build the HTML book from the published run alone: nothing is trained.

    The virtual device records what the pages show; whatever this machine has trained is left out.

    \b
    ultragain site
    ultragain site experiments/sd1_ds340.yaml
    """
    from ultragain.book.kit.glue import EXPERIMENT, load_for_book

    root = project_root()
    experiment = Path(experiment or root / EXPERIMENT)
    _need_windows(load_for_book(experiment), experiment)
    if not _record_published(experiment, root):
        raise UltraGainError(f"{experiment}: nothing of it is published: `ultragain book` trains it")
    _build(root, strict, experiment, ULTRAGAIN_PROFILE="", ULTRAGAIN_RECORDINGS="", ULTRAGAIN_SITE="1")


def _need_windows(settings, path):
    if not settings.is_windowed:
        raise UltraGainError(
            f"{path}: the book's chapters are about windowed models, and its family is {settings.family}: "
            "`ultragain results` shows its models"
        )


def _record_published(experiment, root):
    """Have the recordings made that the published runs are about; whether there are such runs."""
    from ultragain.book.kit.glue import published_run
    from ultragain.recording.virtual import make_recordings

    if published := published_run(experiment, root):
        make_recordings(published.experiment, root)
    return published is not None


def _build(root, strict, experiment, **chosen):
    """Have jupyter-book build what the environment names, and see that no number is typed and that no link is dead."""
    from ultragain.book.kit import built, prose

    prose.check(root)
    command = [*JUPYTER_BOOK, "build", str(root), *(STRICT if strict else [])]
    environment = os.environ | {"ULTRAGAIN_EXPERIMENT": str(experiment.resolve())} | chosen
    if subprocess.run(command, env=environment).returncode:
        raise UltraGainError("the book is not built: jupyter-book's messages above show what is wrong")
    built.check(root / "_build" / "html")
