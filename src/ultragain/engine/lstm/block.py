"""A block of columns on its way through time: forwards, backwards, and what is left to add up.

Windows (from a zero state, one output after the last step) and streams (from a carried state, an output at every
step) differ in two arguments here, `carried` and `first`.
"""

from ultragain.compiled import compiled
from ultragain.engine.lstm.tiles import (
    add_outer_products,
    dense,
    dense_with_gradient,
    step_backwards,
    step_forwards,
    transpose,
)


@compiled(nogil=True)
def forwards(tiling, weights, packed, work, steps, carried, first):
    """Take a block through `steps` time steps, keeping what `backwards` needs.

    Parameters
    ----------
    tiling : Tiling
    weights : Weights
    packed : Packed
    work : Work
        dry, wet, scale, and the state in h[0] and c are filled in. predicted, dy, the state after every
        step in h, the last one in c, and slopes are written; sums are added to dense.
    steps : int
    carried : bool
        Whether the state counts: where it is zero, a product is spared.
    first : int
        The first time step that has an output and a loss.
    """
    units = work.c.shape[0]
    for t in range(steps):
        known = units if carried or t > 0 else 0
        step_forwards(
            tiling, known, packed.ahead, weights.inputs, weights.bias,
            work.dry[t], work.h[t], work.c, work.slopes[t], work.h[t + 1],
        )  # fmt: skip
        if t < first:
            work.dy[t] = 0
        else:
            dense_with_gradient(
                tiling, weights.dense, work.h[t + 1], work.wet[t], work.scale, work.predicted[t], work.dy[t], work.dense
            )


@compiled(nogil=True)
def backwards(tiling, weights, packed, work, gradient, steps, carried):
    """Go back through the time steps that `forwards` took.

    Parameters
    ----------
    tiling, weights, packed, steps, carried
        As in `forwards`.
    work : Work
        As `forwards` left it. c is overwritten; sums are added to gates.
    gradient : Weights
        The gradient by the recurrent weights is added; `collect` adds the rest.
    """
    rows, slots = work.gates.shape[0], work.transposed.shape[0]
    work.c[:] = 0  # from here on its gradient
    later, slot = 0, 0
    for t in range(steps - 1, -1, -1):
        counts = carried or t > 0  # whether h before this step is anything but zero
        place = slot if counts else slots
        step_backwards(
            tiling, rows if t < steps - 1 else 0, packed.back, work.dz[later], weights.dense, work.dy[t],
            work.slopes[t], work.c, work.dry[t], work.dz[place], work.gates,
        )  # fmt: skip
        later = place
        if counts:
            transpose(tiling, work.h[t], work.transposed[slot])
            slot += 1
        if slot == slots or (t == 0 and slot > 0):
            add_outer_products(tiling, slot, work.dz, work.transposed, gradient.recurrent)
            slot = 0


@compiled(nogil=True)
def collect(work, gradient):
    """Add the sums that `forwards` and `backwards` left lane by lane to the gradient, and clear them."""
    for n in range(work.gates.shape[0]):
        for lane in range(work.gates.shape[2]):
            gradient.inputs[n] += work.gates[n, 0, lane]
            gradient.bias[n] += work.gates[n, 1, lane]
    for k in range(work.dense.shape[0]):
        for column in range(work.dense.shape[1]):
            gradient.dense[k] += work.dense[k, column]
    work.gates[:] = 0
    work.dense[:] = 0


@compiled(nogil=True)
def play(tiling, weights, packed, dry, h, c, predicted, carried, first):
    """Take a block through time without a way back.

    Parameters
    ----------
    tiling, weights, packed, carried, first
        As in `forwards`.
    dry : np.ndarray, shape (steps, columns)
    h : np.ndarray, shape (2, width, columns)
        h[0] is the state at the beginning; h[steps % 2] holds it in the end.
    c : np.ndarray, shape (units, columns)
        Is replaced.
    predicted : np.ndarray, shape (steps, columns)
        Is written from `first` on.
    """
    units = c.shape[0]
    for t in range(len(dry)):
        known = units if carried or t > 0 else 0
        old, new = h[t % 2], h[(t + 1) % 2]
        step_forwards(tiling, known, packed.ahead, weights.inputs, weights.bias, dry[t], old, c, None, new)
        if t >= first:
            dense(tiling, weights.dense, new, predicted[t])
