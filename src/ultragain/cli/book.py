"""The command line, the book: train what is missing, then build the HTML pages."""

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


@click.command()
@click.argument("experiment", metavar="[EXPERIMENT.yaml]", required=False)
@click.option("--profile", help="Sizes to use, e.g. smoke, quick or full; quick if not given and there.")
@recordings_option
@click.option("--strict", is_flag=True, help="Treat the book's warnings, for example a broken reference, as errors.")
@click.pass_context
def book(context, experiment, profile, recordings, strict):
    """Train what is missing, and build the HTML book into _build/html.

    Without EXPERIMENT.yaml the book is about the virtual preamp; without --profile it has the sizes
    of profile quick, or the experiment's default_profile if it has no quick.

    \b
    ultragain book
    ultragain book experiments/myamp.yaml --recordings /path/to/MyAmp/Lead
    """
    from ultragain.book.kit.glue import EXPERIMENT, load_for_book

    root = project_root()
    experiment = Path(experiment or root / EXPERIMENT)
    profile = load_for_book(experiment, profile).profile
    context.invoke(sweep, experiment=experiment, profile=profile, recordings=recordings)
    chosen = {
        "ULTRAGAIN_EXPERIMENT": str(experiment.resolve()),
        "ULTRAGAIN_PROFILE": profile,
        "ULTRAGAIN_RECORDINGS": str(recordings.resolve()) if recordings else "",
    }
    command = [*JUPYTER_BOOK, "build", str(root), *(STRICT if strict else [])]
    if subprocess.run(command, env=os.environ | chosen).returncode:
        raise UltraGainError("the book is not built: jupyter-book's messages above show what is wrong")
