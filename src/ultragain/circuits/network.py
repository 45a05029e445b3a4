"""A netlist as matrices: Kirchhoff's current law for every node (modified nodal analysis)."""

import numpy as np

from ultragain.circuits import newton
from ultragain.circuits.devices import SoftKnee
from ultragain.circuits.parts import GROUND, Buffer, Capacitor, CurrentLaw, Resistor, Transconductor, VoltageSource
from ultragain.errors import UltraGainError

# A capacitor passes no direct current, so a node between capacitors would have no voltage at
# the operating point. Ties every node to ground, as SPICE does; too weak to change a signal.
GMIN = 1e-15  # S


class Network:
    """The equations of a circuit, with its capacitors and current laws still set apart.

    The n unknowns are the voltages of the nodes, then the currents of the voltage sources, the
    input's first. With v for them, ``conductance @ v`` equals ``input * u + constant`` plus what
    capacitors and laws feed in, and ``ripple * r`` for r volts on top of every supply.

    Parameters
    ----------
    netlist : Netlist

    Attributes
    ----------
    title : str
        The netlist's.
    nodes : list of str
        Names of the first unknowns.
    conductance : np.ndarray, shape (n, n)
        Resistors, and an equation for every source.
    input, ripple, constant, output : np.ndarray, shape (n,)
        What 1 V of input, 1 V on all supplies, and the supplies ask for; the row that reads the
        output.
    capacitors, farads : np.ndarray, shapes (n_capacitors, n) and (n_capacitors,)
        Rows read the voltage across each capacitor; its value.
    control, injection : np.ndarray, shape (n_laws, n)
        Rows read the voltage that controls each law, and mark the node its current leaves (1)
        and the one it enters (-1).
    laws : np.ndarray, shape (n_laws, 5)
        Kind of each law and its numbers, as `newton.current` takes them.
    """

    def __init__(self, netlist):
        self.title = netlist.title
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
            elif isinstance(part, Transconductor):
                sensed = self._row((part.plus, part.siemens), (part.minus, -part.siemens))
                self.conductance -= np.outer(self._row((part.output, 1.0)), sensed)
        self.farads = np.array([part.farads for part in capacitors])
        self.capacitors = self._matrix([((c.a, 1.0), (c.b, -1.0)) for c in capacitors])
        self.control = self._matrix([part.control for part in laws])
        self.injection = self._matrix([((i.start, 1.0), (i.end, -1.0)) for i in laws])
        self.laws = np.array([_numbers(part.law) for part in laws]).reshape(-1, 5)

        # One more equation and one more current for every source: the input, then the others.
        self.input = np.zeros(size)
        self.ripple = np.zeros(size)
        self.constant = np.zeros(size)
        self._hold(len(self.nodes), netlist.input, self._row((netlist.input, 1.0)))
        self.input[len(self.nodes)] = 1.0
        for row, part in enumerate(sources, start=len(self.nodes) + 1):
            if isinstance(part, VoltageSource):
                self._hold(row, part.node, self._row((part.node, 1.0)))
                self.constant[row] = part.volts
                self.ripple[row] = 1.0
            else:
                self._hold(row, part.output, self._row((part.output, 1.0), (part.control, -part.gain)))
        self.output = self._row((netlist.output, 1.0))

    def inverse(self, more_conductance=0.0):
        """Inverse of the conductance matrix, with something added to it.

        Raises
        ------
        UltraGainError
            If two sources hold the same node.
        """
        try:
            return np.linalg.inv(self.conductance + more_conductance)
        except np.linalg.LinAlgError:
            raise UltraGainError(f"{self.title}: two sources hold the same node; put a resistor between them") from None

    def operating_point(self):
        """Where the circuit rests with silence at its input: the capacitors taken out.

        Returns
        -------
        volts : np.ndarray, shape (n_nodes,)
            At every node.
        control_volts : np.ndarray, shape (n_laws,)
            What controls every law.

        Raises
        ------
        UltraGainError
            If none is found.
        """
        inverse = self.inverse()
        quiet = inverse @ self.constant
        by_amps = -inverse @ self.injection.T
        drive = self.control @ quiet
        feedback = np.ascontiguousarray((self.control @ by_amps).T)

        count = len(drive)
        control_volts, amps, work = np.zeros(count), np.empty(count), np.empty((count + 3, count))
        used = newton.solve(control_volts, drive, feedback, self.laws, amps, work, 1e-9)
        if used > newton.MOST_ITERATIONS:
            raise UltraGainError(
                f"{self.title}: no operating point found; give every grid and cathode a resistor to ground"
            )
        return (quiet + by_amps @ amps)[: len(self.nodes)], control_volts

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


def _numbers(law):
    if isinstance(law, SoftKnee):
        return [newton.SOFT_KNEE, law.scale, law.sharpness, law.exponent, law.leak]
    return [newton.JUNCTION, law.saturation, law.emission_volts, 0.0, 0.0]
