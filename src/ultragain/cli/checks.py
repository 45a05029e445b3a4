"""The command line, checks: is a recording good, and correct it where a computer can."""

import sys
from collections import Counter
from pathlib import Path

import click

from ultragain.cli.options import profile_option
from ultragain.cli.output import console
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.files import project_root
from ultragain.recording.layout import LAYOUT

COLOURS = {"pass": "green", "warning": "yellow", "failure": "red"}


@click.command(
    help=f"""Check every recording in DIR: whether it is good, and if not, what to do.

    DIR holds {LAYOUT}; Val and
    Replicate may be absent. `sweep` runs the same checks before it trains, and refuses recordings
    that fail. Exits with 1 if anything fails, with 0 if there are only warnings.

    \b
    ultragain check /path/to/MyAmp/Lead
    ultragain check /path/to/MyAmp/Lead --experiment experiments/myamp.yaml --only-problems
    """
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--experiment",
    metavar="EXPERIMENT.yaml",
    help="What the recordings are for: its gains, test riffs, windows and sample rate.",
)
@profile_option
@click.option("--only-problems", is_flag=True, help="Leave out the files that passed.")
def check(folder, experiment, profile, only_problems):
    from ultragain.checks.finding import FAILURE, PASS, as_table, worst
    from ultragain.checks.measurements import Measurements, measurements_file
    from ultragain.checks.run import check_experiment, check_recordings
    from ultragain.fields import name_problem
    from ultragain.files import one_form, printable

    try:
        root = project_root()
    except UltraGainError:
        root = None  # any folder can be checked from anywhere; only what was measured is not kept then
    if experiment and folder.is_dir():
        findings = check_experiment(load_experiment(experiment, profile).with_recordings(folder), root)
    else:
        kept = measurements_file(root, folder) if root and folder.is_dir() else None
        findings = check_recordings(folder, measurements=Measurements(kept))
    table = as_table(findings)
    _print(table[table["verdict"] != PASS] if only_problems else table)
    for name in folder.absolute().parts[-2:]:
        if problem := name_problem(one_form(name)):
            click.echo(f"note: {printable(name)}: {problem}: rename the folder, it names the device or its version")
    counts = Counter(table["verdict"])
    click.echo(f"{printable(folder)}: {', '.join(f'{counts[verdict]} {verdict}' for verdict in COLOURS)}")
    if worst(findings) == FAILURE:
        sys.exit(1)


def _print(table):
    from rich.table import Table
    from rich.text import Text

    if table.empty:
        return
    shown = Table(box=None, pad_edge=False)
    for title, ratio in (("file", 3), ("", 1), ("what is wrong", 4), ("what to do", 4)):
        shown.add_column(title, overflow="fold", ratio=ratio, no_wrap=not title)
    for row in table.itertuples():
        verdict = f"[{COLOURS[row.verdict]}]{row.verdict}[/]"
        # names and reasons may hold [brackets]
        shown.add_row(Text(row.file), verdict, Text(row.problem), Text(row.advice))
    console().print(shown, highlight=False)


@click.command()
@click.argument("source", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
def align(source, target):
    """Copy the recordings in DIR to OUT, latency and polarity corrected.

    Wet files that come too late or too early are moved onto their dry ones, those that are inverted,
    compared with the rest of their gain, are inverted back, and dry and wet are cut to one length.
    DIR is only read; OUT must be new, and appears whole or not at all.

    \b
    ultragain align /path/to/MyAmp/Lead /path/to/MyAmp/LeadAligned
    ultragain check /path/to/MyAmp/LeadAligned
    """
    from ultragain.checks.align import align as align_recordings
    from ultragain.files import printable

    plans = align_recordings(source, target)
    for plan in plans:
        click.echo(plan)
    click.echo(
        f"{len(plans)} takes in {printable(target)}, {sum(bool(plan.moved) for plan in plans)} of them moved, "
        f"{sum(plan.inverted for plan in plans)} inverted"
    )
