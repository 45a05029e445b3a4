"""SOAP against its definition in float64, with axes from an independent decomposition."""

import numpy as np
import pytest

from ultragain.engine.soap import BETA_1, BETA_2, EPSILON, EVERY, WEIGHT_DECAY, Soap, soap

RATE = 1e-2
SHAPES = ((12, 5), (7, 1), (9, 8))
MATRICES = np.array([(60, 7, 1), (0, 12, 5), (67, 9, 8)])  # in another order than in memory


def gradients(count, seed=3):
    """Gradients whose rows and columns are mixtures of directions of clearly different sizes."""
    rng = np.random.default_rng(seed)
    turns = [[np.linalg.qr(rng.normal(size=(n, n)))[0] for n in shape] for shape in SHAPES]
    for _ in range(count):
        parts = []
        for shape, (left, right) in zip(SHAPES, turns, strict=True):
            sizes = np.outer(0.5 ** np.arange(shape[0]), 0.6 ** np.arange(shape[1]))
            parts.append(left @ (sizes * rng.normal(size=shape)) @ right.T)
        yield 1e-2 * np.concatenate([part.ravel() for part in parts])


class Oracle:
    """SOAP of one matrix."""

    def __init__(self, theta):
        self.theta, self.m, self.v = theta.astype(float), np.zeros(theta.shape), np.zeros(theta.shape)
        self.products = [np.zeros((n, n)) for n in theta.shape]
        self.axes = [np.eye(n) for n in theta.shape]

    def step(self, gradient, number, corrects):
        self.m = BETA_1 * self.m + (1 - BETA_1) * gradient
        for k, outer in enumerate((gradient @ gradient.T, gradient.T @ gradient)):
            self.products[k] = BETA_2 * self.products[k] + (1 - BETA_2) * outer
            if corrects:
                moved = self.products[k] @ self.axes[k]
                order = np.argsort(-np.sum(self.axes[k] * moved, axis=0))
                ridge = 1e-6 * np.trace(self.products[k]) / len(moved)
                self.axes[k] = np.linalg.qr((moved + ridge * self.axes[k])[:, order])[0]
                self.v = np.take(self.v, order, axis=k)
        left, right = self.axes
        self.v = BETA_2 * self.v + (1 - BETA_2) * (left.T @ gradient @ right) ** 2
        turned = left.T @ self.m @ right / (np.sqrt(self.v) + EPSILON)
        change = np.sqrt(1 - BETA_2**number) / (1 - BETA_1**number) * left @ turned @ right.T
        self.theta -= RATE * change + RATE * WEIGHT_DECAY * self.theta


def start():
    return np.random.default_rng(1).normal(size=139).astype(np.float32)


def of(flat, matrix):
    at, rows, columns = matrix
    return flat[at : at + rows * columns].reshape(rows, columns)


def test_steps_are_those_of_the_definition():
    theta, state = start(), Soap.zeros(MATRICES)
    oracles = [Oracle(of(theta, matrix)) for matrix in MATRICES]
    for number, gradient in enumerate(gradients(3 * EVERY), 1):
        soap(theta, gradient.astype(np.float32), state, MATRICES, 0, 1, RATE, number)
        for n, (oracle, matrix) in enumerate(zip(oracles, MATRICES, strict=True)):
            oracle.step(of(gradient, matrix), number, (number + n) % EVERY == 0)
    for oracle, matrix in zip(oracles, MATRICES, strict=True):
        moved = np.linalg.norm(of(start(), matrix) - oracle.theta)
        assert np.linalg.norm(of(theta, matrix) - oracle.theta) < 1e-3 * moved


def test_axes_come_to_be_the_eigenvectors():
    theta, state = start(), Soap.zeros(MATRICES)
    for number, gradient in enumerate(gradients(60 * EVERY), 1):
        soap(theta, gradient.astype(np.float32), state, MATRICES, 0, 1, RATE, number)
    at, small = 49, 1  # of the second matrix, 12 x 5, behind those of the first, 7 x 1
    for product, axes, size in (
        (state.left[at:], state.left_axes[at:], 12),
        (state.right[small:], state.right_axes[small:], 5),
    ):
        product, axes = (part[: size**2].reshape(size, size).astype(float) for part in (product, axes))
        np.testing.assert_allclose(axes.T @ axes, np.eye(size), atol=1e-5)
        largest = np.linalg.eigvalsh(product)[::-1][:4]
        np.testing.assert_allclose(np.diag(axes.T @ product @ axes)[:4], largest, rtol=0.05)


def test_matrices_may_be_shared_out():
    whole, shared = start(), start()
    states = [Soap.zeros(MATRICES) for _ in range(2)]
    for number, gradient in enumerate(gradients(2 * EVERY), 1):
        gradient = gradient.astype(np.float32)
        soap(whole, gradient, states[0], MATRICES, 0, 1, RATE, number)
        for first in (1, 0):
            soap(shared, gradient, states[1], MATRICES, first, 2, RATE, number)
    assert np.array_equal(whole, shared)
    assert all(map(np.array_equal, *states))


@pytest.mark.parametrize(("rank", "size"), [(0, 0), (1, 1e-2), (1, 1e-10), (1, 1e-17), (1, 3e-19), (1, 1e-30)])
def test_gradients_of_low_rank_leave_weights_finite(rank, size):
    theta, state = start(), Soap.zeros(MATRICES)
    gradient = np.zeros_like(theta)
    for matrix in MATRICES:
        of(gradient, matrix)[:rank] = size
    for number in range(1, 5 * EVERY):
        soap(theta, gradient, state, MATRICES, 0, 1, RATE, number)
    assert np.isfinite(theta).all()
    if not rank:  # nothing is left but the decay
        np.testing.assert_allclose(theta, start() * (1 - RATE * WEIGHT_DECAY) ** (5 * EVERY - 1), rtol=1e-4)
