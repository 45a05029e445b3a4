"""A netlist as matrices: Kirchhoff's current law for every node (modified nodal analysis)."""

import numpy as np

from ultragain.circuits.netlist import (
    GROUND,
    Buffer,
    Capacitor,
    CurrentLaw,
    Resistor,
    VoltageSource,
)

# A capacitor passes no direct current, so a node between capacitors would have no voltage at
# the operating point. Ties every node to ground, as SPICE does; too weak to change a signal.
GMIN = 1e-15  # S


class Network:
    """The equations of a circuit, with its capacitors and current laws still set apart.

    The n unknowns are the voltages of the nodes, then the currents of the voltage sources, the
    input's first. With v for them, ``conductance @ v`` equals ``input * u + constant`` plus what
    capacitors and laws feed in.

    Parameters
    ----------
    netlist : Netlist

    Attributes
    ----------
    nodes : list of str
        Names of the first unknowns.
    conductance : np.ndarray, shape (n, n)
        Resistors, and an equation for every source.
    input, constant, output : np.ndarray, shape (n,)
        What 1 V of input and the supplies ask for; the row that reads the output.
    capacitors, farads : np.ndarray, shapes (n_capacitors, n) and (n_capacitors,)
        Rows read the voltage across each capacitor; its value.
    control, injection : np.ndarray, shape (n_laws, n)
        Rows read the voltage that controls each law, and mark the node its current leaves (1)
        and the one it enters (-1).
    laws : np.ndarray, shape (n_laws, 4)
        Arguments of `newton.soft_knee` after the voltage.
    """

    def __init__(self, netlist):
        parts = netlist.primitives()
        self.nodes = netlist.nodes()
        sources = [part for part in parts if isinstance(part, (VoltageSource, Buffer))]
        capacitors = [part for part in parts if isinstance(part, Capacitor)]
        laws = [part for part in parts if isinstance(part, CurrentLaw)]
        self._index = {name: i for i, name in enumerate(self.nodes)}
        self._size = size = len(self.nodes) + len(sources) + 1

        self.conductance = np.diag(np.where(np.arange(size) < len(self.nodes), GMIN, 0.0))
        for part in parts:
            if isinstance(part, Resistor):
                across = self._row((part.a, 1.0), (part.b, -1.0))
                self.conductance += np.outer(across, across) / part.ohms
        self.farads = np.array([part.farads for part in capacitors])
        self.capacitors = self._matrix([((c.a, 1.0), (c.b, -1.0)) for c in capacitors])
        self.control = self._matrix([part.control for part in laws])
        self.injection = self._matrix([((i.start, 1.0), (i.end, -1.0)) for i in laws])
        self.laws = np.array(
            [[i.law.scale, i.law.sharpness, i.law.exponent, i.law.leak] for i in laws]
        ).reshape(-1, 4)

        # One more equation and one more current for every source: the input, then the others.
        self.input = np.zeros(size)
        self.constant = np.zeros(size)
        self._hold(len(self.nodes), netlist.input, self._row((netlist.input, 1.0)))
        self.input[len(self.nodes)] = 1.0
        for row, part in enumerate(sources, start=len(self.nodes) + 1):
            if isinstance(part, VoltageSource):
                self._hold(row, part.node, self._row((part.node, 1.0)))
                self.constant[row] = part.volts
            else:
                self._hold(
                    row, part.output, self._row((part.output, 1.0), (part.control, -part.gain))
                )
        self.output = self._row((netlist.output, 1.0))

    def _hold(self, row, node, equation):
        """Add a source: `equation` sets its voltage, its current flows into `node`."""
        self.conductance[row] = equation
        self.conductance[:, row] += self._row((node, 1.0))

    def _row(self, *terms):
        """A weighted sum of node voltages as a vector over the unknowns."""
        row = np.zeros(self._size)
        for node, weight in terms:
            if node != GROUND:
                row[self._index[node]] += weight
        return row

    def _matrix(self, rows):
        return np.array([self._row(*terms) for terms in rows]).reshape(-1, self._size)
