"""How smooth a device's gain knob is: its own recordings at some positions, interpolated to those between them.

`python benchmarks/knob_interpolation.py --help` says more.
"""

import sys

import click
import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from tqdm import tqdm

from ultragain import metrics
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.files import project_root
from ultragain.recording.load import Riffs

TABLE = "data/reference/knob-interpolation.csv"
PART = 1 << 16  # samples that are interpolated at once


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--experiment", default="experiments/dsl20h_gain_knob.yaml", show_default=True)
@click.option("--write", is_flag=True, help=f"Write the table to {TABLE}.")
def main(experiment, write):
    """Print the ESR of interpolated recordings at the positions that models of the knob are not trained at.

    The same dry riff is recorded at every gain, so each wet sample is a function of the knob. It is interpolated
    between the positions of the training by monotone cubics (Fritsch and Carlson 1980), which do not overshoot, and
    compared with what the device plays there. Where this ESR is high, positions say little about those between them.

    \b
    ultragain record experiments/dsl20h_gain_knob.yaml
    python benchmarks/knob_interpolation.py --write
    """
    root, settings = project_root(), load_experiment(experiment)
    held_out = settings.training.held_out or ()
    if not held_out:
        raise UltraGainError(f"{experiment}: holds out no gain")
    riffs, device = Riffs(settings, root), settings.device
    table = pd.DataFrame(
        [
            {"device": device.description, "gain": gain, "riff": riff, "esr": interpolated(riffs, settings, gain, riff)}
            for gain in tqdm(held_out, desc="interpolating", unit="gain", leave=False)
            for riff in settings.test_riffs
        ]
    )
    means = table.groupby(["device", "gain"], sort=False)["esr"].mean().reset_index()
    print(means.to_string(index=False, formatters={"esr": "{:.2%}".format}))
    if write:
        means.round(6).to_csv(root / TABLE, index=False)


def interpolated(riffs, experiment, gain, riff):
    """ESR of a riff at a gain, made of its recordings at the gains of the training."""
    gains = sorted(experiment.trained_gains, key=experiment.device.gains.get)
    positions = [experiment.device.gains[each] for each in gains]
    known = np.stack([riffs[each][riff][1] for each in gains])
    parts = [
        PchipInterpolator(positions, known[:, at : at + PART])(experiment.device.gains[gain])
        for at in range(0, known.shape[1], PART)
    ]
    return metrics.esr(riffs[gain][riff][1], np.concatenate(parts))


if __name__ == "__main__":
    try:
        main()
    except UltraGainError as error:
        sys.exit(f"{error}")
