"""What circuits do, measured: the numbers behind the recording chapter's figures and tables."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ultragain.circuits import catalog, response, solver
from ultragain.circuits.parts import GROUND, OpAmp, Resistor, Triode
from ultragain.guitar.strings import render

#: Frequencies of a response, Hz.
HERTZ = np.geomspace(20, 20_000, 121)
#: Input levels of a distortion curve, V peak: from a note that dies away to a hard one.
LEVELS = np.geomspace(0.001, 0.5, 10)
#: Where each tone control is turned to.
TONE_POSITIONS = (0, 5, 10)

# A3 on the G string, 220 Hz; only its first part is played.
PLUCK = "tempo 120\npickup bridge humbucker\ntail 0.1\nff 3:2/4"
PLUCK_HERTZ = 220.0
#: What is shown of the pluck: three periods, late enough for the noise of the pick to be gone.
PLUCK_FROM, PLUCK_SECONDS = 0.05, 3 / PLUCK_HERTZ


def settings_of(experiment, circuit):
    """How a virtual device is set where the book shows it.

    Parameters
    ----------
    experiment : Experiment
    circuit : Circuit

    Returns
    -------
    gains : dict of str to float
        By label: the experiment's own if this circuit is its device, `catalog.GAINS` otherwise.
    controls : dict of str to value
        The other controls that are not at their defaults.
    """
    device = experiment.device
    return (device.gains, device.controls) if device.circuit == circuit.name else (catalog.GAINS, {})


def netlists(experiment, circuit):
    """A virtual device at each of its gains, as the book shows it.

    Parameters
    ----------
    experiment : Experiment
    circuit : Circuit

    Returns
    -------
    dict of float to Netlist
        By the gain knob's position, from low to high.
    """
    gains, controls = settings_of(experiment, circuit)
    return {knob: catalog.build(circuit.name, knob, controls) for knob in sorted(set(gains.values()))}


def pluck(sample_rate):
    """One note of the virtual guitar, 220 Hz, hard, from the stroke to a little later.

    Parameters
    ----------
    sample_rate : int
        In Hz.

    Returns
    -------
    np.ndarray, shape (n_samples,)
        V at the input jack: 1.0 in a dry file is 1 V.
    """
    return render(PLUCK, sample_rate, np.random.default_rng(0))[: round((PLUCK_FROM + 2 * PLUCK_SECONDS) * sample_rate)]


def stage_nodes(netlist):
    """Where to listen on the way from input to output.

    Parameters
    ----------
    netlist : Netlist

    Returns
    -------
    dict of str to str
        What it is to the node's name: input, every tube's plate and op-amp's output, output.
    """
    active = {f"{part.name} plate": part.plate for part in netlist.parts if isinstance(part, Triode)}
    active |= {f"{part.name} output": part.output for part in netlist.parts if isinstance(part, OpAmp)}
    return {"input": netlist.input, **active, "output": netlist.output}


def stage_voltages(netlist, sample_rate):
    """What each stage makes of the pluck.

    Parameters
    ----------
    netlist : Netlist
    sample_rate : int
        In Hz.

    Returns
    -------
    dict of str to (np.ndarray of shape (n_samples,), float)
        By stage as in `stage_nodes`: V at the node through `PLUCK_SECONDS`, and at rest.
    """
    played = pluck(sample_rate)
    rest = solver.Simulation(netlist, sample_rate).operating_point
    shown = slice(round(PLUCK_FROM * sample_rate), round((PLUCK_FROM + PLUCK_SECONDS) * sample_rate))
    return {
        stage: (solver.amplify(replace(netlist, output=node), played, sample_rate)[shown], rest[node])
        for stage, node in stage_nodes(netlist).items()
    }


def operating_points(netlist):
    """Where every triode rests with silence at the input.

    Parameters
    ----------
    netlist : Netlist

    Returns
    -------
    pd.DataFrame
        A row a triode: `supply`, `plate`, `cathode` and `grid` in V to ground, where `supply` is
        the far end of the plate's resistor with the highest voltage, and the plate's current `amps`.
    """
    # at rest no current flows through a capacitor, so the sample rate does not matter
    volts = solver.Simulation(netlist, 1.0).operating_point | {GROUND: 0.0}
    resistors = [part for part in netlist.primitives() if isinstance(part, Resistor)]
    rows = {}
    for tube in (part for part in netlist.parts if isinstance(part, Triode)):
        # Kirchhoff's current law: what resistors bring to the plate, the tube takes away
        ends = [
            (part.b if part.a == tube.plate else part.a, part.ohms) for part in resistors if tube.plate in part.nodes()
        ]
        rows[tube.name] = {
            "supply": max(volts[node] for node, _ in ends),
            "plate": volts[tube.plate],
            "cathode": volts[tube.cathode],
            "grid": volts[tube.grid],
            "amps": sum((volts[node] - volts[tube.plate]) / ohms for node, ohms in ends),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("triode")


def gain_db(netlist, hertz=HERTZ):
    """Small-signal gain from input to output in dB.

    Parameters
    ----------
    netlist : Netlist
    hertz : array_like of float, shape (n,)

    Returns
    -------
    np.ndarray, shape (n,)
    """
    return 20 * np.log10(np.abs(response.small_signal(netlist, hertz)))


def tone_responses(experiment, circuit):
    """Responses with one tone control turned and everything else left alone.

    Parameters
    ----------
    experiment : Experiment
    circuit : Circuit

    Returns
    -------
    dict of str to dict of float to np.ndarray, shape (len(HERTZ),)
        By control, from `circuit.tone_controls`, and position: gain in dB, at the median of the gains at
        which the book shows this circuit.
    """
    gains, controls = settings_of(experiment, circuit)
    gain = sorted(gains.values())[len(gains) // 2]
    return {
        name: {
            turned: gain_db(catalog.build(circuit.name, gain, controls | {name: turned})) for turned in TONE_POSITIONS
        }
        for name in circuit.tone_controls
    }


def distortion(netlist, levels=LEVELS):
    """Level and harmonics of a settled sine of 220.5 Hz.

    Parameters
    ----------
    netlist : Netlist
    levels : array_like of float, shape (n,)
        V peak at the input.

    Returns
    -------
    pd.DataFrame
        Index `input`, V peak; `output`, V rms of the fundamental and its harmonics; `thd`, the
        harmonics' (second to twelfth) rms as a ratio to the fundamental's.
    """
    rows = {}
    for volts in levels:
        amplitudes = response.harmonics(netlist, volts)
        rows[volts] = {
            "output": np.linalg.norm(amplitudes) / np.sqrt(2),
            "thd": np.linalg.norm(amplitudes[1:]) / amplitudes[0],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("input")
