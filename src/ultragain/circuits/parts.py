"""The parts that circuits are made of.

A node is a name; ``"0"`` is ground. Every part can break itself down into the few primitives
that the solver understands (`Resistor`, `Capacitor`, `VoltageSource`, `Buffer`,
`Transconductor`, `CurrentLaw`), and can write itself as lines of a SPICE deck. A new kind of part
needs these two methods only.
"""

from dataclasses import dataclass
from math import pi

from ultragain.circuits.devices import (
    RC4558,
    THERMAL_VOLTS,
    TUBES,
    DiodeModel,
    Junction,
    OpAmpModel,
    SoftKnee,
    TriodeModel,
)
from ultragain.errors import UltraGainError

GROUND = "0"

# A real potentiometer's wiper never quite reaches the end of its track. Without this last ohm
# a knob at 0 or 10 would be a resistor of 0 ohm, which has no conductance.
END_STOP = 1.0  # ohm


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
class Transconductor(_Primitive):
    """A current into `output` of `siemens` times the voltage from `minus` to `plus`."""

    name: str
    plus: str
    minus: str
    output: str
    siemens: float

    def nodes(self):
        return self.plus, self.minus, self.output

    def spice(self):
        label = _label("G", self.name)
        return [f"{label} 0 {self.output} {self.plus} {self.minus} {self.siemens:.12g}"]


@dataclass(frozen=True)
class CurrentLaw:
    """A current from `start` to `end` that is a function of one weighted sum of node voltages.

    Parameters
    ----------
    control : tuple of (str, float)
        Nodes and weights: the controlling voltage is ``sum(weight * voltage)``.
    law : SoftKnee or Junction
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
    model: TriodeModel = TUBES["RSD-1"]

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
class Diode:
    """A diode, or several of the same model in a chain.

    Diodes in series carry the same current, so a chain is one junction over the whole of its
    voltage; the nodes between them need not be solved for.
    """

    name: str
    anode: str
    cathode: str
    model: DiodeModel
    in_series: int = 1

    def nodes(self):
        return self.anode, self.cathode

    def primitives(self):
        control = ((self.anode, 1.0), (self.cathode, -1.0))
        volts = self.in_series * self.model.emission * THERMAL_VOLTS
        return [CurrentLaw(self.anode, self.cathode, control, Junction(self.model.saturation, volts))]

    def spice(self):
        n, m = _label("D", self.name), self.model
        links = [self.anode, *(f"{n}_{i}" for i in range(1, self.in_series)), self.cathode]
        return [
            f".model {n}_model D(IS={m.saturation:.9g} N={m.emission:.9g})",
            *(f"{n}_{i} {a} {b} {n}_model" for i, (a, b) in enumerate(zip(links, links[1:], strict=False), 1)),
        ]


@dataclass(frozen=True)
class OpAmp:
    """An op-amp: a transconductor into one resistor and capacitor, and a buffer behind them."""

    name: str
    plus: str
    minus: str
    output: str
    model: OpAmpModel = RC4558

    def nodes(self):
        return self.plus, self.minus, f"{self.name}_pole", self.output

    def primitives(self):
        pole, siemens = f"{self.name}_pole", 1e-3  # any value: only products with it matter
        farads = siemens / (2 * pi * self.model.gain_bandwidth)
        return [
            Transconductor(f"{self.name}_in", self.plus, self.minus, pole, siemens),
            Resistor(f"{self.name}_r", pole, GROUND, self.model.open_loop_gain / siemens),
            Capacitor(f"{self.name}_c", pole, GROUND, farads),
            Buffer(f"{self.name}_out", pole, self.output),
        ]

    def spice(self):
        return [line for part in self.primitives() for line in part.spice()]


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


def _label(letter, name):
    """SPICE knows a part's kind by the first letter of its name."""
    return name if name.startswith(letter) else letter + name
