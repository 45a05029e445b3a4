"""Circuits as lists of parts: what is soldered between which nodes, and where to listen."""

from collections import Counter
from dataclasses import dataclass

from ultragain.circuits.parts import GROUND
from ultragain.errors import UltraGainError


@dataclass(frozen=True)
class Netlist:
    """A circuit with one input and one output node.

    Parameters
    ----------
    title : str
        What the circuit is, one line.
    input, output : str
        Node driven by an ideal voltage source, and node listened to.
    parts : tuple
        Resistors, capacitors, tubes and so on.

    Raises
    ------
    UltraGainError
        If a name is used twice, a value is not positive, or the input or output node is missing.
    """

    title: str
    input: str
    output: str
    parts: tuple

    def __post_init__(self):
        object.__setattr__(self, "parts", tuple(self.parts))
        where = f"circuit {self.title!r}"
        for name, count in Counter(part.name for part in self.parts).items():
            if count > 1:
                raise UltraGainError(f"{where}: {count} parts are called {name}; rename one")
        for part in self.primitives():
            value = getattr(part, "ohms", getattr(part, "farads", 1.0))
            if not 0 < value < float("inf"):
                raise UltraGainError(f"{where}: {part.name} is {value}; it must be positive")
        for node in (self.input, self.output):
            if node not in self.nodes():
                raise UltraGainError(f"{where}: no part is connected to node {node!r}")

    def nodes(self):
        """Names of all nodes but ground, in order of first appearance."""
        names = dict.fromkeys(node for part in self.parts for node in part.nodes())
        return [name for name in names if name != GROUND]

    def primitives(self):
        """All parts broken down into the primitives that the solver understands."""
        return [primitive for part in self.parts for primitive in part.primitives()]

    def to_spice(self, sources=(), analysis=()):
        """Write the circuit as a SPICE deck.

        Parameters
        ----------
        sources : sequence of str
            Input voltages as SPICE writes them, in series: ``"SIN(0 0.2 220 0 8)"`` is 0.2 V at
            220 Hz that dies away at 8 per second. For an AC analysis the input is 1 V besides.
        analysis : sequence of str
            Control lines such as ``".tran 1u 10m"``; an operating point if none.

        Returns
        -------
        str
            A deck for ngspice or neospice. The tolerances in it are tighter than SPICE's own,
            which let errors of a thousandth of the signal pass in a circuit of this much gain.
        """
        lines = [f"* {self.title}", ".func softplus(x) {max(x,0)+ln(1+exp(-abs(x)))}"]
        chain = [self.input, *(f"input_{i}" for i in range(1, len(sources))), GROUND]
        for i, source in enumerate(sources or ["0"]):
            ac = "" if i else "AC 1"
            lines.append(f"Vinput_{i} {chain[i]} {chain[i + 1]} DC 0 {ac} {source}")
        lines += [line for part in self.parts for line in part.spice()]
        lines += [".options reltol=1e-5 abstol=1e-12 vntol=1e-7 method=trap", *(analysis or [".op"]), ".end"]
        return "\n".join(lines) + "\n"
