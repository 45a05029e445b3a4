"""The command line, other programs: a trained model for a plug-in, and somebody's capture as a device."""

from pathlib import Path

import click

from ultragain.cli.options import load
from ultragain.errors import UltraGainError
from ultragain.files import project_root, whole_file
from ultragain.formats.catalog import FORMATS
from ultragain.words import two_digits

EXPERIMENT = "experiments/dsl20h_ultragain.yaml"


def _wanted(context, parameter, values):
    """Words such as gain=High as a dict."""
    pairs = [word.partition("=") for word in values]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise click.BadParameter(f"{name}{equals}{value}: write it as NAME=VALUE, for example gain=High")
    return {name: value for name, _, value in pairs}


@click.command()
@click.argument("run", metavar="[RUN]", required=False)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    default=next(iter(FORMATS)),
    show_default=True,
    help="; ".join(f"{name}: {each.players}, {' or '.join(each.kinds)}" for name, each in FORMATS.items()) + ".",
)
@click.option(
    "--best",
    multiple=True,
    callback=_wanted,
    metavar="NAME=VALUE",
    help="Instead of RUN: the one with the lowest mean ESR of those with this setting, for example gain=High. Give it "
    "several times to narrow the choice.",
)
@click.option(
    "--experiment",
    default=EXPERIMENT,
    show_default=True,
    help="With --best: whose device the run is of.",
)
@click.option("--profile", default="full", show_default=True, help="With --best: the profile of the run.")
@click.option("--knob", type=float, help="Position of the gain knob, 0 to 10, for a model of all of it.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File or folder to write; the run's id and the format's suffix, here, if not given.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@click.option("--anyway", is_flag=True, help="Write a windowed model, too, which players play as it was never trained.")
def export(run, format_name, best, experiment, profile, knob, out, overwrite, anyway):
    """Write the model of a finished RUN for a plug-in or another program.

    RUN is a run's id in data/runs or data/published, or its folder. The file tells device, settings, ESR of each test
    riff, date, sample rate and loudness, and of a virtual device the levels in dBu, which are known. What the format's
    players cannot do with the model is said.

    \b
    ultragain export wavenet-High-m10-s25-c4eff506
    ultragain export --best gain=High --format rtneural --out dsl20h.json
    ultragain export --best family=wavenet-gain --knob 6.5
    """
    import numpy as np

    from ultragain import metrics
    from ultragain.export.find import best_run, find_run
    from ultragain.export.prepare import experiment_of, network_of, refuse_windowed, riffs_of

    if bool(run) == bool(best):
        raise UltraGainError("export: name a RUN, or say --best gain=High; `ultragain export --help` has examples")
    root, chosen = project_root(), FORMATS[format_name]
    if run:
        finished = find_run(run, root)
    else:
        device = load(root / experiment, profile).device
        finished = best_run(best, device, profile, root, lambda each: each.family.network in chosen.kinds)
    if (kind := finished.family.network) not in chosen.kinds:
        held = " and ".join(chosen.kinds)
        raise UltraGainError(
            f"--format {format_name}: {chosen.players} do not play a {kind or finished.family.noun}; it holds {held}"
        )
    settings = experiment_of(finished, root)
    network = network_of(finished, settings, knob)
    riffs = riffs_of(finished, settings, root)
    if not anyway:
        refuse_windowed(finished, network, riffs)
    path = _target(out, f"{network.about.run}{'' if knob is None else f'-knob{knob:g}'}{chosen.suffix}")
    if path.exists() and not overwrite:
        raise UltraGainError(f"{path}: is there already; choose another --out, or --overwrite")
    content = chosen.content(network)
    with whole_file(path) as temporary:
        temporary.write_bytes(content if isinstance(content, bytes) else content.encode())
    esr = network.about.mean_esr
    click.echo(
        f"{path}: {network.about.name}, {kind}, mean ESR {two_digits(esr) if esr is not None else 'not measured'}"
    )
    for limit in chosen.limits(network):
        click.echo(f"note: {limit}")
    if chosen.approximation and riffs:
        played = {riff: chosen.approximation(network, dry) for riff, (dry, _) in riffs.items()}
        if all(wet is not None for wet in played.values()):
            then = np.mean([metrics.esr(riffs[riff][1], wet) for riff, wet in played.items()])
            click.echo(f"note: {chosen.players} compute tanh by an approximation; mean ESR there: {two_digits(then)}")


@click.command("import")
@click.argument("file", metavar="FILE.nam", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "name", required=True, help="Its name as a device, for --capture and experiment files.")
@click.option("--overwrite", is_flag=True, help="Replace a capture of that name.")
def import_capture(file, name, overwrite):
    """Bring in somebody's capture as a device, to reamp through it and to model it.

    LSTMs and WaveNets of Neural Amp Modeler's files from 0.5 to 0.7 are played here; others are refused with the
    reason. The file is copied to data/captures; in an experiment file it is `capture: NAME` of section `device`.

    \b
    ultragain import theirs.nam --as theirs
    ultragain reamp my_di out/Theirs/Crunch --capture theirs --gain Crunch=5
    """
    from ultragain.recording.captures import add_capture, told

    path, capture = add_capture(file, name, project_root(), overwrite)
    click.echo(f"{path}: a {capture.kind} of {capture.weights:,} weights at {capture.sample_rate} Hz; {told(capture)}")


def _target(out, name):
    """Where to write: in a folder under its usual name."""
    if out is None or out.is_dir():
        return (out or Path()) / name
    return out
