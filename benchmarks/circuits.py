"""Time the circuits, and SPICE on the same netlists.

`python benchmarks/circuits.py --help` says more.
"""

import click
import numpy as np
import pandas as pd
from timing import machine, speeds
from tqdm import tqdm

from ultragain.circuits import spice
from ultragain.circuits.agreement import settings
from ultragain.circuits.solver import amplify
from ultragain.guitar.library import TEST_RIFFS
from ultragain.guitar.strings import render

RATE, OVERSAMPLING = 44_100, 8
RIFF = "battery"
CHORD = [(0.1, 82.41, 6), (0.07, 123.47, 6), (0.07, 164.81, 6)]  # peak V, Hz, decay 1/s
CHORD_SECONDS, SPICE_SECONDS = 2.0, 0.2
# Least seconds of audio a second, and how many times ngspice's speed on the same signal.
GOALS = {"dsl20h": (2, 50), "sd1": (10, 25)}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Measurements of each row.")
def main(repeats):
    """Print how many seconds of audio one core simulates in a second, and what SPICE needs for it.

    Each circuit plays a test riff at 44.1 kHz, eight times oversampled, as recordings are made. SPICE
    cannot be given a riff without being slowed down by its corners, so all engines also play a power
    chord of decaying sines: the column `x ngspice` compares speeds on the chord, and the riff's with
    ngspice's chord. SPICE takes steps of at most ours, 1/352800 s; its start and its output's way
    to us are counted, some hundredths of a second. Times are processor times (`busy`: processors busy
    on average), the median, slowest and fastest of the repeats, after a run that compiles. Takes
    some minutes: leave the machine alone meanwhile.

    \b
    python benchmarks/circuits.py
    python benchmarks/circuits.py --repeats 3
    """
    print(machine())
    riff = render(TEST_RIFFS[RIFF], RATE, np.random.default_rng(25))
    time = np.arange(round(CHORD_SECONDS * RATE)) / RATE
    chord = sum(volts * np.sin(2 * np.pi * hertz * time) * np.exp(-decay * time) for volts, hertz, decay in CHORD)
    engines = [engine for engine in spice.ENGINES if spice.is_installed(engine)]
    rows = []
    with tqdm(total=len(settings()) * (2 + len(engines))) as bar:
        for (circuit, knob), netlist in settings().items():
            bar.set_description(f"{circuit} {knob}")
            amplify(netlist, riff[: RATE // 10], RATE, OVERSAMPLING)
            for signal, volts in ((f"riff, {RIFF}", riff), ("chord", chord)):
                timed = speeds(lambda: amplify(netlist, volts, RATE, OVERSAMPLING), len(volts) / RATE, repeats)
                rows.append({"circuit": circuit, "knob": knob, "engine": "UltraGain", "signal": signal} | timed)
                bar.update()
            for engine in engines:
                deck = spice_deck(netlist)
                timed = speeds(lambda: spice.run(deck, netlist.output, engine), SPICE_SECONDS, repeats)
                rows.append({"circuit": circuit, "knob": knob, "engine": engine, "signal": "chord"} | timed)
                bar.update()
    frame = pd.DataFrame(rows)
    ngspice = frame[frame["engine"] == "ngspice"].set_index(["circuit", "knob"])["s/s"]
    frame["x ngspice"] = [
        row["s/s"] / ngspice.get((row["circuit"], row["knob"]), np.nan) for _, row in frame.iterrows()
    ]
    print(frame.round(3).to_string(index=False))
    for circuit, (least, ratio) in GOALS.items():
        ours = frame[(frame["circuit"] == circuit) & (frame["engine"] == "UltraGain")]
        print(
            f"{circuit}: at least {ours['s/s'].min():.2f} s/s, goal {least}; "
            f"{ours['x ngspice'].min():.0f} times ngspice, goal {ratio}"
        )


def spice_deck(netlist):
    """The chord through the circuit; only the output is kept, which spares the engines time."""
    step = f"{1 / (RATE * OVERSAMPLING):.12g}"
    sources = [f"SIN(0 {volts} {hertz} 0 {decay})" for volts, hertz, decay in CHORD]
    return netlist.to_spice(sources, [f".save v({netlist.output})", f".tran {step} {SPICE_SECONDS} 0 {step}"])


if __name__ == "__main__":
    main()
