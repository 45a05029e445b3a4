"""What a circuit is to the rest of the project, in one record."""

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ultragain.circuits.netlist import Netlist


@dataclass(frozen=True)
class Circuit:
    """A circuit that a virtual device can simulate.

    Its folder in `ultragain.circuits` has its name. There `netlist.py` has the parts, `schematic.py` a function
    `draw` from a netlist to a matplotlib Figure, and `__init__.py` this record.

    Parameters
    ----------
    name : str
        What experiments and commands call it.
    kind : str
        A short noun for tables and figures, which no other circuit has: preamp.
    title : str
        What prose calls it.
    input, output : str
        The sockets between which it is simulated: input jack, effects send.
    knob : str
        The control that an experiment's gain settings turn.
    tone_controls : tuple of str
        Controls that change the shape of its response, and not its level alone.
    full_scale_volts : float
        Peak at the output that a recording interface maps to 0 dBFS.
    netlist : callable
        From settings to a `Netlist`. Its parameters are the controls: those with a number for a default, and `knob`,
        which has none, are knobs from 0 to 10; the others are switches and choices.
    story : str
        How it works, in Markdown, for the book. `$parts` and `$triodes` stand for how many it has.
    picture : str
        What its schematic shows, for readers who cannot see it.
    limits : str
        What is assumed or left out: Markdown, an item of a list a line.
    choices : dict of str to sequence of str
        The values of each control whose default is a name.
    """

    name: str
    kind: str
    title: str
    input: str
    output: str
    knob: str
    tone_controls: tuple[str, ...]
    full_scale_volts: float
    netlist: Callable[..., Netlist]
    story: str
    picture: str
    limits: str
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def controls(self):
        """Its controls with their default settings, dict of str to value; `knob` has None."""
        parameters = inspect.signature(self.netlist).parameters.values()
        return {p.name: None if p.default is p.empty else p.default for p in parameters}

    def draw(self, netlist):
        """Its schematic, with the values of a netlist; a matplotlib Figure.

        Raises
        ------
        UltraGainError
            If a part of the netlist is not in the drawing, or is connected otherwise.
        """
        # matplotlib and schemdraw take a second to load; most who look a circuit up draw none
        return importlib.import_module(f"ultragain.circuits.{self.name}.schematic").draw(netlist)
