"""The products of an LSTM as vector code, each with all that happens to its result while that is in registers.

A product's sums stay in registers over all of the product: a tile of it is as many rows as there are
registers for. Its inner loop, for the forward step of two units (eight rows) and two registers of columns:

            h[k]:     [ register 0 ] [ register 1 ]     read once, used eight times
    weight 0 (one number in all lanes)   sum 0, sum 1       += weight * register
    weight 1                             sum 2, sum 3
      ...                                  ...
    weight 7                             sum 14, sum 15

16 multiply-adds for 10 numbers fetched. When the loop over k ends, the sums are z of four gates of two
units, and become the units' new state without a trip to memory.

Functions here are called from compiled code (see `vector_code`); shapes are given as (slowest, ..., fastest), columns
are windows or streams. The way back is back-propagation through time: Werbos, "Backpropagation through time: what it
does and how to do it", Proceedings of the IEEE 78(10), 1990.
"""

from ultragain.engine.gates import sigmoid, tanh
from ultragain.engine.lstm.layout import GATES, SLOPES
from ultragain.engine.vectors import FLOAT, vector_code


def _product(v, count, left, steps, right, pitch, sums):
    """sums[r][j] += left[k, r] right[k, j] over k < count; the sums stay in registers.

    Parameters
    ----------
    v : Vectors
    count : int or ir.Value
        One that the compiler does not know is rounded up to a multiple of 4: left and right reach so far.
    left : ir.Value
        Address of single numbers.
    steps : (int, int)
        Bytes from one k to the next, and from one r to the next.
    right : ir.Value
        Address of registers that are neighbours.
    pitch : int
        Bytes from one k to the next.
    sums : list of list of ir.Value
        Rows of registers.

    Returns
    -------
    list of list of ir.Value
    """
    rows, wide = len(sums), len(sums[0])
    unroll = next(n for n in (4, 2, 1) if not isinstance(count, int) or count % n == 0)

    def some(places, sums):
        left, right = places
        for k in range(unroll):
            there = [v.load(right, k * pitch + j * v.size) for j in range(wide)]
            for r in range(rows):
                weight = v.broadcast(left, k * steps[0] + r * steps[1])
                for j in range(wide):
                    sums[r * wide + j] = v.fma(weight, there[j], sums[r * wide + j])
        return sums

    flat = [register for row in sums for register in row]
    flat = v.loop(count, [left, right], [unroll * steps[0], unroll * pitch], flat, some, step=unroll)
    return [flat[r * wide : (r + 1) * wide] for r in range(rows)]


@vector_code
def step_forwards(v, tiling, known, ahead, inputs, bias, x, h, c, slopes, new_h):
    """One time step of a block of columns.

    Parameters
    ----------
    tiling : Tiling
    known : int
        Rows of h that count: all units, or 0 where the state is zero.
    ahead : (units / forwards, width, 4 forwards)
        See `Packed`.
    inputs, bias : (4 units,)
    x : (columns,)
    h : (units, columns)
        The state before.
    c : (units, columns)
        Is replaced.
    slopes : (units, SLOPES, columns) or None
        Is written: what `step_backwards` multiplies by.
    new_h : (units, columns)
        Is written.
    """
    units, wide, some = tiling.units, tiling.wide, tiling.forwards
    register, rows = v.size, GATES * some

    def tile(places, _):
        ahead, inputs, bias, c, new_h, *slopes = places
        v.prefetch(new_h, some * wide * register, write=True)
        if slopes:
            v.prefetch(slopes[0], some * SLOPES * wide * register, write=True)
        dry = [v.load(x, j * register) for j in range(wide)]
        sums = []
        for r in range(rows):
            weight, constant = v.broadcast(inputs, FLOAT * r), v.broadcast(bias, FLOAT * r)
            sums.append([v.fma(weight, dry[j], constant) for j in range(wide)])
        sums = _product(v, known, ahead, (FLOAT * rows, FLOAT), h, wide * register, sums)
        for u in range(some):
            for j in range(wide):
                at = (u * wide + j) * register
                zi, zf, zg, zo = (sums[GATES * u + gate][j] for gate in range(GATES))
                i, f, g, o = sigmoid(v, zi), sigmoid(v, zf), tanh(v, zg), sigmoid(v, zo)
                kept, taken = v.multiply(f, v.load(c, at)), v.multiply(i, g)
                cell = v.add(kept, taken)
                shown = tanh(v, cell)
                out = v.multiply(o, shown)
                v.store(cell, c, at)
                v.store(out, new_h, at)
                if slopes:
                    values = (
                        v.negative_fma(taken, i, taken),  # dc/dz_i = g i (1 - i)
                        v.negative_fma(kept, f, kept),  # dc/dz_f = c f (1 - f), c of the step before
                        v.negative_fma(taken, g, i),  # dc/dz_g = i (1 - g g)
                        v.negative_fma(out, o, out),  # dh/dz_o = tanh(c) o (1 - o)
                        v.negative_fma(out, shown, o),  # dh/dc = o (1 - tanh(c)**2)
                        f,  # dc/dc, c of the step before
                    )
                    for n, value in enumerate(values):
                        v.store(value, slopes[0], ((u * SLOPES + n) * wide + j) * register)
        return []

    state = some * wide * register
    places, strides = (
        [ahead, inputs, bias, c, new_h],
        [FLOAT * tiling.width * rows, FLOAT * rows, FLOAT * rows, state, state],
    )
    if slopes is not None:
        places, strides = [*places, slopes], [*strides, SLOPES * state]
    v.loop(units // some, places, strides, [], tile)


@vector_code
def step_backwards(v, tiling, known, back, later, dense, dy, slopes, dc, x, dz, sums):
    """Gradients by all gates from those one time step later, for a block of columns.

    Parameters
    ----------
    tiling : Tiling
    known : int
        Rows of `later` that count: 4 units, or 0 at the last time step.
    back : (units / backwards, 4 units, backwards)
        See `Packed`.
    later : (4 units, columns)
        dz of the step after this one.
    dense : (units,)
    dy : (columns,)
        Gradient by this step's output.
    slopes : (units, SLOPES, columns)
    dc : (units, columns)
        Is replaced by the gradient by c one step before.
    x : (columns,)
    dz : (4 units, columns)
        Is written.
    sums : (4 units, 2, lanes)
        dz x and dz are added.
    """
    units, wide, some = tiling.units, tiling.wide, tiling.backwards
    register = v.size

    def tile(places, _):
        back, dense, slopes, dc, dz, sums = places
        v.prefetch(slopes, some * SLOPES * wide * register)
        upstream = [v.load(dy, j * register) for j in range(wide)]
        dh = [[v.multiply(v.broadcast(dense, FLOAT * u), upstream[j]) for j in range(wide)] for u in range(some)]
        dh = _product(v, known, back, (FLOAT * some, FLOAT), later, wide * register, dh)
        dry = [v.load(x, j * register) for j in range(wide)]
        for u in range(some):
            of_x, of_1 = (
                [v.load(sums, ((GATES * u + gate) * 2 + n) * register) for gate in range(GATES)] for n in range(2)
            )
            for j in range(wide):
                at = (u * wide + j) * register
                to_i, to_f, to_g, to_o, through, keep = (
                    v.load(slopes, ((u * SLOPES + n) * wide + j) * register) for n in range(SLOPES)
                )
                cell = v.fma(dh[u][j], through, v.load(dc, at))
                v.store(v.multiply(cell, keep), dc, at)
                of_gates = [v.multiply(cell, slope) for slope in (to_i, to_f, to_g)] + [v.multiply(dh[u][j], to_o)]
                for gate, value in enumerate(of_gates):
                    v.store(value, dz, ((GATES * u + gate) * wide + j) * register)
                    of_x[gate], of_1[gate] = v.fma(value, dry[j], of_x[gate]), v.add(of_1[gate], value)
            for gate in range(GATES):
                v.store(of_x[gate], sums, (GATES * u + gate) * 2 * register)
                v.store(of_1[gate], sums, ((GATES * u + gate) * 2 + 1) * register)
        return []

    state = some * wide * register
    v.loop(
        units // some,
        [back, dense, slopes, dc, dz, sums],
        [FLOAT * GATES * units * some, FLOAT * some, SLOPES * state, state, GATES * state, GATES * some * 2 * register],
        [],
        tile,
    )


@vector_code
def add_outer_products(v, tiling, slots, left, right, total):
    """total += left right, over all columns of all slots: the gradient by the recurrent weights.

    Parameters
    ----------
    tiling : Tiling
    slots : int
        Time steps.
    left : (slots, 4 units, columns)
        dz.
    right : (slots, columns, width)
        h one step before, transposed.
    total : (4 units, width)
        Is added to.
    """
    rows, columns, pitch = GATES * tiling.units, tiling.columns, FLOAT * tiling.width
    some, across, register = tiling.rows, tiling.across, v.size

    def strip(places, _):
        right, total = places

        def tile(places, _):
            left, total = places

            def slot(places, flat):
                left, right = places
                sums = [flat[r * across : (r + 1) * across] for r in range(some)]
                sums = _product(v, columns, left, (FLOAT, FLOAT * columns), right, pitch, sums)
                return [register for row in sums for register in row]

            # from zero, not from the total: sums of like size lose less to rounding
            zeros = [v.constant(0.0)] * (some * across)
            sums = v.loop(slots, [left, right], [FLOAT * rows * columns, columns * pitch], zeros, slot)
            for r in range(some):
                for j in range(across):
                    at = r * pitch + j * register
                    v.store(v.add(v.load(total, at), sums[r * across + j]), total, at)
            return []

        v.loop(rows // some, [left, total], [FLOAT * some * columns, some * pitch], [], tile)
        return []

    v.loop(tiling.width // (across * v.lanes), [right, total], [across * register] * 2, [], strip)


@vector_code
def transpose(v, tiling, source, target):
    """Transpose squares of lanes by lanes numbers, in registers.

    Parameters
    ----------
    tiling : Tiling
    source : (width, columns)
    target : (columns, width)
        Is written.
    """
    lanes, wide, pitch = v.lanes, tiling.wide, FLOAT * tiling.width

    def strip(places, _):
        source, target = places
        for j in range(wide):
            rows = [v.load(source, (r * wide + j) * v.size) for r in range(lanes)]
            half = lanes // 2
            while half:  # swap the two off-diagonal quarters of every square of 2 half by 2 half
                low = [n if not n & half else lanes + n - half for n in range(lanes)]
                high = [n + half if not n & half else lanes + n for n in range(lanes)]
                for r in range(lanes):
                    if not r & half:
                        a, b = rows[r], rows[r + half]
                        rows[r], rows[r + half] = v.shuffle(a, b, low), v.shuffle(a, b, high)
                half //= 2
            for r in range(lanes):
                v.store(rows[r], target, pitch * (j * lanes + r))
        return []

    v.loop(tiling.width // lanes, [source, target], [lanes * wide * v.size, v.size], [], strip)


@vector_code
def dense(v, tiling, weights, h, predicted):
    """The output: predicted = weights h + constant.

    Parameters
    ----------
    tiling : Tiling
    weights : (units + 1,)
        The last is the constant.
    h : (units, columns)
    predicted : (columns,)
        Is written.
    """
    for j, value in enumerate(_outputs(v, tiling, weights, h)):
        v.store(value, predicted, j * v.size)


@vector_code
def dense_with_gradient(v, tiling, weights, h, wet, scale, predicted, dy, sums):
    """The output, and the gradients by it and by the Dense layer's weights.

    Parameters
    ----------
    tiling, weights, h, predicted
        As in `dense`.
    wet, scale : (columns,)
        Targets, and what the error is multiplied by.
    dy : (columns,)
        Is written: scale (predicted - wet).
    sums : (units + 1, columns)
        dy h, and dy, are added.
    """
    wide, pitch = tiling.wide, tiling.wide * v.size
    slopes = []
    for j, value in enumerate(_outputs(v, tiling, weights, h)):
        at, last = j * v.size, tiling.units * pitch + j * v.size
        v.store(value, predicted, at)
        slopes.append(v.multiply(v.subtract(value, v.load(wet, at)), v.load(scale, at)))
        v.store(slopes[j], dy, at)
        v.store(v.add(v.load(sums, last), slopes[j]), sums, last)

    def row(places, _):
        h, sums = places
        for j in range(wide):
            at = j * v.size
            v.store(v.fma(slopes[j], v.load(h, at), v.load(sums, at)), sums, at)
        return []

    v.loop(tiling.units, [h, sums], [pitch, pitch], [], row)


def _outputs(v, tiling, weights, h):
    """Registers of outputs. One sum waits for the one before it, so several that are independent run side by side."""
    wide, pitch = tiling.wide, tiling.wide * v.size
    chains = next(n for n in (4, 2, 1) if tiling.units % n == 0)

    def some(places, sums):
        weights, h = places
        return [
            v.fma(v.broadcast(weights, FLOAT * k), v.load(h, k * pitch + j * v.size), sums[k * wide + j])
            for k in range(chains)
            for j in range(wide)
        ]

    sums = [v.broadcast(weights, FLOAT * tiling.units)] * wide + [v.constant(0.0)] * ((chains - 1) * wide)
    sums = v.loop(tiling.units, [weights, h], [chains * FLOAT, chains * pitch], sums, some, step=chains)
    for k in range(1, chains):
        sums[:wide] = [v.add(sums[j], sums[k * wide + j]) for j in range(wide)]
    return sums[:wide]
