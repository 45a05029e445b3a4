"""The command line, captures: from recordings to a file for a plug-in."""

import sys
from pathlib import Path

import click
from dask.system import CPU_COUNT

from ultragain.errors import UltraGainError
from ultragain.files import project_root
from ultragain.formats.catalog import FORMATS
from ultragain.models.catalog import FAMILIES

PER_GAIN = [name for name, family in FAMILIES.items() if family.has_budget and not family.covers_gains]


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Of training, for each gain: a first model after 2 of them, and a better one after the rest.",
)
@click.option("--family", type=click.Choice(PER_GAIN), default="wavenet", show_default=True, help="Kind of model.")
@click.option(
    "--format", "chosen", type=click.Choice(list(FORMATS)), default="nam", show_default=True, help="Of the files."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("captures"),
    show_default=True,
    help="Folder for the files, and the page that shows how it goes.",
)
@click.option("--threads", type=click.IntRange(min=1), default=min(2, CPU_COUNT), show_default="2, or as many as "
              "there are", help="Cores that a model is trained on.")  # fmt: skip
def capture(folders, minutes, family, chosen, out, threads):
    """Check recordings, train models of them, score these, and write files for a plug-in: in one command.

    DIR is a folder in the recordings layout (see `ultragain check --help`), one with two files dry.wav and wet.wav,
    equally long, or a folder of such folders, which are captured one after the other. The file of a gain is always the
    best model so far: take it whenever you like. Open index.html, beside it, in a browser: it shows the ESR falling.

    Interrupt it whenever you like; the same command goes on where it stopped. The experiment that it makes of a folder
    is in data/runs/<device>/<version>/capture.yaml, for `status`, `results` and `sweep`.

    \b
    ultragain capture ~/recordings/MyAmp/Lead
    ultragain capture ~/recordings --minutes 4 --out ~/captures
    """
    from ultragain.capture.recordings import find_captures

    if FAMILIES[family].network not in FORMATS[chosen].kinds:
        raise UltraGainError(f"--format {chosen}: holds LSTMs only: add --family lstm-stateful")
    root, failed = project_root(), []
    found = [each for folder in folders for each in find_captures(folder)]
    for number, folder in enumerate(found, 1):
        click.echo(f"{number} of {len(found)}: {folder}" if len(found) > 1 else f"{folder}")
        try:
            _capture(folder, root, minutes, family, chosen, out, threads)
        except UltraGainError as error:
            if len(found) == 1:
                raise
            failed.append(folder)
            click.echo(f"Error: {error}", err=True)
    if failed:
        raise UltraGainError(f"{len(failed)} of {len(found)} folders were not captured: {', '.join(map(str, failed))}")


def _capture(folder, root, minutes, family, chosen, out, threads):
    from ultragain.capture.recordings import budgets, laid_out, write_experiment
    from ultragain.capture.session import PAGE, SoFar, require_room, scored
    from ultragain.experiment import load_experiment
    from ultragain.sweep.display import Display
    from ultragain.sweep.plan import plan_sweep
    from ultragain.sweep.run import run_sweep

    recordings = laid_out(folder, root)
    name, version = recordings.absolute().parts[-2:]
    path = root / "data" / "runs" / name / version / "capture.yaml"
    write_experiment(recordings, path, family, minutes, threads)
    experiment = load_experiment(path).with_recordings(recordings)
    require_room(out)
    so_far, workers = SoFar(experiment, root, out, chosen), max(1, CPU_COUNT // threads)
    click.echo(f"how it goes: {(out / PAGE).absolute().as_uri()}")
    for budget in budgets(minutes):
        plan = plan_sweep(experiment, root, {"minutes": [budget]})
        if budget == budgets(minutes)[0]:
            for notice in plan.notices:
                click.echo(f"note: {notice}")
        so_far.look(plan)
        with Display(plan, root) as display:

            def watch(outcomes, dashboard, plan=plan, display=display):
                display(outcomes, None)
                so_far.look(plan)

            outcomes = run_sweep(plan, experiment, path, root, watch, recordings, workers)
        so_far.look(plan, is_over=budget == budgets(minutes)[-1])
        if any(outcome.state == "stopped" for outcome in outcomes):
            click.echo("stopped: the same command goes on from there", err=True)
            sys.exit(130)
        if failures := [outcome for outcome in outcomes if outcome.state == "failed"]:
            raise UltraGainError(f"{failures[0].run.id}: {failures[0].reason}")
        for line in scored(so_far, experiment.gain_labels):
            click.echo(line)
