"""Symbols as these schematics need them, made from schemdraw's. Lengths are in its units."""

import schemdraw.elements as elm
from schemdraw.elements.elements import gap
from schemdraw.segments import Segment, SegmentPoly

WIPER = 0.9  # from a potentiometer's track to the end of its wiper
BUFFER = 1.6  # from a buffer's input to its output
TUBE_RADIUS = 0.875
TUBE_LEAD = 1.2  # from a tube's middle to the ends of its leads
CATHODE = 0.35  # from a tube's middle to the foot of its cathode
THIN, BOLD = 1.1, 1.5  # points


class Buffer(elm.Element):
    """A triangle that points from its input to its output."""

    def __init__(self):
        super().__init__()
        self.segments.append(Segment([(0, 0), (0, 0.8), (BUFFER, 0), (0, -0.8), (0, 0)]))


class DiodeChain(elm.Element2Term):
    """Diodes one behind the other, anode first."""

    def __init__(self, count):
        super().__init__()
        size, pitch = 0.25, 0.7
        path = [(0, 0)]
        for i in range(count):
            x, bar = i * pitch, i * pitch + 1.4 * size
            path += [(x, 0), gap, (bar, size), (bar, -size), gap, (bar, 0)]
            self.segments.append(SegmentPoly([(x, size), (bar, 0), (x, -size)]))
        self.segments.insert(0, Segment(path))  # schemdraw makes the leads from the first one


def two_leads(part):
    """The symbol of a resistor, a capacitor, or a chain of diodes."""
    if hasattr(part, "ohms"):
        return elm.ResistorIEEE()
    if hasattr(part, "farads"):
        return elm.Capacitor()
    return DiodeChain(part.in_series)


def triode(center):
    """A triode with its leads. The heater is left out, as schematics of preamps do."""
    x, y = center
    plate, grid, cathode = triode_leads(center)
    tube = elm.Triode(tube_lw=THIN, anode_lw=BOLD, grid_lw=BOLD, cathode_lw=BOLD)
    grid_wire, cathode_foot = tube.anchors["grid"], tube.anchors["cathode"]
    top = y + TUBE_RADIUS
    return [
        tube.at((x, top)).theta(0),
        elm.Line().endpoints((x, top), plate),
        elm.Line().endpoints(grid, (x + grid_wire[0], y)),
        elm.Line().endpoints((x - CATHODE, top + cathode_foot[1]), cathode),
    ]


def triode_leads(center):
    """Where the leads of a triode end: plate, grid and cathode."""
    x, y = center
    return (x, y + TUBE_LEAD), (x - TUBE_LEAD, y), (x - CATHODE, y - TUBE_LEAD)
