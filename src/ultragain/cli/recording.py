"""The command line, recording: simulate the virtual device, or record a real one."""

import functools
import sys
from pathlib import Path

import click

from ultragain.cli.options import experiment_argument, profile_option, workers_option
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.files import one_form, project_root
from ultragain.words import setting

# How often an unattended session tries a take again that failed by chance: a lost buffer.
_ATTEMPTS = 3


@click.command()
def devices():
    """List the audio devices that can play or record."""
    from ultragain.rig.interface import audio_devices

    known = audio_devices()
    if not known:
        raise UltraGainError("no audio devices: is the interface connected, and its driver (or JACK) running?")
    width = max(len(device.name) for device in known)
    click.echo(f"   {'name':{width}}   in  out  usual rate  system")
    for device in known:
        click.echo(
            f"{device.number:2} {device.name:{width}}  {device.inputs:3}  {device.outputs:3}  "
            f"{device.rate:7.0f} Hz  {device.host}"
        )
    click.echo(
        '\nChoose with --interface NUMBER, or --interface "PART OF NAME"; or with --input-device NUMBER and '
        "--output-device NUMBER, both of the same system."
    )
    hosts = {device.host for device in known}
    if "MME" in hosts and "ASIO" not in hosts:
        click.echo(
            "Set the environment variable SD_ENABLE_ASIO=1 to list ASIO drivers, which have all inputs in one device."
        )


@click.command()
@experiment_argument
@profile_option
@click.option("--gain", "gains", multiple=True, metavar="LABEL", help="Only this gain; may be given several times.")
@click.option("--riff", "riffs", multiple=True, metavar="NAME", help="Only this riff; may be given several times.")
@click.option(
    "--interface",
    metavar="NAME",
    help="Record through this audio interface: its number, or a part of its name, in `ultragain devices`.",
)
@click.option("--input-device", metavar="NAME", help="The device that records, where --interface does not name it.")
@click.option("--output-device", metavar="NAME", help="The device that plays, where --interface does not name it.")
@click.option(
    "--recordings",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Record into DIR, <device>/<version>; needed where the experiment's own device is simulated.",
)
@click.option("--wet-only", is_flag=True, help="There is no splitter: only the amplifier's output is recorded.")
@click.option(
    "--replicates", is_flag=True, help="Record the test riffs a second time, to measure how well a take repeats."
)
@click.option("--overwrite", is_flag=True, help="Record takes again that are there already.")
@click.option("--yes", is_flag=True, help="Do not prompt: the rig is already set.")
@click.option("--output", type=click.IntRange(min=1), metavar="N", help="Output channel to play on; 1 if not given.")
@click.option(
    "--dry-input", type=click.IntRange(min=1), metavar="N", help="Input of the dry return; found if not given."
)
@click.option(
    "--wet-input", type=click.IntRange(min=1), metavar="N", help="Input of the amplifier; found if not given."
)
@workers_option
def record(experiment, profile, gains, riffs, interface, input_device, output_device, recordings, workers, **session):
    """Record the device: every take that is not there yet.

    A virtual device is simulated; `sweep` does this by itself. A real one is recorded through an
    audio interface, which plays every riff and records the dry return and the amplifier at once.
    Before each gain it prints how to set the knobs. Interrupt it whenever you like: finished
    takes are kept, and the same command, without --overwrite, goes on with the rest. Leave the levels
    alone between takes: a take at another level than those kept before it is refused.

    \b
    ultragain devices
    ultragain record experiments/real_amplifier.yaml --interface Scarlett
    ultragain record experiments/real_amplifier.yaml --interface Scarlett --gain High --riff battery --overwrite
    ultragain record experiments/real_amplifier.yaml --input-device "IN 3-4" --output-device "OUT 1-2"
    """
    settings, root = load_experiment(experiment, profile), project_root()
    gains, riffs = (list(map(one_form, given)) for given in (gains, riffs))
    names = (interface, input_device, output_device)
    if settings.is_virtual and not any(names):
        given = [
            name.replace("_", "-")
            for name, value in (session | {"riff": riffs, "recordings": recordings}).items()
            if value
        ]
        if given:
            raise UltraGainError(f"--{given[0]}: is for recording through an interface; name one with --interface")
        _simulate(settings, root, gains, workers)
        return
    if settings.is_virtual and not recordings:
        raise UltraGainError(
            f"{settings.device.description}: is simulated; a real device needs a folder of its own: --recordings "
            "data/recordings/<device>/<version>"
        )
    if recordings:
        # Another folder, but these very knobs.
        own = settings.with_recordings(recordings)
        device = own.device.model_copy(update={"controls": settings.device.controls})
        settings = own.model_copy(update={"device": device, "real_rig": settings.real_rig})
    _record_through(names, settings, root, gains, riffs, **session)


def _simulate(experiment, root, gains, workers):
    from ultragain.recording.virtual import make_recordings

    if gains:
        device = experiment.device
        unknown = [gain for gain in gains if gain not in device.gains]
        if unknown:
            raise UltraGainError(f"gain {unknown[0]}: not in the experiment; it has {', '.join(device.gains)}")
        device = device.model_copy(update={"gains": {gain: device.gains[gain] for gain in gains}})
        experiment = experiment.model_copy(update={"device": device})
    click.echo(f"recorded in {make_recordings(experiment, root, workers)}")


def _record_through(names, experiment, root, gains, riffs, replicates, overwrite, yes, output, **inputs):
    """The session: gain after gain, take after take."""
    from ultragain.rig.interface import Interface
    from ultragain.rig.session import kept_takes, planned_takes
    from ultragain.rig.take import first_few

    every = planned_takes(experiment, root, replicates=True)
    wanted = planned_takes(experiment, root, gains, riffs, replicates)
    to_do = [planned for planned in wanted if overwrite or not planned.is_recorded]
    outdated = [planned for planned in wanted if planned not in to_do and planned.is_outdated]
    if outdated:
        click.echo(
            f"what is played has changed since {first_few(outdated)} was recorded: "
            "--overwrite, with --riff and --gain, does it again",
            err=True,
        )
    if not to_do:
        click.echo(f"all {len(wanted)} takes are recorded; --overwrite records them again")
        return
    interface = Interface(names[0], experiment.sample_rate, output or 1, *names[1:])
    click.echo(f"{experiment.device.description}, through {interface}: {len(to_do)} of {len(wanted)} takes to record")
    left = list(to_do)
    try:
        for gain in dict.fromkeys(planned.gain for planned in to_do):
            _set_rig(experiment, gain, yes)
            for planned in to_do:
                if planned.gain != gain:
                    continue
                if _record_one(planned, experiment, interface, yes, inputs | {"kept": kept_takes(every, left)}):
                    left.remove(planned)
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"\ninterrupted: {_progress(to_do, left, overwrite)}", err=True)
        sys.exit(130)
    if left:
        raise UltraGainError(_progress(to_do, left, overwrite))
    click.echo(f"{_count(to_do)} recorded in {to_do[0].take.folder}")


def _progress(to_do, left, overwrite):
    """How far a session came that ends early, and how to go on."""
    from ultragain.rig.take import first_few

    done = [planned for planned in to_do if planned not in left]
    if not overwrite:
        return (
            f"{_count(done)} recorded, {len(left)} of {len(to_do)} still missing: "
            "the same command goes on with the rest"
        )
    # the same command would begin again
    return (
        f"{_count(done)} recorded again{f' ({first_few(done)})' if done else ''}, "
        f"{len(left)} of {len(to_do)} not: {first_few(left)}: "
        "name the rest with --gain and --riff, and --overwrite"
    )


def _count(takes):
    return f"{len(takes)} take{'' if len(takes) == 1 else 's'}"


def _set_rig(experiment, gain, yes):
    """Tell how to set the rig, and wait until it is."""
    from ultragain.rig.session import rig_settings

    rows = rig_settings(experiment, gain)
    width = max(map(len, rows))
    click.echo(f"\ngain {gain}: set the rig like this")
    for name, value in rows.items():
        click.echo(f"  {name.replace('_', ' '):{width}}  {setting(value)}")
    if not yes:
        click.confirm("Ready to play and record?", default=True, abort=True)


def _record_one(planned, experiment, interface, yes, inputs):
    """Record one take, again if it is refused and a person, or chance, gives it another try; whether it was kept."""
    from ultragain.rig.calibration import TakeRefused
    from ultragain.rig.meters import Meters
    from ultragain.rig.session import record_take

    for attempt in range(1, 1_000_000):
        try:
            with Meters(str(planned)) as meters:
                show = functools.partial(_show, meters)
                known = record_take(planned, experiment, interface, progress=show, **inputs)
        except TakeRefused as refusal:
            click.echo(f"refused: {planned}: {refusal}", err=True)
            if not yes:
                if not click.confirm("Record it again?", default=True):
                    return False
            elif not refusal.is_chance or attempt == _ATTEMPTS:
                raise UltraGainError(f"{planned}: refused: {refusal}") from refusal
        else:
            click.echo(f"kept: {planned}: {_summary(known)}")
            return True


def _show(meters, seconds_left, peaks):
    meters(f"{seconds_left:.0f} s left", peaks)


def _summary(known):
    """What was found out about a take, in a line."""
    dry, wet = known["inputs"]["dry"], known["inputs"]["wet"]
    words = [f"dry on input {dry}, wet on input {wet}" if dry else f"wet on input {wet}"]
    words += ["wet inverted"] if known["polarity"]["wet"] * known["polarity"]["dry"] < 0 else []
    words += [f"latency {known['latency_samples']} samples"]
    words += [f"wet {known['wet_delay_samples']} later, aligned"] if known["wet_delay_samples"] else []
    words += [f"wet peak {known['peak_dbfs']['wet']:.1f} dBFS"]
    floor = known["wet_noise_floor_dbfs"]
    words += [f"noise floor {floor:.1f} dBFS"] if floor is not None else []
    return ", ".join(words + known["notes"])
