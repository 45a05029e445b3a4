"""The same netlists in SPICE: the independent engines that the solver is compared with.

`neospice` installs with pip, `ngspice` with the system's packages. Both are test equipment: no
recording needs them.
"""

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from ultragain.errors import UltraGainError

ENGINES = ("neospice", "ngspice")


def is_installed(engine):
    """Whether an engine of `ENGINES` can be run here."""
    if engine == "ngspice":
        return shutil.which("ngspice") is not None
    return importlib.util.find_spec("neospice") is not None


def transient(engine, netlist, sources, rate, seconds):
    """Output voltage while the input plays.

    Parameters
    ----------
    engine : {"neospice", "ngspice"}
    netlist : Netlist
    sources : sequence of str
        As for `Netlist.to_spice`.
    rate : float
        Hz: SPICE takes steps of at most ``1 / rate``, shorter ones where it must.
    seconds : float
        Length of the simulation.

    Returns
    -------
    np.ndarray, shape (round(seconds * rate),)
        V at multiples of ``1 / rate`` from 0, read off a spline through the steps taken.

    Raises
    ------
    UltraGainError
        If the engine is not installed or fails.
    """
    analysis = [f".tran {1 / rate:.12g} {seconds:.12g} 0 {1 / rate:.12g}"]
    time, volts = run(netlist.to_spice(sources, analysis), netlist.output, engine)
    time, taken = np.unique(time, return_index=True)
    return CubicSpline(time, volts[taken])(np.arange(round(seconds * rate)) / rate)


def small_signal(engine, netlist, hertz):
    """Complex gain from input to output, linearised at the operating point.

    Parameters
    ----------
    engine : {"neospice", "ngspice"}
    netlist : Netlist
    hertz : sequence of float
        At least two, from low to high.

    Returns
    -------
    np.ndarray of complex, shape (n_hertz,)

    Raises
    ------
    UltraGainError
        If the engine is not installed or fails.
    """
    analysis = [f".ac dec 200 {hertz[0]:.12g} {hertz[-1]:.12g}"]
    simulated, gain = run(netlist.to_spice(analysis=analysis), netlist.output, engine)
    return CubicSpline(np.log2(simulated), gain)(np.log2(hertz))


def operating_point(engine, netlist):
    """Volts at every node with silence at the input, dict of str to float.

    Raises
    ------
    UltraGainError
        If the engine is not installed or fails.
    """
    deck = netlist.to_spice()
    if engine == "ngspice":
        vectors = _ngspice(deck)
        return {node: float(vectors[f"v({node.lower()})"][0].real) for node in netlist.nodes()}
    result = _neospice("dc", deck)
    return {node: result.voltage(node.lower()) for node in netlist.nodes()}


def run(deck, node, engine="neospice"):
    """Run a deck with one transient or AC analysis.

    Parameters
    ----------
    deck : str
        As from `Netlist.to_spice`.
    node : str
        Whose voltage is wanted.
    engine : {"neospice", "ngspice"}

    Returns
    -------
    np.ndarray, shape (n_steps,)
        Seconds or hertz.
    np.ndarray, shape (n_steps,)
        V, complex in an AC analysis.

    Raises
    ------
    UltraGainError
        If the engine is not installed or fails.
    """
    is_ac = "\n.ac " in deck
    if engine == "ngspice":
        vectors = _ngspice(deck)
        return vectors["frequency" if is_ac else "time"].real, vectors[f"v({node.lower()})"]
    result = _neospice("run", deck)
    result = result.ac if is_ac else result.transient
    return np.array(result.frequency if is_ac else result.time), np.array(result.voltage(node.lower()))


def _neospice(call, deck):
    try:
        import neospice
    except ImportError:
        raise UltraGainError("neospice is not installed: pip install neospice") from None
    try:
        return getattr(neospice, call)(deck)
    except RuntimeError as error:
        raise UltraGainError(f"neospice: {str(error).splitlines()[0]}") from error


def _ngspice(deck):
    """All vectors of a deck's one analysis, dict of str to np.ndarray of complex or float."""
    if not is_installed("ngspice"):
        raise UltraGainError("ngspice is not installed: apt-get install ngspice")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "deck.cir").write_text(deck)
        done = subprocess.run(
            ["ngspice", "-b", "deck.cir", "-r", "deck.raw"], cwd=folder, capture_output=True, text=True
        )
        raw = Path(folder, "deck.raw")
        if done.returncode or not raw.is_file():
            problem = (done.stderr.strip() or done.stdout.strip() or "no result").splitlines()[-1]
            raise UltraGainError(f"ngspice: {problem}")
        return _read_raw(raw.read_bytes())


def _read_raw(content):
    """A SPICE raw file: a text header, then all vectors at the first step, at the second, ..."""
    header, _, data = content.partition(b"Binary:\n")
    fields = dict(line.split(": ", 1) for line in header.decode().splitlines() if ": " in line)
    table = header.decode().partition("\nVariables:")[2]
    names = [line.split()[1].lower() for line in table.splitlines() if line.strip()]
    kind = complex if "complex" in fields["Flags"] else float
    steps = np.frombuffer(data, dtype=kind).reshape(-1, len(names))
    return dict(zip(names, steps.T, strict=True))
