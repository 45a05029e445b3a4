"""A sheet for the schematic of one circuit: values and connections are the netlist's."""

import matplotlib.pyplot as plt
import schemdraw.elements as elm
from schemdraw import Drawing

from ultragain.circuits.netlist import GROUND
from ultragain.circuits.schematic import symbols
from ultragain.circuits.schematic.wiring import Wiring
from ultragain.errors import UltraGainError
from ultragain.style import BLUE, BROWN, WET

INCHES = 0.265  # per unit of the drawing; the body of a resistor is one unit long
TYPE, SMALL_TYPE = 9, 8.5  # points
LINE_STEP = 0.56  # units from one line of type to the next
DOTS_PER_INCH = 250  # sharp across the whole column of a page
PREFIXES = ((1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "\u00b5"), (1e-9, "n"), (1e-12, "p"))
HANGING = 2.8  # units from a node on the signal's way down to ground


class Sheet:
    """Places the parts of a netlist, and wires between them, by coordinates.

    Every part is placed by its name and brings its kind and value from the netlist. `figure`
    refuses a drawing in which a part is missing, or whose wires connect other terminals than
    the netlist does. Dots at joints come by themselves.

    Parameters
    ----------
    netlist : Netlist
    width, height : float
        In units, from (0, 0) at the bottom left.
    """

    def __init__(self, netlist, width, height):
        self._netlist = netlist
        self._waiting = {part.name: part for part in netlist.parts}
        self._wiring = Wiring()
        self._terminals = []  # (what it is, point, node)
        # pyplot's own figure, because that is what sets a notebook up to show figures; closed, so
        # that the notebook shows it only where it is the value of a cell
        self._figure = plt.figure(figsize=(width * INCHES, height * INCHES), dpi=DOTS_PER_INCH, facecolor="white")
        plt.close(self._figure)
        self._axes = self._figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
        self._axes.set_axis_off()
        self._drawing = Drawing(
            canvas=self._axes, show=False, inches_per_unit=INCHES, lw=symbols.THIN, color=WET, fontsize=TYPE
        )

    def two_leads(self, name, start, end):
        """Draw a resistor, capacitor or chain of diodes between two points.

        Parameters
        ----------
        name : str
        start, end : (float, float)
            Where the part's first and second node are; level, or one above the other.
        """
        part = self._take(name)
        self._drawing.add(symbols.two_leads(part).endpoints(start, end))
        for point, node in zip((start, end), part.nodes(), strict=True):
            self._terminal(name, point, node)
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        if start[1] == end[1]:
            self._text(name, (x, y + 0.38), WET, "center", "bottom")
            self._text(value_text(part), (x, y - 0.38), BLUE, "center", "top")
        else:
            self._beside((x, y), 0.42, "right", (name, WET), (value_text(part), BLUE))

    def potentiometer(self, name, knob, top, bottom, wiper="right"):
        """Draw a potentiometer; return where its wiper is.

        Parameters
        ----------
        knob : str
            What is printed on the panel.
        top, bottom : (float, float)
            Ends of the track, by its own names: it may stand on its head, or lie.
        wiper : {"right", "left", "above"}
            The side it points to, "above" if the track lies; the label is opposite.
        """
        part = self._take(name)
        x, y = (top[0] + bottom[0]) / 2, (top[1] + bottom[1]) / 2
        dx, dy = {"right": (1, 0), "left": (-1, 0), "above": (0, 1)}[wiper]
        symbol = elm.PotentiometerIEEE(tap_length=symbols.WIPER, arrowwidth=0.25, arrowlength=0.3)
        # schemdraw's points to the left of the direction from top to bottom
        if (bottom[0] - top[0]) * dy - (bottom[1] - top[1]) * dx < 0:
            symbol.flip()
        tip = self._drawing.add(symbol.endpoints(top, bottom)).tap
        for point, node in zip((top, tip, bottom), part.nodes(), strict=True):
            self._terminal(name, point, node)
        lines = (name, WET), (value_text(part), BLUE), (knob, WET)
        if wiper == "above":
            for i, (text, color) in enumerate(lines):
                self._text(text, (x, y - 0.65 - i * LINE_STEP), color, "center", "center_baseline")
        else:
            self._beside((x, y), 0.42, "left" if wiper == "right" else "right", *lines)
        return tip

    def triode(self, name, center):
        """Draw a triode; return the points of its plate, grid and cathode."""
        part = self._take(name)
        for symbol in symbols.triode(center):
            self._drawing.add(symbol)
        points = symbols.triode_leads(center)
        for point, node in zip(points, part.nodes(), strict=True):
            self._terminal(name, point, node)
        self._text(name, (center[0] + 0.75, center[1] - 0.6), WET, "left", "top")
        return points

    def source(self, name, plus, length):
        """Draw a voltage source below its node, down to ground."""
        part = self._take(name)
        bottom = (plus[0], plus[1] - length)
        self._drawing.add(elm.SourceV().endpoints(bottom, plus))
        self._terminal(name, plus, part.node)
        self._drawing.add(elm.Ground().at(bottom))
        self._beside((plus[0], plus[1] - length / 2), 0.65, "right", (name, WET), (value_text(part), BLUE))

    def buffer(self, name, control):
        """Draw a buffer to the right of its input; return the point of its output."""
        part = self._take(name)
        x, y = control
        output = (x + symbols.BUFFER, y)
        self._drawing.add(symbols.Buffer().at(control).theta(0))
        for point, node in zip((control, output), part.nodes(), strict=True):
            self._terminal(name, point, node)
        self._text(name, (x + 0.6, y + 0.75), WET, "center", "bottom")
        self._text(value_text(part), (x + 0.6, y), BLUE, "center", "center_baseline", SMALL_TYPE)
        return output

    def op_amp(self, name, plus):
        """Draw an op-amp to the right of its + input; return the points of its - input and output."""
        part = self._take(name)
        symbol = self._drawing.add(elm.Opamp().flip().anchor("in2").at(plus).theta(0))
        minus, output = symbol.in1, symbol.out
        for role, point in (("plus", plus), ("minus", minus), ("output", output)):
            self._terminal(name, point, getattr(part, role))
        self._text(name, (plus[0] + 0.98, output[1]), WET, "center", "center_baseline")
        return minus, output

    def wire(self, *points):
        """Draw a wire through points."""
        for start, end in zip(points, points[1:], strict=False):
            self._drawing.add(elm.Line().endpoints(start, end))
            self._wiring.wire(start, end)

    def ground(self, *points):
        """Draw the symbol of ground under each point."""
        for point in points:
            self._drawing.add(elm.Ground().at(point))
            self._terminal("ground", point, GROUND)

    def to_ground(self, name, node, length=HANGING):
        """Draw a resistor, capacitor or chain of diodes from a node down to ground."""
        foot = (node[0], node[1] - length)
        self.two_leads(name, node, foot)
        self.ground(foot)

    def port(self, node, point, side):
        """Draw a small circle with a node's name: ports of one name are connected.

        Parameters
        ----------
        node : str
        point : (float, float)
        side : {"right", "left", "top"}
            Where the name stands.
        """
        self._drawing.add(elm.Dot(open=True, radius=0.11).at(point))
        self._terminal("port", point, node)
        dx, dy, halign, valign = {
            "right": (0.25, 0, "left", "center_baseline"),
            "left": (-0.25, 0, "right", "center_baseline"),
            "top": (0, 0.22, "center", "bottom"),
        }[side]
        self._text(
            node, (point[0] + dx, point[1] + dy), BROWN, halign, valign, SMALL_TYPE, style="italic", weight="bold"
        )

    def name(self, node, point, dx=0.0, dy=0.2, halign="center"):
        """Write a node's name beside a point of it."""
        self._terminals.append(("name", point, node))
        self._text(node, (point[0] + dx, point[1] + dy), BROWN, halign, "baseline", SMALL_TYPE, style="italic")

    def figure(self):
        """Finish the drawing.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UltraGainError
            If the drawing is not what the netlist says.
        """
        self._check()
        for joint in self._wiring.joints():
            self._drawing.add(elm.Dot(radius=0.1).at(joint))
        self._drawing.draw(show=False)
        return self._figure

    def _take(self, name):
        if name not in self._waiting:
            raise UltraGainError(f"schematic of the {self._netlist.title}: no part {name} is left to draw")
        return self._waiting.pop(name)

    def _terminal(self, what, point, node):
        self._terminals.append((what, point, node))
        self._wiring.end(point)

    def _check(self):
        where = f"schematic of the {self._netlist.title}"
        if self._waiting:
            raise UltraGainError(f"{where}: not drawn: {', '.join(self._waiting)}")
        net_of = self._wiring.nets()
        nodes, pieces, named = {}, {}, set()
        for what, point, node in self._terminals:
            net = net_of(point)
            if nodes.setdefault(net, node) != node:
                raise UltraGainError(f"{where}: {what} is drawn on {nodes[net]}, but belongs on {node}")
            pieces.setdefault(node, set()).add(net)
            if what in ("port", "ground"):
                named.add(net)
        for node, nets in pieces.items():
            if len(nets) > 1 and not nets <= named:
                raise UltraGainError(f"{where}: node {node} is drawn in pieces that nothing connects")

    def _beside(self, point, distance, side, *lines):
        x = point[0] + (distance if side == "right" else -distance)
        top = point[1] + LINE_STEP * (len(lines) - 1) / 2
        for i, (text, color) in enumerate(lines):
            self._text(text, (x, top - i * LINE_STEP), color, "left" if side == "right" else "right", "center_baseline")

    def _text(self, text, point, color, halign, valign, size=TYPE, **font):
        self._axes.text(*point, text, color=color, ha=halign, va=valign, fontsize=size, zorder=5, **font)


def value_text(part):
    """A part's value as schematics write it: 4.7k, 22n, 470p, 320 V; nothing if it has none."""
    for attribute, ending in (("ohms", ""), ("farads", ""), ("volts", " V")):
        if hasattr(part, attribute):
            value = getattr(part, attribute)
            scale, prefix = next((pair for pair in PREFIXES if value >= 0.9999999 * pair[0]), PREFIXES[-1])
            return f"{value / scale:.4g}{ending and ' '}{prefix}{ending.strip()}"
    return f"\u00d7{part.gain:g}" if hasattr(part, "gain") else ""
