"""Circuits as lists of parts: what is soldered between which nodes.

A node is a name; ``"0"`` is ground. Every part can break itself down into the few primitives
that the solver understands (`Resistor`, `Capacitor`, `VoltageSource`, `Buffer`, `CurrentLaw`), and
can write itself as lines of a SPICE deck. A new kind of part needs these two methods only.
"""

import re
from collections import Counter
from dataclasses import dataclass

from ultragain.circuits.triode import RSD_1, SoftKnee, TriodeModel
from ultragain.errors import UltraGainError

GROUND = "0"

# A real potentiometer's wiper never quite reaches the end of its track. Without this last ohm
# a knob at 0 or 10 would be a resistor of 0 ohm, which has no conductance.
END_STOP = 1.0  # ohm

_SOFTPLUS = ".func softplus(x) {max(x,0)+ln(1+exp(-abs(x)))}"


class _Primitive:
    def primitives(self):
        return [self]


@dataclass(frozen=True)
class Resistor(_Primitive):
    name: str
    a: str
    b: str
    ohms: float

    def nodes(self):
        return self.a, self.b

    def spice(self):
        return [f"{_label('R', self.name)} {self.a} {self.b} {self.ohms:.12g}"]


@dataclass(frozen=True)
class Capacitor(_Primitive):
    name: str
    a: str
    b: str
    farads: float

    def nodes(self):
        return self.a, self.b

    def spice(self):
        return [f"{_label('C', self.name)} {self.a} {self.b} {self.farads:.12g}"]


@dataclass(frozen=True)
class VoltageSource(_Primitive):
    """A constant voltage from `node` to ground: the high tension supply."""

    name: str
    node: str
    volts: float

    def nodes(self):
        return (self.node,)

    def spice(self):
        return [f"{_label('V', self.name)} {self.node} 0 {self.volts:.12g}"]


@dataclass(frozen=True)
class Buffer(_Primitive):
    """An ideal amplifier: holds `output` at `gain` times `control`, draws nothing from it."""

    name: str
    control: str
    output: str
    gain: float = 1.0

    def nodes(self):
        return self.control, self.output

    def spice(self):
        return [f"{_label('E', self.name)} {self.output} 0 {self.control} 0 {self.gain:.12g}"]


@dataclass(frozen=True)
class CurrentLaw:
    """A current from `start` to `end` that is a function of one weighted sum of node voltages.

    Parameters
    ----------
    control : tuple of (str, float)
        Nodes and weights: the controlling voltage is ``sum(weight * voltage)``.
    law : SoftKnee
        Amperes for that voltage.
    """

    start: str
    end: str
    control: tuple
    law: SoftKnee


@dataclass(frozen=True)
class Triode:
    name: str
    plate: str
    grid: str
    cathode: str
    model: TriodeModel = RSD_1

    def nodes(self):
        return self.plate, self.grid, self.cathode

    def primitives(self):
        p, g, k, m = self.plate, self.grid, self.cathode, self.model
        effective = ((p, 1 / m.mu), (g, 1.0), (k, -1.0 - 1 / m.mu))
        return [
            CurrentLaw(p, k, effective, m.cathode),
            # The plate takes the cathode's current less the grid's: so the grid's current
            # can be drawn from grid to plate, and each law has its own controlling voltage.
            CurrentLaw(g, p, ((g, 1.0), (k, -1.0)), m.grid),
            Capacitor(f"{self.name}_gk", g, k, m.grid_cathode),
            Capacitor(f"{self.name}_gp", g, p, m.grid_plate),
            Capacitor(f"{self.name}_pk", p, k, m.plate_cathode),
        ]

    def spice(self):
        p, g, k, m, n = self.plate, self.grid, self.cathode, self.model, self.name
        effective = f"v({p},{k})/{m.mu:.9g}+v({g},{k})"
        return [
            f"* triode {n}: plate {p}, grid {g}, cathode {k}",
            f"B{n}_k {p} {k} I={m.cathode.spice(effective)}",
            f"B{n}_g {g} {p} I={m.grid.spice(f'v({g},{k})')}",
            *(line for part in self.primitives()[2:] for line in part.spice()),
        ]


@dataclass(frozen=True)
class Potentiometer:
    """A track from `top` to `bottom` with a wiper on it.

    Parameters
    ----------
    ohms : float
        Resistance of the whole track.
    position : float
        Electrical position of the wiper: 0 at the bottom, 1 at the top. On a linear ("B")
        track that is the knob's rotation; `audio_taper` has the curve of the other kind.
    """

    name: str
    top: str
    wiper: str
    bottom: str
    ohms: float
    position: float

    def nodes(self):
        return self.top, self.wiper, self.bottom

    def primitives(self):
        halves = [
            (f"{self.name}_upper", self.top, self.wiper, self.ohms * (1 - self.position)),
            (f"{self.name}_lower", self.wiper, self.bottom, self.ohms * self.position),
        ]
        # A rheostat has its wiper soldered to one end: that half is short-circuited.
        return [Resistor(n, a, b, max(r, END_STOP)) for n, a, b, r in halves if a != b]

    def spice(self):
        return [line for half in self.primitives() for line in half.spice()]


def knob(name, value):
    """Turn a knob's number, 0 to 10, into its rotation, 0 to 1.

    Raises
    ------
    UltraGainError
        If the number is not on the dial.
    """
    if not 0 <= value <= 10:  # also catches NaN
        raise UltraGainError(f"{name} {value} is off the dial: set it from 0 to 10")
    return value / 10


def audio_taper(rotation, midpoint=0.15):
    """Wiper position of a logarithmic ("A") potentiometer: an exponential curve.

    Parameters
    ----------
    rotation : float
        0 to 1.
    midpoint : float
        Position at half rotation, between 0 and 0.5. Makers call 0.15 "15A".

    Returns
    -------
    float
        ``(b**rotation - 1) / (b - 1)``, where b is the one base that gives `midpoint` at 0.5.
    """
    base = ((1 - midpoint) / midpoint) ** 2
    return (base**rotation - 1) / (base - 1)


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

    def to_spice(self, source, tstep, tstop):
        """Write the circuit as a SPICE deck for a transient analysis.

        Parameters
        ----------
        source : str
            The input voltage as SPICE writes it: ``"SIN(0 0.2 220 0 8)"`` for 0.2 V at 220 Hz
            that dies away at 8 per second, or what `piecewise_linear` returns.
        tstep, tstop : float
            Longest step and end of the analysis, s.

        Returns
        -------
        str
            A deck for ngspice or neospice. The tolerances in it are tighter than SPICE's own,
            which let errors of a thousandth of the signal pass in a circuit of this much gain.
        """
        lines = [f"* {self.title}", _SOFTPLUS, f"Vinput {self.input} 0 DC 0 AC 1 {source}"]
        lines += [line for part in self.parts for line in part.spice()]
        lines += [
            ".options reltol=1e-5 abstol=1e-12 vntol=1e-7 method=trap",
            f".tran {tstep:.9g} {tstop:.9g} 0 {tstep:.9g}",
            f".print tran v({self.output})",
            ".end",
        ]
        return "\n".join(lines) + "\n"


def piecewise_linear(volts, sample_rate):
    """Write samples as a SPICE source.

    Parameters
    ----------
    volts : np.ndarray, shape (n,)
    sample_rate : float
        Hz.

    Returns
    -------
    str
        ``PWL(...)``, straight lines between the samples; for `Netlist.to_spice`.
    """
    points = (f"{i / sample_rate:.12g} {v:.9g}" for i, v in enumerate(volts))
    # SPICE reads long lines badly; a line that begins with + goes on with the one before.
    return re.sub(r"((?:\S+ ){15}\S+) ", r"\1\n+ ", "PWL(" + " ".join(points) + ")")


def _label(letter, name):
    """SPICE knows a part's kind by the first letter of its name."""
    return name if name.startswith(letter) else letter + name
