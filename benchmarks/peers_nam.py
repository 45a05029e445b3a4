"""Train Neural Amp Modeler's network with its own trainer, on our recordings and for as long as our models.

`python benchmarks/peers_nam.py --help` says more.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import click
import numpy as np
from timing import machine, processor_model

from ultragain import metrics
from ultragain.errors import UltraGainError
from ultragain.evaluation import aliasing
from ultragain.experiment import load_experiment
from ultragain.files import file_digest, project_root, whole_file, write_json
from ultragain.models.memory.audio import LEAST_VALIDATION
from ultragain.recording.load import Recordings

PEERS = "data/peers"
HERE = Path(__file__).parent
REQUIREMENTS, TRAINING = HERE / "peers-requirements.txt", HERE / "peers_nam_training.py"
HEARD = 6346  # samples before each one that the network hears: the run-in of what validates
TONE = "the tone"
IDLE = 0.75  # of the threads, busy on average: below that others were at work, and the budget was not the peer's


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--experiment", default="experiments/dsl20h_wavenet.yaml", show_default=True, help="Below the project's folder."
)
@click.option("--profile", default="full", show_default=True, help="How much is trained on.")
@click.option("--recordings", help="Folder of a real device's recordings, in place of the experiment's.")
@click.option(
    "--run",
    "wanted",
    multiple=True,
    metavar="GAIN:MINUTES",
    help="Train this; may be repeated. By default every gain for 10 minutes, and the highest for 5 and 30, too.",
)
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True, help="Cores it is trained on.")
@click.option("--seed", type=click.IntRange(min=0), default=25, show_default=True)
def main(experiment, profile, recordings, wanted, threads, seed):
    """Train the peer within budgets of minutes, and score what it plays of the whole test riffs.

    The peer is Neural Amp Modeler 0.13.0: the 8-channel network of its "A2" with its own data set, loss, optimizer,
    schedule and segments. Its trainer packs a second network of 3 channels into the same training, which
    would take a third of the time: it is left out. The budget counts training alone: 20 times in it the network is
    validated, and the weights of the lowest validation ESR are scored. It learns from what this project's models with
    memory learn from: all of each take but its end, which validates, by the experiment's validation_share. Speed of
    playing is that of PyTorch on one core, whole riffs at a time: NAM's own player is another program.

    Everything is kept in data/peers: an environment of its own, made once, and a JSON file for each run. What is there
    is not trained again, unless the recordings are others by now. Leave the machine alone meanwhile: the budget is
    wall time. `benchmarks/peers.py` shows the results beside ours.

    \b
    python benchmarks/peers_nam.py                     75 minutes
    python benchmarks/peers_nam.py --run High:10
    """
    root = project_root()
    settings = load_experiment(root / experiment, profile)
    if recordings:
        settings = settings.with_recordings(recordings)
    runs = [_wanted(each, settings) for each in wanted] or _usual(settings)
    loaded = Recordings(settings, root)
    print(machine())
    for gain, minutes in runs:
        path = result_file(root, settings, gain, minutes, seed, threads)
        if path.is_file() and json.loads(path.read_text())["recordings_samples"] == loaded[gain].samples:
            print(f"gain {gain}, {minutes:g} min: is there")
            continue
        print(f"gain {gain}, {minutes:g} min", flush=True)
        result = train(environment(root), loaded[gain], settings, minutes, threads, seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"device": settings.device.description, "gain": gain} | result)
        print(f"  riffs: mean ESR {result['esr_mean']:.2%}, median {result['esr_median']:.2%}")
        if result["busy"] < IDLE * threads:
            print(f"  only {result['busy']:.2f} cores were at work on it: remove {path.name} and repeat it when idle")


def results_folder(root, experiment):
    """Where the results of an experiment's device and profile are."""
    device = experiment.device
    return Path(root) / PEERS / "nam" / device.name / device.version / experiment.profile


def result_file(root, experiment, gain, minutes, seed, threads):
    """JSON file of one run."""
    return results_folder(root, experiment) / f"{gain}-m{minutes:g}-s{seed}-t{threads}.json"


def environment(root):
    """Python of the peer's own environment, which is made if it is not there or the requirements changed."""
    folder = Path(root) / PEERS / "environment"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    marker, wanted = folder / ".installed", file_digest(REQUIREMENTS)
    if not (marker.is_file() and marker.read_text() == wanted):
        print(f"installing {REQUIREMENTS.name} into {folder}: some minutes, 2 GB", flush=True)
        venv.create(folder, with_pip=True, clear=True, symlinks=os.name != "nt")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=True)
        with whole_file(marker) as temporary:
            temporary.write_text(wanted)
    return python


def train(python, recordings, experiment, minutes, threads, seed):
    """One training in the peer's environment.

    Parameters
    ----------
    python : Path
        Of the peer's environment.
    recordings : GainRecordings
    experiment : Experiment
    minutes : float
        Of training.
    threads, seed : int

    Returns
    -------
    dict
        Settings, scores as ratios, and what the training says of itself (`peers_nam_training.py`).
    """
    rate = experiment.sample_rate
    training, pieces = split(recordings, experiment.training.validation_share, rate)
    audio = {f"train-{i}": pair for i, pair in enumerate(training)}
    audio |= {f"validation-{i}": pair for i, (pair, _) in enumerate(pieces)}
    audio |= {f"riff-{riff}": dry for riff, (dry, _) in recordings.riffs.items()}
    audio[TONE] = aliasing.tone(rate)
    task = {
        "minutes": minutes,
        "threads": threads,
        "seed": seed,
        "sample_rate": rate,
        "run_in": [run_in for _, run_in in pieces],
        "played": [*(f"riff-{riff}" for riff in recordings.riffs), TONE],
    }
    # settings of this process's own libraries are not the peer's
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with tempfile.TemporaryDirectory() as folder:
        write_json(Path(folder) / "task.json", task)
        np.savez(Path(folder) / "audio.npz", **{name: np.asarray(each, np.float32) for name, each in audio.items()})
        subprocess.run(
            [python, TRAINING, folder],
            check=True,
            env=own | {"OMP_NUM_THREADS": f"{threads}", "CUDA_VISIBLE_DEVICES": ""},
        )
        result = json.loads((Path(folder) / "result.json").read_text())
        played = dict(np.load(Path(folder) / "played.npz"))
    esr = {riff: metrics.esr(wet, played[f"riff-{riff}"]) for riff, (_, wet) in recordings.riffs.items()}
    return {
        "model": "Neural Amp Modeler 0.13.0, A2 of 8 channels",
        "minutes": minutes,
        "seed": seed,
        "threads": threads,
        "profile": experiment.profile,
        "esr": esr,
        "esr_mean": float(np.mean(list(esr.values()))),
        "esr_median": float(np.median(list(esr.values()))),
        "aliasing": aliasing.ratio_of(played[TONE], rate),
        "recordings_samples": recordings.samples,
        "processor": processor_model(),
    } | result


def split(recordings, validation_share, sample_rate):
    """Training takes, and pieces of validation with the samples of their run-in.

    Parameters
    ----------
    recordings : GainRecordings
    validation_share : float
        Of each take.
    sample_rate : int
        In Hz.

    Returns
    -------
    training : list of np.ndarray, shape (2, n_samples)
        Dry and wet of each take.
    validation : list of (np.ndarray of shape (2, n_samples), int)
        Takes of a Val folder; without one, the end of each take, after samples that only prepare the network.

    Raises
    ------
    UltraGainError
        If no take is long enough to be divided.
    """
    takes = [np.stack(pair) for pair in recordings.train]
    if recordings.validation:
        return takes, [(np.stack(pair), 0) for pair in recordings.validation]
    training, validation, least = [], [], round(LEAST_VALIDATION * sample_rate)
    for take in takes:
        cut = samples = take.shape[1]
        if samples >= 2 * least:
            cut = samples - max(least, round(validation_share * samples))
            run_in = min(HEARD, cut)
            validation.append((take[:, cut - run_in :], run_in))
        training.append(take[:, :cut])
    if not validation:
        raise UltraGainError(f"no training take is {2 * LEAST_VALIDATION} s long: record longer ones")
    return training, validation


def _wanted(text, experiment):
    gain, _, minutes = text.rpartition(":")
    try:
        minutes = float(minutes)
    except ValueError:
        minutes = 0.0
    if gain not in experiment.gain_labels or not 0 < minutes < np.inf:
        raise click.BadParameter(f"{text}: name a gain ({', '.join(experiment.gain_labels)}) and minutes: High:10")
    return gain, minutes


def _usual(experiment):
    *others, highest = experiment.rising_gains
    return [(highest, 10.0), *((gain, 10.0) for gain in others), (highest, 5.0), (highest, 30.0)]


if __name__ == "__main__":
    try:
        main()
    except UltraGainError as error:
        sys.exit(f"{error}")
