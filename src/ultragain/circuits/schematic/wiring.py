"""What is connected to what in a drawing: geometry in, nets out."""

from collections import Counter


class Wiring:
    """Straight wires, and the points that touch them.

    A point that lies anywhere on a wire is connected to it, so a wire that ends on another one
    makes a joint. Two wires that merely cross are not connected.
    """

    def __init__(self):
        self._wires = []
        self._ends = Counter()

    def wire(self, start, end):
        """Add a wire."""
        self._wires.append((_grid(start), _grid(end)))

    def end(self, point):
        """Add something that comes to a point and stops there: a part's lead or a symbol."""
        self._ends[_grid(point)] += 1

    def joints(self):
        """Points where at least three ends meet; a wire that passes counts as two."""
        return sorted(point for point in self._points() if self._degree(point) >= 3)

    def nets(self):
        """All that is connected, as one function from points to nets.

        Returns
        -------
        callable
            Gives a net's number for a point: two points are connected if theirs are equal. None
            where nothing is.
        """
        net_of = {point: {point} for point in self._points()}
        for wire in self._wires:
            merged = set().union(*(net for point, net in net_of.items() if _touches(point, wire)))
            net_of |= dict.fromkeys(merged, merged)
        numbers = {point: min(net) for point, net in net_of.items()}

        def number(point):
            on = [wire for wire in self._wires if _touches(_grid(point), wire)]
            return numbers[on[0][0]] if on else numbers.get(_grid(point))

        return number

    def _points(self):
        return {*self._ends, *(end for wire in self._wires for end in wire)}

    def _degree(self, point):
        passing = sum(2 - (point in wire) for wire in self._wires if _touches(point, wire))
        return self._ends[point] + passing


def _grid(point):
    # sums of decimal fractions that mean the same place must be the same number
    return tuple(round(float(coordinate), 3) for coordinate in point)


def _touches(point, wire):
    (x, y), ((x1, y1), (x2, y2)) = point, wire
    between = min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)
    return between and abs((x - x1) * (y2 - y1) - (y - y1) * (x2 - x1)) < 1e-6
