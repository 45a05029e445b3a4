"""The circuits by name, and what their controls are.

A circuit is a module with a function `netlist`, whose parameters are its controls: those with a
number for a default (and the one without a default, the module's `GAIN`) are knobs from 0 to 10,
the others are switches or choices.
"""

import inspect

from ultragain.circuits.dsl20h import netlist as dsl20h
from ultragain.circuits.sd1 import netlist as sd1
from ultragain.errors import UltraGainError

CIRCUITS = {"dsl20h": dsl20h, "sd1": sd1}


def controls(name):
    """A circuit's controls with their default settings, dict of str to value; its gain has None.

    Raises
    ------
    UltraGainError
        If there is no such circuit.
    """
    parameters = inspect.signature(_circuit(name).netlist).parameters.values()
    return {p.name: None if p.default is p.empty else p.default for p in parameters}


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
    circuit, known = _circuit(name), controls(name)
    others = [control for control in known if control != circuit.GAIN]
    for control, value in settings.items():
        if control not in others:
            raise UltraGainError(f"circuit {name} has no control {control}; it has {', '.join(others)}")
        kind = type(known[control])
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number != (kind in (int, float)) or (not is_number and not isinstance(value, kind)):
            wanted = {bool: "true or false", str: "a name"}.get(kind, "a number from 0 to 10")
            raise UltraGainError(f"circuit {name}: {control} is {value!r}; it must be {wanted}")
    return circuit.netlist(gain, **settings)


def _circuit(name):
    if name not in CIRCUITS:
        raise UltraGainError(f"circuit {name}: unknown; there are {', '.join(CIRCUITS)}")
    return CIRCUITS[name]
