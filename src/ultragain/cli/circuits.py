"""The command line, circuits: reamp through them, export them."""

from pathlib import Path

import click
import yaml

from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.cli.options import workers_option
from ultragain.errors import UltraGainError
from ultragain.fields import name_problem
from ultragain.files import one_form, project_root


def _split(text):
    """Name and value of an option such as High=8; 8 alone is its own name."""
    name, is_named, value = text.rpartition("=")
    if not value or (is_named and not name):
        raise click.BadParameter(f"{text}: write it as NAME=VALUE")
    return one_form(name if is_named else value), value


def _controls(context, parameter, values):
    """Options such as treble=7 or tone_shift=true as a dict."""
    controls = {}
    for name, value in map(_split, values):
        try:
            controls[name] = yaml.safe_load(value)
        except (yaml.YAMLError, ValueError):
            controls[name] = value
    return controls


def _knobs(context, parameter, values):
    """Options such as High=8 as a dict; a label names a folder."""
    knobs = {}
    for label, position in map(_split, values):
        if problem := name_problem(label):
            raise click.BadParameter(f"{label}: {problem}: it names a folder")
        try:
            knobs[label] = int(position) if position.isdecimal() else float(position)
        except ValueError:
            raise click.BadParameter(
                f"{label}={position}: write the knob's position as a number, for example High=8"
            ) from None
    return knobs


@click.command()
@click.argument("source", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(file_okay=False, path_type=Path))
@click.option("--circuit", type=click.Choice(list(CIRCUITS)), default=next(iter(CIRCUITS)), show_default=True)
@click.option("--capture", metavar="NAME", help="Instead of a circuit: a capture brought in with `ultragain import`.")
@click.option(
    "--gain",
    "gains",
    multiple=True,
    required=True,
    callback=_knobs,
    metavar="LABEL=KNOB",
    help="A gain setting (drive on a pedal), for example High=8. Give it once for each setting.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    callback=_controls,
    metavar="CONTROL=VALUE",
    help="Another control, for example treble=7 or tone_shift=true.",
)
@click.option(
    "--rate",
    type=click.IntRange(22_050, 192_000),
    default=44_100,
    show_default=True,
    help="Sample rate of the recordings, in Hz.",
)
@click.option(
    "--input-volts",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Peak at the input jack for a dry file's full scale, in volts: more drives the circuit harder.",
)
@click.option("--noise/--no-noise", default=True, show_default=True, help="Hiss and hum, as of a real rig.")
@click.option("--seed", type=click.IntRange(min=0), default=25, show_default=True, help="Seed of hiss and hum.")
@click.option("--overwrite", is_flag=True, help="Record takes again that are in OUT already.")
@workers_option
def reamp(source, target, circuit, capture, gains, settings, rate, input_volts, noise, seed, overwrite, workers):
    """Play the dry files in DIR through a circuit or a capture, into recordings in OUT.

    Files may be WAV or FLAC, at any rate, mono or stereo. Those in DIR/Train, DIR/Val and DIR/Test
    go there; those beside them are for training. OUT gets the layout that --recordings requires.

    \b
    ultragain reamp my_di data/recordings/MyAmp/Lead --gain Low=2 --gain High=8
    ultragain reamp my_di out/Pedal/Noon --circuit sd1 --gain 5 --set tone=7
    ultragain reamp my_di out/Theirs/Crunch --capture theirs --gain Crunch=5
    """
    from ultragain.recording.captures import capture_effect
    from ultragain.recording.reamp import reamp as play
    from ultragain.recording.virtual import CircuitEffect

    if capture:
        if len(gains) != 1 or settings:
            raise UltraGainError("--capture: is a capture of one setting: give one --gain for its label, and no --set")
        effects, noise = {label: capture_effect(capture, project_root()) for label in gains}, False
    else:
        volts = CIRCUITS[circuit].full_scale_volts
        effects = {
            label: CircuitEffect(build(circuit, knob, settings), input_volts, volts) for label, knob in gains.items()
        }
    count = play(source, target, effects, rate, seed if noise else None, noise, overwrite, workers)
    click.echo(f"{count} takes recorded in {target}")


@click.group()
def circuit():
    """The circuits of the virtual devices."""


@circuit.group()
def export():
    """Write a circuit as a SPICE deck to standard output."""


def _export_command(name):
    """`ultragain circuit export <name>`, with an option for each of the circuit's controls."""

    circuit = CIRCUITS[name]

    def command(analysis_sources, analysis_seconds, analysis_rate, **settings):
        netlist = build(name, settings.pop(circuit.knob), settings)
        step = f"{1 / analysis_rate:.9g}"
        analysis = [f".tran {step} {analysis_seconds:.9g} 0 {step}", f".print tran v({netlist.output})"]
        click.echo(netlist.to_spice(analysis_sources, analysis), nl=False)

    def option(control, default):
        flag = "--" + control.replace("_", "-")
        if isinstance(default, bool):
            return click.Option([f"{flag}/--no-{flag[2:]}"], default=default, show_default=True)
        if isinstance(default, str):
            return click.Option([flag], type=click.Choice(circuit.choices[control]), default=default, show_default=True)
        return click.Option(
            [flag], type=float, default=default, required=default is None, show_default=True, help="0 to 10."
        )

    length = click.FloatRange(min=0, min_open=True)
    return click.Command(
        name,
        callback=command,
        help=f"""The {circuit.title}, from the {circuit.input} to the {circuit.output}.

        Example: ultragain circuit export {name} --{circuit.knob} 8 > deck.cir && ngspice -b deck.cir""",
        params=[option(*control) for control in circuit.controls.items()]
        + [
            click.Option(
                ["--source", "analysis_sources"],
                multiple=True,
                default=["SIN(0 0.2 220 0 8)"],
                show_default=True,
                help="Input voltage in SPICE's syntax. Give it several times to add voltages up.",
            ),
            click.Option(
                ["--seconds", "analysis_seconds"],
                type=length,
                default=0.1,
                show_default=True,
                help="Length of the analysis.",
            ),
            click.Option(
                ["--rate", "analysis_rate"],
                type=length,
                default=352_800,
                show_default=True,
                help="One over the longest step, in Hz.",
            ),
        ],
    )


for _name in CIRCUITS:
    export.add_command(_export_command(_name))
