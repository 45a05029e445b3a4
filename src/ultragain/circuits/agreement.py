"""How far the solver is from SPICE, and from itself at smaller steps, as the book shows it.

The figures take minutes to measure and an engine that pip does not install. So
`benchmarks/agreement.py` writes them down, each with the identity of the circuit it belongs to, and
the book reads them.
"""

import re
from pathlib import Path

import pandas as pd

from ultragain.circuits import catalog, spice
from ultragain.files import digest

FILE = Path("data", "reference", "spice-agreement.csv")
RENEW = "python benchmarks/agreement.py --write"

PLUCK, CHORD, LOW_SINE, HIGH_SINE = "220 Hz pluck", "power chord", "220.5 Hz sine", "1244.5 Hz sine"
#: What `quantity` says in the table.
ESR, DIRECT, TO_10_KHZ, TO_16_KHZ = "ESR", "direct voltage", "gain to 10 kHz", "gain to 16 kHz"
#: What `reference` says where the solver is compared with itself at smaller steps.
OURSELVES = "UltraGain"

#: What is asked of the solver at a multiple of 44.1 kHz, in the table's units. What is not here is
#: only reported: a loud high note needs more than eightfold oversampling.
AT_MOST = pd.DataFrame(
    [
        (ESR, PLUCK, 8, -75.0),
        (ESR, CHORD, 8, -70.0),
        (ESR, PLUCK, 64, -75.0),
        (ESR, CHORD, 64, -75.0),
        (ESR, LOW_SINE, 64, -75.0),
        (DIRECT, "silence", None, 1.0),
        (TO_10_KHZ, "30 quiet tones", 8, 0.1),
        (TO_16_KHZ, "30 quiet tones", 8, 0.2),
    ],
    columns=["quantity", "signal", "oversampling", "at_most"],
)


def settings():
    """The circuits that are compared, dict of (name, knob position) to Netlist."""
    return {(name, knob): catalog.build(name, knob, {}) for name in catalog.CIRCUITS for knob in catalog.GAINS.values()}


def identity(netlist):
    """What a measurement depends on here: the circuit's parts and the solver's version, 16 hex digits."""
    # Mathematical libraries differ in the last digit of a power, and a potentiometer's taper is one.
    parts = re.sub(r"\d+\.\d+(e[-+]\d+)?", lambda number: f"{float(number[0]):.9g}", repr(netlist))
    return digest([parts, catalog.VERSION])[:16]


def measurements(root):
    """Everything that was measured.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    pd.DataFrame
        circuit, knob, identity
            What was simulated: `identity` of the circuit with this knob setting.
        quantity, value, unit
            ESR over a signal, brought down to 44.1 kHz first; the largest difference of a direct
            voltage over all nodes; the largest difference in gain from 20 Hz to 10 or 16 kHz.
        signal, input, seconds
            Its name, its sources as SPICE writes them, and how much of it was simulated.
        oversampling
            Our steps in a period of 44.1 kHz; NaN where there are no steps.
        reference, reference_version, reference_longest_step
            The engine of `spice.ENGINES`, or `OURSELVES`; and the longest step it was allowed.
    """
    return pd.read_csv(Path(root) / FILE)


def stale(measured):
    """Circuits in a table of `measurements` that are not what the code simulates now, list of str."""
    recorded = measured.groupby(["circuit", "knob"])["identity"].unique()
    now = {setting: [identity(netlist)] for setting, netlist in settings().items()}
    return [_setting(*key) for key in sorted({*now, *recorded.index}) if list(recorded.get(key, [])) != now.get(key)]


def judged(measured):
    """The measurements against SPICE of which something is asked.

    Parameters
    ----------
    measured : pd.DataFrame
        As from `measurements`.

    Returns
    -------
    pd.DataFrame
        Its rows, with a column `at_most`.
    """
    return measured[measured["reference"].isin(spice.ENGINES)].merge(
        AT_MOST.astype({"oversampling": measured["oversampling"].dtype}), on=["quantity", "signal", "oversampling"]
    )


def against_spice(measured, oversampling):
    """ESR against both engines.

    Parameters
    ----------
    measured : pd.DataFrame
        As from `measurements`.
    oversampling : int
        8 against steps as long as ours, 64 against steps of half the length.

    Returns
    -------
    pd.DataFrame
        A row a circuit and setting, a column a signal and engine; dB, as text.
    """
    chosen = measured[
        measured["reference"].isin(spice.ENGINES)
        & (measured["quantity"] == ESR)
        & (measured["oversampling"] == oversampling)
    ]
    return _pivot(chosen, chosen["signal"] + ", " + chosen["reference"]).map("{:.1f}".format)


def at_rest(measured):
    """Largest differences of direct voltages and of the gain of a quiet signal.

    Parameters
    ----------
    measured : pd.DataFrame
        As from `measurements`.

    Returns
    -------
    pd.DataFrame
        A row a circuit and setting, a column a quantity and engine; text.
    """
    chosen = measured[measured["quantity"] != ESR]
    heading = chosen["quantity"] + ", " + chosen["reference"] + ", " + chosen["unit"]
    return _pivot(chosen, heading).map("{:.2g}".format)


def aliasing(measured, reference_oversampling=64):
    """What is left of aliasing and of the step's error: ESR against ourselves at smaller steps.

    Parameters
    ----------
    measured : pd.DataFrame
        As from `measurements`.
    reference_oversampling : {64, 32}

    Returns
    -------
    pd.DataFrame
        A row a circuit, setting and signal, a column an oversampling; dB, as text.
    """
    step = longest_step(reference_oversampling)
    chosen = measured[(measured["reference"] == OURSELVES) & (measured["reference_longest_step"] == step)]
    frame = _pivot(chosen, chosen["oversampling"], "signal").rename(columns=lambda times: f"{times:g}x")
    return frame.map("{:.1f}".format)


def longest_step(oversampling):
    """How the table writes a step's length."""
    return f"1/{44_100 * oversampling} s"


def _pivot(measured, headings, *more_rows):
    """Values, a row a setting and a column a heading, all in their order in the file."""
    rows = [_setting(circuit, knob) for circuit, knob in zip(measured["circuit"], measured["knob"], strict=True)]
    frame = measured.assign(setting=rows, heading=headings)
    index = ["setting", *more_rows]
    values = frame.set_index([*index, "heading"])["value"].unstack("heading")
    rows, columns = list(dict.fromkeys(frame.set_index(index).index)), list(dict.fromkeys(headings))
    return values.loc[rows, columns].rename_axis(columns=None)


def _setting(name, knob):
    """What the book calls a circuit with its knob set."""
    if name not in catalog.CIRCUITS:  # the table may be older than the catalog
        return f"{name}, knob {knob:g}"
    circuit = catalog.CIRCUITS[name]
    return f"{circuit.kind}, {circuit.knob} {knob:g}"
