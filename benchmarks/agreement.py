"""Measure how far the solver is from SPICE, and from itself at smaller steps.

`python benchmarks/agreement.py --help` says more.
"""

import subprocess
from importlib.metadata import version

import click
import numpy as np
import pandas as pd
from scipy.signal import resample_poly
from tqdm import tqdm

from ultragain.circuits import agreement as table
from ultragain.circuits import catalog, solver, spice
from ultragain.files import project_root, whole_file

RATE = 44_100
SECONDS = 0.1
# (peak V, Hz, decay 1/s) of sines played at once.
SIGNALS = {
    table.PLUCK: [(0.2, 220, 8)],
    table.CHORD: [(0.1, 82.41, 6), (0.07, 123.47, 6), (0.07, 164.81, 6)],
    table.LOW_SINE: [(0.5, 220.5, 0)],
    table.HIGH_SINE: [(0.2, 1244.5, 0)],
}
# Ours, and SPICE's: the step that recordings are made with, and one that leaves no error of its own.
AGAINST_SPICE = [(8, 8), (64, 32)]
ALIASING = [table.PLUCK, table.CHORD, table.HIGH_SINE]
# The quiet tones are multiples of 4 Hz: a quarter of a second holds whole periods, the last of three is settled.
TONES_SECONDS, PERIOD_SECONDS = 0.75, 0.25
MULTIPLES, SMALL_STEPS = (1, 2, 4, 8, 16), (32, 64)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--write", is_flag=True, help=f"Replace {table.FILE} by what was measured.")
def main(write):
    """Compare the circuits with ngspice and neospice, and with themselves at smaller steps.

    Prints three tables: ESR of whole signals, simulated with the recording's step (8x) and with one
    eight times as short (64x); the largest differences at rest and of a quiet signal's gain; and how
    ESR falls with oversampling. Differences are brought down to 44.1 kHz first: nothing above 22 kHz
    is heard. Takes some minutes on one core. ngspice: `apt-get install ngspice`; neospice comes with
    `pip install -e .[test]`.

    \b
    python benchmarks/agreement.py            look
    python benchmarks/agreement.py --write    renew the table that the book shows and the tests read
    """
    absent = [engine for engine in spice.ENGINES if not spice.is_installed(engine)]
    if absent:
        raise click.ClickException(f"{' and '.join(absent)} not installed: see --help")
    rows = []
    settings = table.settings()
    parts = len(AGAINST_SPICE) * len(SIGNALS) * len(spice.ENGINES) + 1 + len(ALIASING)
    with tqdm(total=len(settings) * parts) as bar:
        for (circuit, knob), netlist in settings.items():
            bar.set_description(f"{circuit} {knob}")
            about = {"circuit": circuit, "knob": knob, "identity": table.identity(netlist)}
            for row in measure(netlist, bar.update):
                rows.append(about | row)
    measured = pd.DataFrame(rows)
    show(measured)
    if write:
        with whole_file(project_root() / table.FILE) as path:
            measured.to_csv(path, index=False, float_format="%.4g")
        print(f"wrote {table.FILE}")


def measure(netlist, advance):
    """All rows of one circuit; `advance` is called after each part of the work."""
    engines = [
        {"reference": engine, "reference_version": release}
        for engine, release in (("ngspice", ngspice_version()), ("neospice", version("neospice")))
    ]
    for oversampling, theirs in AGAINST_SPICE:
        step = {"reference_longest_step": table.longest_step(theirs)}
        for name, signal in SIGNALS.items():
            ours = simulate(netlist, signal, oversampling)
            for engine in engines:
                value = esr_db(ours, spiced(engine["reference"], netlist, signal, theirs))
                yield esr_row(name, oversampling, value) | engine | step
                advance()
    rest = solver.Simulation(netlist, RATE).operating_point
    for engine in engines:
        volts = spice.operating_point(engine["reference"], netlist)
        yield {
            "quantity": table.DIRECT,
            "signal": "silence",
            "input": "0",
            "value": 1e3 * max(abs(rest[node] - volts[node]) for node in rest),
            "unit": "mV",
        } | engine
    hertz, ours = quiet_gain(netlist)
    for quantity, highest in ((table.TO_10_KHZ, 10_000), (table.TO_16_KHZ, 16_000)):
        for engine in engines:
            ratio = ours / spice.small_signal(engine["reference"], netlist, hertz)
            yield {
                "quantity": quantity,
                "signal": "30 quiet tones",
                "input": "1 uV each",
                "seconds": TONES_SECONDS,
                "oversampling": 8,
                "value": np.abs(20 * np.log10(np.abs(ratio)))[hertz <= highest].max(),
                "unit": "dB",
            } | engine
    advance()
    ourselves = {"reference": table.OURSELVES, "reference_version": str(catalog.VERSION)}
    for name in ALIASING:
        runs = {multiple: simulate(netlist, SIGNALS[name], multiple) for multiple in (*MULTIPLES, *SMALL_STEPS)}
        for small in SMALL_STEPS:
            step = {"reference_longest_step": table.longest_step(small)}
            for multiple in MULTIPLES:
                yield esr_row(name, multiple, esr_db(runs[multiple], runs[small])) | ourselves | step
        advance()


def esr_row(name, oversampling, value):
    sources = " + ".join(spice_sources(SIGNALS[name]))
    return {
        "quantity": table.ESR,
        "signal": name,
        "input": sources,
        "seconds": SECONDS,
        "oversampling": oversampling,
        "value": value,
        "unit": "dB",
    }


def spice_sources(signal):
    return [f"SIN(0 {volts} {hertz} 0 {decay})" for volts, hertz, decay in signal]


def simulate(netlist, signal, oversampling):
    """Ours, at 44.1 kHz. The input is computed at the simulation's own rate: no converter's error enters."""
    time = np.arange(round(SECONDS * RATE * oversampling)) / (RATE * oversampling)
    played = sum(volts * np.sin(2 * np.pi * hertz * time) * np.exp(-decay * time) for volts, hertz, decay in signal)
    return resample_poly(solver.Simulation(netlist, RATE * oversampling).run(played), 1, oversampling)


def spiced(engine, netlist, signal, oversampling):
    """Theirs, at 44.1 kHz."""
    volts = spice.transient(engine, netlist, spice_sources(signal), RATE * oversampling, SECONDS)
    return resample_poly(volts, 1, oversampling)


def esr_db(ours, reference):
    return 10 * np.log10(np.sum((reference - ours) ** 2) / np.sum(reference**2))


def quiet_gain(netlist):
    """Hertz and complex gain of thirty tones played at once, too quiet to distort, through `amplify`."""
    cycles = np.unique(np.round(np.geomspace(20, 16_000, 30) * PERIOD_SECONDS)).astype(int)
    hertz = cycles / PERIOD_SECONDS
    time = np.arange(round(TONES_SECONDS * RATE)) / RATE
    phases = np.random.default_rng(5).uniform(0, 2 * np.pi, len(hertz))
    tones = 1e-6 * np.cos(2 * np.pi * np.outer(time, hertz) + phases).sum(axis=1)
    settled = -round(PERIOD_SECONDS * RATE)
    output = np.fft.rfft(solver.amplify(netlist, tones, RATE)[settled:])
    return hertz, output[cycles] / np.fft.rfft(tones[settled:])[cycles]


def ngspice_version():
    done = subprocess.run(["ngspice", "-v"], capture_output=True, text=True, check=True)
    return done.stdout.split("ngspice-")[1].split()[0]


def show(measured):
    judged = table.judged(measured)
    missed = judged[judged["value"] > judged["at_most"]]
    with pd.option_context("display.width", 250, "display.max_columns", None):
        for ours, theirs in AGAINST_SPICE:
            print(f"\nESR in dB at {ours}x against SPICE, whose steps are at most {table.longest_step(theirs)}")
            print(table.against_spice(measured, ours).to_string())
        print("\nLargest differences at rest, and of the gain of a quiet signal at 8x")
        print(table.at_rest(measured).to_string())
        for small in SMALL_STEPS:
            print(f"\nAliasing and the step's error: ESR in dB against {small}x")
            print(table.aliasing(measured, small).to_string())
        print(f"\n{len(judged) - len(missed)} of {len(judged)} bounds are met")
        if len(missed):
            print(
                missed[
                    ["circuit", "knob", "quantity", "signal", "oversampling", "reference", "value", "at_most"]
                ].to_string()
            )


if __name__ == "__main__":
    main()
