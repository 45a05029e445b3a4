"""The command line, playing: a file, or a guitar, through a trained model."""

import contextlib
import gc
import sys
import threading
import time
from pathlib import Path

import click
from tqdm import tqdm

from ultragain.errors import UltraGainError
from ultragain.files import printable, project_root

LOOK_EVERY = 0.1  # s, between two looks at the levels


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("source", metavar="[IN]", required=False, type=click.Path(path_type=Path))
@click.argument("target", metavar="[OUT]", required=False, type=click.Path(path_type=Path))
@click.option("--knob", type=float, help="Position of the gain knob, 0 to 10, for a model of all of it.")
@click.option("--overwrite", is_flag=True, help="Replace a file OUT that is there.")
@click.option("--live", is_flag=True, help="Play what comes in through an audio interface.")
@click.option("--interface", metavar="NAME", help="With --live: number of the interface in `ultragain devices`, or a "
              "part of its name.")  # fmt: skip
@click.option("--input-device", metavar="NAME", help="The device that records, where --interface does not name it.")
@click.option("--output-device", metavar="NAME", help="The device that plays, where --interface does not name it.")
@click.option(
    "--input", "guitar", type=click.IntRange(min=1), default=1, show_default=True, help="Input of the guitar."
)
@click.option("--output", type=click.IntRange(min=1), default=1, show_default=True, help="Output that plays.")
@click.option("--block", type=click.IntRange(16, 8192), default=128, show_default=True, help="Samples at a time: fewer "
              "are heard sooner, and more may get lost.")  # fmt: skip
@click.option("--trim", type=float, default=0.0, show_default=True, help="Make the guitar louder before the model, in "
              "dB.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after this time; at q or Ctrl-C if "
              "not given.")  # fmt: skip
def play(run, source, target, knob, overwrite, live, seconds, **live_options):
    """Play a file IN, or with --live a guitar, through the model of a finished RUN.

    IN may be WAV or FLAC at any rate, mono or stereo, and OUT has the same rate and channels. RUN is a run's id in
    data/runs or data/published, or its folder.

    While a guitar is played, b switches the model off and on, and q ends. How long the way from input to output is,
    how busy a core is, and how many blocks were lost is told at the end, and meters show the levels meanwhile. The
    interface has to run at the rate that the model was trained at.

    \b
    ultragain play wavenet-High-m10-s25-c4eff506 di.wav amp.wav
    ultragain play wavenet-High-m10-s25-c4eff506 --live --interface Scarlett --block 64
    """
    from ultragain.export.find import find_run
    from ultragain.export.prepare import experiment_of, network_of
    from ultragain.grid import is_windowed
    from ultragain.playing.offline import play_file
    from ultragain.playing.streams import stream

    if live == bool(source or target) or (not live and not target):
        raise UltraGainError("play: give files IN and OUT, or --live; `ultragain play --help` has examples")
    root = project_root()
    finished = find_run(run, root)
    if is_windowed(finished.family):
        raise UltraGainError(
            f"{finished.record['id']}: computes a whole window for every sample, and takes longer than the music "
            "lasts: play a model with memory; what windowed models make of the test riffs is in the runs' folders"
        )
    network = network_of(finished, experiment_of(finished, root), knob)
    if live:
        _play_live(network, seconds, **live_options)
        return
    if target.exists() and not overwrite:
        raise UltraGainError(f"{printable(target)}: is there already; choose another OUT, or --overwrite")
    bar = _bar(f"{network.about.name}")
    peak = play_file(source, target, lambda: stream(network), network.sample_rate, bar)
    click.echo(f"{printable(target)}: {network.about.name}, peak {_decibels(peak)}")


def _bar(what):
    """A progress bar for pieces of audio."""
    return lambda pieces: tqdm(pieces, desc=what, unit="piece", leave=False)


def _play_live(network, seconds, interface, input_device, output_device, guitar, output, block, trim):
    from ultragain.playing.live import Live
    from ultragain.playing.streams import stream
    from ultragain.rig.interface import Interface
    from ultragain.rig.meters import Meters

    chosen = Interface(interface, network.sample_rate, output, input_device, output_device)
    if guitar > chosen.recorder.inputs:
        raise UltraGainError(f"{chosen.recorder}: has no input {guitar}, only {chosen.recorder.inputs}")
    effect = stream(network)
    effect(_silence(block))  # compiled before the music begins
    session, rate = Live(effect, guitar, trim), network.sample_rate
    click.echo(f"{network.about.name}, through {chosen}: b switches the model off and on, q ends")
    ended = threading.Event()
    gc.disable()  # a collection in the middle of a block would be heard
    with contextlib.suppress(KeyboardInterrupt), Meters("live", ("guitar", "played")) as meters:
        with chosen.open(session.callback, block) as opened, _keys(session, ended):
            until = time.monotonic() + (seconds or float("inf"))
            while not ended.wait(LOOK_EVERY) and time.monotonic() < until:
                if not opened.active:
                    raise UltraGainError(f"{chosen}: stopped: is it connected, and its driver running?")
                meters(_standing(session, rate), session.look())
    click.echo(_summary(session, rate, block))


def _silence(samples):
    import numpy as np

    return np.zeros(samples, np.float32)


def _standing(session, rate):
    state = "off" if session.bypass else "on"
    return f"model {state}, {100 * session.share(rate):.0f} % of a core, {session.underruns} blocks lost"


def _summary(session, rate, block):
    latency = session.latency
    told = f"{1000 * latency:.1f} ms from input to output" if latency else "the interface does not tell its latency"
    return (
        f"{session.samples / rate:.1f} s played in blocks of {block} samples ({1000 * block / rate:.1f} ms), {told}; "
        f"{100 * session.share(rate):.0f} % of a core, the slowest block {1000 * session.longest:.1f} ms; "
        f"{session.underruns} blocks lost"
    )


@contextlib.contextmanager
def _keys(session, ended):
    """Listen to the keyboard, where there is one."""

    def listen():
        while not ended.is_set():
            try:
                key = click.getchar()
            except (EOFError, KeyboardInterrupt):
                key = "q"
            if key == "b":
                session.bypass = not session.bypass
            elif key in ("q", "\x03", "\x04"):
                ended.set()

    if sys.stdin.isatty():
        threading.Thread(target=listen, daemon=True).start()
    yield


def _decibels(peak):
    from ultragain.audio import peak_dbfs

    return f"{peak_dbfs(peak):.1f} dBFS"
