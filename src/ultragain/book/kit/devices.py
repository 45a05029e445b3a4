"""How long the virtual devices take to recover from a loud note, which several chapters quote."""

import numpy as np

from ultragain.circuits import measured, recovery
from ultragain.circuits.catalog import CIRCUITS
from ultragain.words import listed


def recoveries(experiment):
    """Recoveries of every circuit at each of its gains, as the book shows it.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    dict of str to dict of float to (np.ndarray, np.ndarray)
        By the circuit's name and the gain knob's position, what `recovery.recovery` returns.
    """
    return {
        name: {
            position: recovery.recovery(netlist, experiment.sample_rate)
            for position, netlist in measured.netlists(experiment, circuit).items()
        }
        for name, circuit in CIRCUITS.items()
    }


def recovery_facts(curves, experiment):
    """How long the devices take to recover, against the length of the longest window.

    Parameters
    ----------
    curves : dict of str to dict of float to (np.ndarray, np.ndarray)
        From `recoveries`.
    experiment : Experiment

    Returns
    -------
    dict of str to str
        How the circuits were asked, what each needs, and which one needs most.
    """
    times = {
        (name, position): recovery.settling_time(*curve)
        for name, by_position in curves.items()
        for position, curve in by_position.items()
    }
    (watched, _), *_ = next(iter(curves.values())).values()  # of all curves the same
    slowest, position = most = max(times, key=lambda key: np.nan_to_num(times[key], nan=np.inf))
    return {
        "burst": f"{1000 * recovery.BURST_SECONDS:g} ms",
        "burst_volts": f"{recovery.BURST_VOLTS:g} V",
        "measured_over": f"{1000 * recovery.SMOOTHING_SECONDS:g} ms",
        "settled_db": f"{recovery.SETTLED_DB:g} dB",
        "recovery_times": " ".join(
            f"The {CIRCUITS[name].title} needs "
            + listed(f"{_duration(times[name, at], watched)} at {CIRCUITS[name].knob} {at:g}" for at in by_position)
            + "."
            for name, by_position in curves.items()
        ),
        "recovery_windows": _compared(times[most], max(experiment.grid.contexts) / experiment.sample_rate, watched),
        "slowest": CIRCUITS[slowest].title,
        "slowest_at": f"{CIRCUITS[slowest].knob} at {position:g}",
        "slowest_settled": _duration(times[most], watched),
    }


def _duration(seconds, watched):
    """A settling time as far as it was watched: by then, or not yet."""
    if not np.isfinite(seconds):
        return f"more than {1000 * watched[-1]:.0f} ms"
    return f"{'' if seconds > watched[0] else 'no more than '}{1000 * seconds:.0f} ms"


def _compared(seconds, window, watched):
    """A settling time against the longest window, in seconds."""
    if not np.isfinite(seconds):
        return f"more than {watched[-1] / window:.0f} times the length of the longest window"
    ratio = seconds / window
    if ratio >= 1.5:
        return f"{ratio:.0f} times the length of the longest window"
    return "about the length of the longest window" if ratio >= 0.7 else "less than the length of the longest window"
