"""The convolutions as vector code: tiles of eight channels by some registers of neighbouring samples.

Sums stay in registers over all taps and channels of a convolution; what happens to its result happens there, too.
Rows of memory are `pitch` bytes apart. Reading at a tap means reading from an address some samples earlier or later.
"""

from llvmlite import ir

from ultragain.engine.vectors import FLOAT, I64, vector_code
from ultragain.engine.wavenet.layout import CHANNELS, SLOPE

ROWS = range(CHANNELS)
ADDRESS = 8  # bytes


def _below(v, base, pitch):
    """Addresses of the eight rows that begin with `base`."""
    rows = [base]
    for _ in ROWS[1:]:
        rows.append(v.builder.add(rows[-1], pitch))
    return rows


def _tiles(v, tiling, count, inputs, taps, weights, source, step, pitch, others, begin, finish):
    """For each tile: sums of all taps and inputs, from what `begin` gives to what `finish` takes.

    Parameters
    ----------
    v : Vectors
    tiling : Tiling
    count : ir.Value
        Tiles.
    inputs : int
        Rows that come in.
    taps : int or ir.Value
    weights : ir.Value
        Address of (taps, inputs, 8) numbers.
    source : ir.Value
        Address of the first tap's first row.
    step : int or ir.Value
        Bytes from one tap to the next.
    pitch : ir.Value
    others : list of ir.Value
        Addresses that move on with time.
    begin, finish : callable
        Of the moved addresses, and for `finish` the sums: rows of registers.
    """
    wide = range(tiling.wide)

    def tile(places, _):
        source, *places = places

        def tap(places, sums):
            source, weights = places
            sums = list(sums)
            for n, row in enumerate(_below(v, source, pitch)[:inputs]):
                there = [v.load(row, j * v.size, aligned=False) for j in wide]
                for r in ROWS:
                    weight = v.broadcast(weights, FLOAT * (n * CHANNELS + r))
                    for j in wide:
                        at = r * tiling.wide + j
                        sums[at] = v.fma(weight, there[j], sums[at])
            return sums

        flat = [register for row in begin(places) for register in row]
        flat = v.loop(taps, [source, weights], [step, FLOAT * inputs * CHANNELS], flat, tap)
        finish(places, [flat[r * tiling.wide : (r + 1) * tiling.wide] for r in ROWS])
        return []

    v.loop(count, [source, *others], [tiling.wide * v.size] * (1 + len(others)), [], tile)


def _load(v, tiling, base, pitch):
    return [[v.load(row, j * v.size, aligned=False) for j in range(tiling.wide)] for row in _below(v, base, pitch)]


def _store(v, base, pitch, rows):
    for row, registers in zip(_below(v, base, pitch), rows, strict=True):
        for j, register in enumerate(registers):
            v.store(register, row, j * v.size, aligned=False)


@vector_code
def convolve(v, tiling, count, taps, weights, source, step, pitch, bias, mixin, dry, out, heard):
    """A layer's activations, and their addition to what the head hears."""

    def begin(places):
        dry = [v.load(places[0], j * v.size, aligned=False) for j in range(tiling.wide)]
        both = [(v.broadcast(mixin, FLOAT * r), v.broadcast(bias, FLOAT * r)) for r in ROWS]
        return [[v.fma(weight, register, constant) for register in dry] for weight, constant in both]

    def finish(places, sums):
        _, out, heard = places
        active = [[_leaky(v, z) for z in row] for row in sums]
        _store(v, out, pitch, active)
        before = _load(v, tiling, heard, pitch)
        total = [[v.add(a, b) for a, b in zip(*rows, strict=True)] for rows in zip(active, before, strict=True)]
        _store(v, heard, pitch, total)

    _tiles(v, tiling, count, CHANNELS, taps, weights, source, step, pitch, [dry, out, heard], begin, finish)


def _leaky(v, z):
    b, low = v.builder, v.multiply(z, v.constant(SLOPE))
    return b.select(b.fcmp_unordered("<", z, low), low, z)  # one instruction; NaN stays NaN


@vector_code
def add_one(v, tiling, count, weights, source, pitch, constant, x, out):
    """The next layer's input: out = x + one source + constant."""

    def begin(places):
        before = _load(v, tiling, places[0], pitch)
        return [[v.add(v.broadcast(constant, FLOAT * r), register) for register in before[r]] for r in ROWS]

    def finish(places, sums):
        _store(v, places[1], pitch, sums)

    _tiles(v, tiling, count, CHANNELS, 1, weights, source, 0, pitch, [x, out], begin, finish)


@vector_code
def spread(v, tiling, count, taps, weights, source, step, pitch, out):
    """Eight rows of one: out[r] = sum over taps of weights[tap, r] source."""
    _tiles(
        v, tiling, count, 1, taps, weights, source, step, pitch, [out],
        lambda places: [[v.constant(0.0)] * tiling.wide for _ in ROWS],
        lambda places, sums: _store(v, places[0], pitch, sums),
    )  # fmt: skip


@vector_code
def back_through_one(v, tiling, count, taps, weights, dx, pitch, dheard, a):
    """The loss's gradient by z, in the place of a: LeakyReLU's slope times (dheard + the transposed `one` of dx).

    taps is 0 for the last layer, which has no `one`.
    """

    def finish(places, sums):
        a, b = _load(v, tiling, places[1], pitch), v.builder
        slopes = [
            [
                b.select(b.fcmp_ordered(">", value, v.constant(0.0)), total, v.multiply(total, v.constant(SLOPE)))
                for value, total in zip(*rows, strict=True)
            ]
            for rows in zip(a, sums, strict=True)
        ]
        _store(v, places[1], pitch, slopes)

    _tiles(
        v, tiling, count, CHANNELS, taps, weights, dx, 0, pitch, [dheard, a],
        lambda places: _load(v, tiling, places[0], pitch), finish,
    )  # fmt: skip


@vector_code
def back_through_taps(v, tiling, count, taps, weights, dz, step, pitch, dx):
    """dx += the transposed convolution of dz."""
    _tiles(
        v, tiling, count, CHANNELS, taps, weights, dz, step, pitch, [dx],
        lambda places: _load(v, tiling, places[0], pitch),
        lambda places, sums: _store(v, places[0], pitch, sums),
    )  # fmt: skip


@vector_code
def head(v, tiling, count, taps, weights, source, pitch, constant, out):
    """The output: out = constant + sum over taps and channels of weights[tap, c] source[c], a tap a sample."""
    wide = range(tiling.wide)

    def tile(places, _):
        source, out = places

        def tap(places, sums):
            source, weights = places
            for n, row in enumerate(_below(v, source, pitch)):
                weight = v.broadcast(weights, FLOAT * n)
                sums = [v.fma(weight, v.load(row, j * v.size, aligned=False), sums[j]) for j in wide]
            return sums

        sums = [v.broadcast(constant)] * tiling.wide
        for j, register in enumerate(v.loop(taps, [source, weights], [FLOAT, FLOAT * CHANNELS], sums, tap)):
            v.store(register, out, j * v.size, aligned=False)
        return []

    v.loop(count, [source, out], [tiling.wide * v.size] * 2, [], tile)


@vector_code
def add_outer_products(v, tiling, groups, steps, rows, pitch, columns, offset, total):
    """total[group, r, j] += sum over time of rows[r] column[group wide + j], lane by lane.

    Parameters
    ----------
    tiling : Tiling
    groups, steps : int
        Groups of `wide` columns; registers of time.
    rows : address
        Of the first of eight rows.
    columns : address
        Of the addresses of the columns, int64; a column is a row of memory, at a tap.
    offset : int
        Bytes to be added to them.
    total : (groups, 8, wide, lanes)
    """
    eight = _below(v, rows, pitch)

    def group(places, _):
        columns, total = places
        pointers = [
            v.builder.inttoptr(v.builder.add(columns, ir.Constant(I64, ADDRESS * j)), I64.as_pointer())
            for j in range(tiling.wide)
        ]
        right = [v.builder.add(offset, v.builder.load(pointer, align=ADDRESS)) for pointer in pointers]

        def some(places, sums):
            there = [v.load(v.builder.add(column, places[0]), aligned=False) for column in right]
            sums = list(sums)
            for r, row in enumerate(eight):
                left = v.load(v.builder.add(row, places[0]), aligned=False)
                for j in range(tiling.wide):
                    at = r * tiling.wide + j
                    sums[at] = v.fma(left, there[j], sums[at])
            return sums

        sums = [v.load(total, n * v.size) for n in range(CHANNELS * tiling.wide)]
        for n, register in enumerate(v.loop(steps, [ir.Constant(I64, 0)], [v.size], sums, some)):
            v.store(register, total, n * v.size)
        return []

    v.loop(groups, [columns, total], [ADDRESS * tiling.wide, CHANNELS * tiling.wide * v.size], [], group)
