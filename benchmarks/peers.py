"""Set this project's models beside their peers: accuracy for the time taken, speed of playing, aliasing.

`python benchmarks/peers.py --help` says more.
"""

import json
import math
import sys

import click
import numpy as np
import pandas as pd
from peers_nam import results_folder
from timing import machine, speeds
from tqdm import tqdm

from ultragain import metrics
from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.errors import UltraGainError
from ultragain.evaluation import aliasing
from ultragain.evaluation.results import find_results, load_replicates
from ultragain.experiment import load_experiment
from ultragain.files import project_root
from ultragain.grid import is_windowed, model_name
from ultragain.models.keras_file import weights_of
from ultragain.publishing.store import load_published, load_published_replicates
from ultragain.recording.virtual import play
from ultragain.training import runs

TABLE = "data/reference/peers.csv"
EXPERIMENTS = tuple(
    f"experiments/dsl20h_{name}.yaml" for name in ("ultragain", "stateful", "wavenet", "gain_knob", "gain_concatenated")
)
PLAYED_SECONDS = 2.0  # of a riff, at most, to measure the speed of playing
REPEATS = 3
NAM = "Neural Amp Modeler"
ORDER = [
    "device",
    "gain",
    "model",
    "minutes",
    "seed",
    "steps",
    "parameters",
    "esr_mean",
    "esr_median",
    "esr_worst",
    "seconds",
    "playing_speed",
    "aliasing_db",
    "processor",
]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--experiment",
    "experiments",
    multiple=True,
    default=EXPERIMENTS,
    show_default=True,
    help="Below the project's folder; may be repeated. All must be about one device.",
)
@click.option("--profile", default="full", show_default=True, help="At which the models were trained.")
@click.option("--recordings", help="Folder of a real device's recordings, in place of the experiments'.")
@click.option("--gain", "gains", multiple=True, help="Only this gain; may be repeated.")
@click.option("--write", is_flag=True, help=f"Write the table to {TABLE}.")
def main(experiments, profile, recordings, gains, write):
    """Print every finished model with memory, the best windowed model at each gain, Neural Amp Modeler, and the device.

    Runs are those in data/runs and data/published; Neural Amp Modeler's are what `benchmarks/peers_nam.py` left. ESR
    is of the whole test riffs: mean, median and worst riff. The device's own is that of its second recording of the
    same playing, with other noise: no model can be better. Seconds are wall time of training. Speed of playing is
    seconds of audio for a processor second, on one core, measured now; the virtual device's is that of its
    simulation. Aliasing (see `ultragain.evaluation.aliasing`) is that of a sine of 1318.5 Hz at -12 dBFS; a real device
    cannot be asked here.

    \b
    python benchmarks/peers.py
    python benchmarks/peers.py --gain High --write
    python benchmarks/peers.py --experiment experiments/real_wavenet.yaml --recordings ~/recordings/MyAmp/Lead
    """
    print(machine())
    root = project_root()
    settings = [load_experiment(root / path, profile) for path in experiments]
    if recordings:
        settings = [each.with_recordings(recordings) for each in settings]
    if len({(each.device.name, each.device.version) for each in settings}) > 1:
        raise UltraGainError("--experiment: the experiments are about several devices: give those of one")
    first = settings[0]
    unknown = set(gains) - set(first.gain_labels)
    if unknown:
        raise UltraGainError(f"--gain {min(unknown)}: not in the experiment; it has {', '.join(first.gain_labels)}")
    gains = [gain for gain in first.rising_gains if not gains or gain in gains]
    found = [results for each in settings for results in all_results(each, root)]
    loaded = found[0].recordings if found else None
    if loaded is None:
        raise UltraGainError(f"no finished runs at profile {profile}: run `ultragain sweep` first")
    rows = [row for gain in gains for row in device_rows(first, loaded[gain], gain)]
    rows += [row for gain in gains for row in nam_rows(root, first, loaded[gain], gain)]
    rows += our_rows(found, loaded, gains)
    table = pd.DataFrame(rows).assign(device=first.device.description)
    table["gain"] = pd.Categorical(table["gain"], gains, ordered=True)
    table = table.sort_values(["gain", "minutes", "esr_mean"], na_position="first", kind="stable").reset_index(
        drop=True
    )
    show(table)
    if write:
        table[ORDER].round(8).to_csv(root / TABLE, index=False)


def all_results(experiment, root):
    """Results of all finished runs, replicates included, wherever they are kept."""
    found = [find_results(experiment, root), *load_replicates(experiment, root).values()]
    found += [load_published(experiment, root), *load_published_replicates(experiment, root).values()]
    return [results for results in found if results is not None]


def our_rows(found, loaded, gains):
    """A row for each model with memory at each of its gains, and for the best windowed one at each gain."""
    chosen, best = {}, {}
    for results in found:
        for (run, gain), esr in results.scores.groupby(["run", "gain"], sort=False)["esr"]:
            if gain not in gains:
                continue
            if not is_windowed(results.runs[run].family):
                chosen[run, gain] = results, esr
            elif gain not in best or esr.mean() < best[gain][2].mean():
                best[gain] = run, results, esr
    chosen |= {(run, gain): (results, esr) for gain, (run, results, esr) in best.items()}
    bar = tqdm(chosen.items(), desc="playing", leave=False)
    return [our_row(results, run, gain, esr, loaded[gain]) for (run, gain), (results, esr) in bar]


def our_row(results, run, gain, esr, recordings):
    """What the table says of one of our models at one gain."""
    model, record, parameters = results.models.loc[run], results.records[run], results.runs[run].parameters
    family, rate = results.runs[run].family, parameters["sample_rate"]
    shown = model_name({name: parameters[name] for name in family.dimensions}, without=("gain", "minutes"))
    if is_windowed(family):
        steps = model["epochs_trained"] * math.ceil(record["windows"]["training"] / parameters["batch_size"])
    else:
        steps = model["steps"]
    weights = weights_of((results.folders[run] / runs.MODEL).read_bytes())
    alone = parameters | {"gain": gain} | ({"threads": 1} if "threads" in parameters else {})
    effect = family.play(family.model(weights, alone), alone)
    return {
        "gain": gain,
        "model": ", ".join(filter(None, [family.noun, shown])),
        "minutes": parameters.get("minutes", np.nan),
        "seed": parameters["seed"],
        "steps": steps,
        "parameters": family.weights(parameters),
        **errors(esr),
        "seconds": model["training_seconds"],
        "playing_speed": playing_speed(effect, recordings, rate),
        "aliasing_db": decibels(aliasing.aliasing_to_signal(effect, rate)),
        "processor": record["versions"]["processor"],
    }


def nam_rows(root, experiment, recordings, gain):
    """A row for each result of `peers_nam.py` on the recordings that are here."""
    rows, others = [], 0
    for path in sorted(results_folder(root, experiment).glob("*.json")):
        result = json.loads(path.read_text())
        if result["gain"] != gain:
            continue
        if result["recordings_samples"] != recordings.samples:
            others += 1
            continue
        rows.append(
            {name: result[name] for name in ("gain", "minutes", "seed", "steps", "parameters", "playing_speed")}
            | {
                "model": NAM,
                **errors(list(result["esr"].values())),
                "seconds": result["training_seconds"],
                "aliasing_db": decibels(result["aliasing"]),
                "processor": result["processor"].rpartition(", ")[2],
            }
        )
    if others:
        print(f"gain {gain}: {others} of {NAM}'s results are of other recordings, and left out")
    return rows


def device_rows(experiment, recordings, gain):
    """The device's second recording against its first and, of a virtual one, what it does to a sine."""
    again = [metrics.esr(recordings.riffs[riff][1], wet) for riff, (_, wet) in recordings.replicates.items()]
    row = {"gain": gain, "model": "the device itself"} | (errors(again) if again else {})
    if experiment.is_virtual:
        device, rate = experiment.device, experiment.sample_rate
        netlist = build(device.circuit, device.gains[gain], device.controls)
        full_scale = CIRCUITS[device.circuit].full_scale_volts

        def effect(dry):  # without noise, which would count as aliasing
            return play(dry, rate, netlist, device.input_volts, full_scale)

        row["playing_speed"] = playing_speed(effect, recordings, rate)
        row["aliasing_db"] = decibels(aliasing.aliasing_to_signal(effect, rate))
    return [row] if len(row) > 2 else []


def errors(esr):
    """Columns of the ESR of riffs."""
    return {"esr_mean": np.mean(esr), "esr_median": np.median(esr), "esr_worst": np.max(esr)}


def playing_speed(effect, recordings, rate):
    """Seconds of audio for a processor second: the median of some repeats, after one that compiles."""
    dry = next(iter(recordings.riffs.values()))[0][: round(PLAYED_SECONDS * rate)]
    effect(dry[: rate // 2])
    return speeds(lambda: effect(dry), len(dry) / rate, REPEATS)["s/s"]


def decibels(ratio):
    """A power ratio in dB; minus infinity for none."""
    return 10 * math.log10(ratio) if ratio > 0 else -math.inf


def show(table):
    """Print the table by gain, and how many times Neural Amp Modeler's mean ESR is that of each model."""
    for gain, rows in table.groupby("gain", observed=True):
        shown = pd.DataFrame(
            {
                "model": rows["model"],
                "minutes": rows["minutes"],
                "seed": rows["seed"].astype("Int64"),
                "steps": rows["steps"].astype("Int64"),
                "parameters": rows["parameters"].astype("Int64"),
                "mean ESR %": 100 * rows["esr_mean"],
                "median %": 100 * rows["esr_median"],
                "worst riff %": 100 * rows["esr_worst"],
                "s taken": rows["seconds"].round(),
                "s/s, one core": rows["playing_speed"].round(2),
                "ASR dB": rows["aliasing_db"].round(1),
            }
        )
        print(f"\n{rows['device'].iloc[0]}, gain {gain}")
        print(shown.to_string(index=False, float_format="{:.4g}".format, na_rep=""))
        peers = rows[rows["model"] == NAM].groupby("minutes")["esr_mean"].mean()
        for minutes, peer in peers.items():
            ours = rows[(rows["minutes"] == minutes) & (rows["model"] != NAM)].groupby("model")["esr_mean"].mean()
            for model, esr in ours.items():
                print(f"{minutes:g} min: {NAM} {peer:.2%} : {model} {esr:.2%} = {peer / esr:.2f}")


if __name__ == "__main__":
    try:
        main()
    except UltraGainError as error:
        sys.exit(f"{error}")
