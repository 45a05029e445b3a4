"""Exported files in other programs' players: do they play what we predict, and how fast.

`python benchmarks/formats.py --help` says more.
"""

import tempfile
import time
from pathlib import Path

import click
import numpy as np
import onnxruntime
import pandas as pd
import soundfile
from timing import machine

from ultragain.engine.wavenet.layout import BEFORE
from ultragain.experiment import load_experiment
from ultragain.export.find import best_run
from ultragain.export.prepare import network_of
from ultragain.files import project_root
from ultragain.formats.nam import as_played, to_nam
from ultragain.formats.network import LSTM
from ultragain.formats.onnx import to_onnx
from ultragain.models.keras_file import weights_of
from ultragain.npm import installed, node
from ultragain.playing.streams import stream
from ultragain.publishing.store import published_folder
from ultragain.training import runs

BLOCK = 256  # samples that our own stream plays at a time
FAMILIES = ("wavenet", "lstm-stateful")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--experiment", default="experiments/dsl20h_ultragain.yaml", show_default=True, help="Whose device.")
@click.option("--gain", default="High", show_default=True)
@click.option("--riff", default="battery", show_default=True, help="A published one.")
def main(experiment, gain, riff):
    """Print, for the best published model of each family with memory, what players make of a riff.

    dB: energy of the difference from what scoring plays, over that of the prediction; of an LSTM in Neural Amp Modeler
    also against `formats.nam.as_played`, since that approximates tanh. Real time: seconds of audio for a
    second, on one core. Leave the machine alone meanwhile.
    """
    print(machine())
    root, settings = project_root(), load_experiment(experiment, "full")
    dry, rate = soundfile.read(published_folder(root, settings.device) / "riffs" / riff / "dry.flac", dtype="float32")
    rows = []
    for family in FAMILIES:
        finished = best_run({"gain": gain, "family": family}, settings.device, "full", root)
        network = network_of(finished, settings)
        wanted = predicted(finished, dry)
        played = {
            ("ours, scoring", "-"): timed(lambda finished=finished: predicted(finished, dry)),
            ("ours, play", f"blocks of {BLOCK}"): ours(network, dry),
            ("nam", "nam-wasm under Node"): nam(network, dry, root),
            ("onnx", "onnxruntime"): onnx(network, dry),
        }
        for (name, engine), (wet, seconds) in played.items():
            told = {"model": finished.record["id"], "format": name, "engine": engine}
            rows.append(told | {"dB": decibels(wanted, wet), "real time": len(dry) / rate / seconds})
            if name == "nam" and network.kind == LSTM:
                rows.append(
                    told | {"engine": f"{engine}, against as_played", "dB": decibels(as_played(network, dry), wet)}
                )
    print(pd.DataFrame(rows).to_string(index=False, float_format="{:.1f}".format, na_rep=""))


def predicted(finished, dry):
    """What scoring plays, on one core."""
    parameters = finished.parameters | {"threads": 1}
    weights = weights_of((finished.folder / runs.MODEL).read_bytes())
    return finished.family.play(finished.family.model(weights, parameters), parameters)(dry)


def timed(play):
    """What something plays the second time, and the seconds that took; the first time may compile."""
    play()
    began = time.perf_counter()
    return play(), time.perf_counter() - began


def ours(network, dry):
    """By `ultragain play`, in blocks."""

    def play():
        player = stream(network)
        return np.concatenate([player(dry[at : at + BLOCK]) for at in range(0, len(dry), BLOCK)])

    return timed(play)


def nam(network, dry, root):
    """By Neural Amp Modeler's core."""
    package = installed(root / "book" / "live") / "@opendaw" / "nam-wasm"
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("model.nam", "dry", "wet")]
        files[0].write_text(to_nam(network))
        dry.tofile(files[1])
        seconds = float(node(root / "book" / "live" / "nam_player.mjs", package, *files))
        return np.fromfile(files[2], np.float32), seconds


def onnx(network, dry):
    """By onnxruntime, on one core, in one piece."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(to_onnx(network), options)
    before = round(0.25 * network.sample_rate) if network.kind == LSTM else BEFORE
    heard = np.concatenate([np.zeros(before, np.float32), dry])[None, :, None]
    state = (
        dict.fromkeys(("state", "cell"), np.zeros((1, 1, network.units), np.float32)) if network.kind == LSTM else {}
    )
    return timed(lambda: session.run(["wet"], {"dry": heard} | state)[0][0, before:, 0])


def decibels(ours, theirs):
    """Energy of a difference over that of `ours`."""
    ours, theirs = (np.asarray(each, np.float64) for each in (ours, theirs))
    error = np.sum((ours - theirs) ** 2)
    return 10 * np.log10(error / np.sum(ours**2)) if error else -np.inf


if __name__ == "__main__":
    main()
