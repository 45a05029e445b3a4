"""Learning from a gradient of matrices: SOAP, which is Adam in the axes in which a matrix's gradients vary.

For a matrix of weights whose rows are what comes in and whose columns are what goes out, the products G G' and G' G of
its gradient with itself are averaged. Their eigenvectors are the axes. The gradient is turned into them, Adam's step is
taken there, and turned back: axes along which gradients are small take steps as large as the others, which Adam gives
to single weights only.

References
----------
Vyas et al., "SOAP: Improving and Stabilizing Shampoo using Adam", arXiv 2409.11321, 2024; decoupled weight decay:
Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
"""

from typing import NamedTuple

import numpy as np

from ultragain.compiled import compiled
from ultragain.engine.memory import aligned

BETA_1, BETA_2 = 0.95, 0.99  # of the running mean of gradients; of their squares and products
#: Added to the root of the mean square. A hundred times Adam's: gradients here are at most 0.1 long, and axes that the
#: audio hardly excites otherwise take whole steps, until outputs for louder audio leave all bounds.
EPSILON = 1e-5
WEIGHT_DECAY = 0.03  # times the learning rate, a step: for the same reason
LEAST_TRACE = 1e-20  # of a product: below, lengths of its columns are no numbers of float32
EVERY = 10  # steps between two corrections of a matrix's axes; the paper's default


class Soap(NamedTuple):
    """The state of matrices of R rows and C columns, each part flat, one matrix after the other."""

    m: np.ndarray  # (R, C): running mean of the gradient
    v: np.ndarray  # (C, R): running mean of its squares, in the axes
    left: np.ndarray  # (R, R): of G G'
    right: np.ndarray  # (C, C): of G' G
    left_axes: np.ndarray  # (R, R): a column an axis
    left_turned: np.ndarray  # (R, R): the same, a row an axis
    right_axes: np.ndarray  # (C, C): a column an axis

    @classmethod
    def zeros(cls, matrices):
        """Before the first step: the axes are the weights' own.

        Parameters
        ----------
        matrices : np.ndarray, shape (n, 3), int
            Offset in the flat array of weights, rows and columns of each; together they are all of it.
        """
        _, rows, columns = np.transpose(matrices)
        own = [np.concatenate([np.eye(n, dtype=np.float32).ravel() for n in sizes]) for sizes in (rows, columns)]
        made = cls(*(aligned(np.sum(size)) for size in (rows * columns,) * 2 + (rows**2, columns**2) + (rows**2,) * 2),
                   aligned(np.sum(columns**2)))  # fmt: skip
        made.left_axes[:], made.left_turned[:], made.right_axes[:] = own[0], own[0], own[1]
        return made


@compiled(nogil=True)
def soap(theta, gradient, state, matrices, first, stride, rate, step):
    """Take one step with every `stride`-th of the matrices, from number `first` on: threads may share them.

    Parameters
    ----------
    theta : np.ndarray, shape (n_weights,), float32
        Weights; are replaced.
    gradient : np.ndarray, shape (n_weights,), float32
    state : Soap
        Is moved on.
    matrices : np.ndarray, shape (n, 3), int64
        As in `Soap.zeros`.
    first, stride : int
    rate : float
        Learning rate.
    step : int
        Number of this step, from 1.
    """
    square, small = 0, 0
    for n in range(len(matrices)):
        at, rows, columns = matrices[n]
        if n % stride == first:
            weights, whole, side = slice(at, at + rows * columns), (rows, columns), (columns, rows)
            lefts, rights = slice(square, square + rows**2), slice(small, small + columns**2)
            _step(
                theta[weights].reshape(whole), gradient[weights].reshape(whole), state.m[weights].reshape(whole),
                state.v[weights].reshape(side), state.left[lefts].reshape((rows, rows)),
                state.right[rights].reshape((columns, columns)), state.left_axes[lefts].reshape((rows, rows)),
                state.left_turned[lefts].reshape((rows, rows)), state.right_axes[rights].reshape((columns, columns)),
                rate, step, (step + n) % EVERY == 0,  # not all matrices at once: steps last alike
            )  # fmt: skip
        square, small = square + rows**2, small + columns**2


@compiled(nogil=True)
def _step(theta, gradient, m, v, left, right, left_axes, left_turned, right_axes, rate, step, correct):
    rows, columns = theta.shape
    one = np.float32(1)
    rest_1, keep_2, rest_2 = np.float32(1 - BETA_1), np.float32(BETA_2), np.float32(1 - BETA_2)
    power_1, power_2 = np.float32(BETA_1**step), np.float32(BETA_2**step)
    alpha = np.float32(rate) * np.sqrt(one - power_2) / (one - power_1)
    for i in range(rows):
        for j in range(columns):
            m[i, j] += (gradient[i, j] - m[i, j]) * rest_1
    across = gradient.T.copy()  # long rows: the loops below are over them
    left *= keep_2
    _add_product((gradient * rest_2), across, left)
    right *= keep_2
    _add_product((across * rest_2), gradient, right)
    if correct:
        _correct(left, left_axes, v, True)
        left_turned[:] = left_axes.T
        _correct(right, right_axes, v, False)
    turned, mean = _into(across, left_axes, right_axes), _into(m.T.copy(), left_axes, right_axes)
    for i in range(columns):
        for j in range(rows):
            v[i, j] += (turned[i, j] * turned[i, j] - v[i, j]) * rest_2
            mean[i, j] /= np.sqrt(v[i, j]) + np.float32(EPSILON)
    change = _into(mean, left_turned, right_axes.T.copy())
    decay = np.float32(rate) * np.float32(WEIGHT_DECAY)
    for i in range(rows):
        for j in range(columns):
            theta[i, j] -= alpha * change[j, i] + decay * theta[i, j]


@compiled(nogil=True)
def _into(across, left_axes, right_axes):
    """right_axes' across left_axes: a transposed matrix in its axes."""
    columns, rows = across.shape
    half, whole = np.zeros((columns, rows), np.float32), np.zeros((columns, rows), np.float32)
    _add_product(right_axes.T.copy(), across, half)
    _add_product(half, left_axes, whole)
    return whole


@compiled(nogil=True)
def _add_product(a, b, total):
    """total += a b. Four rows of b at once, so that a row of the total is read and written a quarter as often."""
    rows, inner = a.shape
    columns = b.shape[1]
    whole = inner - inner % 4
    for i in range(rows):
        row = total[i]
        for k in range(0, whole, 4):
            w, x, y, z = a[i, k], a[i, k + 1], a[i, k + 2], a[i, k + 3]
            b_w, b_x, b_y, b_z = b[k], b[k + 1], b[k + 2], b[k + 3]
            for j in range(columns):
                row[j] += (w * b_w[j] + x * b_x[j]) + (y * b_y[j] + z * b_z[j])
        for k in range(whole, inner):
            w, b_w = a[i, k], b[k]
            for j in range(columns):
                row[j] += w * b_w[j]


@compiled(nogil=True)
def _correct(product, axes, v, is_left):
    """Move axes nearer to a product's eigenvectors: one turn of orthogonal iteration, the largest eigenvalue first.

    References
    ----------
    Golub and Van Loan, "Matrix Computations", 4th edition, 8.2.4; the sum of a matrix's eigenvalues is its trace.
    """
    size = len(product)
    trace = np.float32(0)
    for n in range(size):
        trace += product[n, n]
    if not trace > np.float32(LEAST_TRACE):
        return  # no gradient yet, or one whose products are lost in float32
    moved = axes * (trace * np.float32(1e-6 / size))  # so that no axis vanishes where a product has no full rank
    _add_product(product, axes, moved)
    values = np.zeros(size, np.float32)
    for i in range(size):
        for j in range(size):
            values[j] -= axes[i, j] * moved[i, j]
    order = np.argsort(values, kind="mergesort")
    for i in range(size):
        axes[i] = moved[i][order]
    for i in range(len(v)):
        if is_left:
            v[i] = v[i][order]
    if not is_left:
        v[:] = v[order].copy()
    for _ in range(2):  # once leaves axes of small eigenvalues askew in float32; twice is enough (Parlett, 1980)
        _make_orthogonal(axes)


@compiled(nogil=True)
def _make_orthogonal(a):
    """Gram and Schmidt's process, modified, on the columns of a square matrix; inner loops are over rows of memory."""
    size = len(a)
    for k in range(size):
        norm = 0.0
        for i in range(size):
            norm += np.float64(a[i, k]) ** 2
        factor = np.float32(1 / np.sqrt(max(norm, 1e-300)))  # a column of zeros stays one
        shares = np.zeros(size, np.float32)
        for i in range(size):
            a[i, k] *= factor
            w, row = a[i, k], a[i]
            for j in range(k + 1, size):
                shares[j] += w * row[j]
        for i in range(size):
            w, row = a[i, k], a[i]
            for j in range(k + 1, size):
                row[j] -= w * shares[j]
