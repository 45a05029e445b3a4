"""The circuits by name."""

from ultragain.circuits import dsl20h, sd1
from ultragain.errors import UltraGainError

CIRCUITS = {circuit.name: circuit for circuit in (dsl20h.CIRCUIT, sd1.CIRCUIT)}

#: Positions of the gain knob by label, the write-up's: here circuits are compared with SPICE, and shown where an
#: experiment has no gains of its own for them.
GAINS = {"Low": 2, "Mid": 5, "High": 8}

#: Version of the method, raised whenever a change in this folder changes what a circuit puts out. It stands apart
#: from the solver: naming a recording must not load a compiler.
VERSION = 2


def build(name, gain, settings):
    """A circuit with its controls set.

    Parameters
    ----------
    name : str
        One of `CIRCUITS`.
    gain : float
        The knob that a gain setting turns (drive on a pedal), 0 to 10.
    settings : dict of str to value
        Other controls that are not at their defaults.

    Returns
    -------
    Netlist

    Raises
    ------
    UltraGainError
        If there is no such circuit, control or setting.
    """
    if name not in CIRCUITS:
        raise UltraGainError(f"circuit {name}: unknown; there are {', '.join(CIRCUITS)}")
    circuit, known = CIRCUITS[name], CIRCUITS[name].controls
    others = [control for control in known if control != circuit.knob]
    for control, value in settings.items():
        if control not in others:
            raise UltraGainError(f"circuit {name} has no control {control}; it has {', '.join(others)}")
        kind = type(known[control])
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number != (kind in (int, float)) or (not is_number and not isinstance(value, kind)):
            wanted = {bool: "true or false", str: "a name"}.get(kind, "a number from 0 to 10")
            raise UltraGainError(f"circuit {name}: {control} is {value!r}; it must be {wanted}")
    return circuit.netlist(gain, **settings)
