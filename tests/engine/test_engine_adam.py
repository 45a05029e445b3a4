import keras
import numpy as np
import pytest

from ultragain.engine.adam import adam, average, clip

pytestmark = pytest.mark.usefixtures("one_thread")
RATE = 3e-3


@pytest.fixture
def steps():
    """Starting weights, shape (1000,), and the gradients of 30 steps, from 1e-9 to 1e3 and some zero."""
    rng = np.random.default_rng(4)
    gradients = rng.normal(size=(30, 1000)) * np.exp(rng.uniform(-20, 7, 1000)) * (np.arange(1000) > 5)
    return rng.normal(size=1000).astype(np.float32), gradients.astype(np.float32)


def learn(start, gradients):
    theta, m, v = start.copy(), *np.zeros((2, len(start)), np.float32)
    for number, gradient in enumerate(gradients, start=1):
        adam(theta, gradient, m, v, RATE, number)
    return theta, m, v


def test_adam_is_that_of_keras_in_float32(steps):
    start, gradients = steps
    variable, optimizer = keras.Variable(start, dtype="float32"), keras.optimizers.Adam(RATE)
    optimizer.build([variable])
    for gradient in gradients:
        optimizer.apply([gradient], [variable])
    _, _, m, v = (each.numpy() for each in optimizer.variables)
    for ours, kerass in zip(learn(start, gradients), (variable.numpy(), m, v), strict=True):
        assert np.array_equal(ours, kerass)


def test_adam_is_its_closed_form(steps):
    start, gradients = steps
    theta, count = start.astype(float), len(gradients)
    for n in range(1, count + 1):
        past, weights = gradients[:n].astype(float), np.arange(n)[::-1, None]
        m = 0.1 * np.sum(0.9**weights * past, axis=0) / (1 - 0.9**n)
        v = 0.001 * np.sum(0.999**weights * past**2, axis=0) / (1 - 0.999**n)
        # Keras adds epsilon before it corrects the bias of v
        theta -= RATE * m / (np.sqrt(v) + 1e-7 / np.sqrt(1 - 0.999**n))
    got = learn(start, gradients)[0]
    # float32's 1 - 0.999 is off by 1.3e-5, in Keras, too
    assert np.linalg.norm(got - theta) < 2e-5 * np.linalg.norm(theta - start)


@pytest.mark.parametrize(("limit", "factor"), [(10.0, 2 / 3), (15.0, 1), (1e9, 1), (np.inf, 1), (0.0, 0)])
def test_a_gradient_is_shortened_to_the_limit(limit, factor):
    gradient = np.array([5, -10, 10], np.float32)  # of length 15
    assert clip(gradient, limit) == 15
    np.testing.assert_allclose(gradient, np.multiply([5, -10, 10], factor), rtol=1e-7)


def test_the_norm_of_a_gradient_does_not_overflow():
    gradient = np.full(4, 1e30, np.float32)
    assert clip(gradient, 1.0) == pytest.approx(2e30)
    np.testing.assert_allclose(gradient, 0.5, rtol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_is_not_shortened(value):
    gradient = np.array([3, value, 4], np.float32)
    assert not np.isfinite(clip(gradient, 1.0))
    np.testing.assert_array_equal(gradient, np.array([3, value, 4], np.float32))


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])
def test_averaged_weights_are_their_closed_form(decay):
    thetas = np.random.default_rng(1).normal(size=(20, 50)).astype(np.float32)
    mean = np.full(50, 1e4, np.float32)
    for theta in thetas:
        average(mean, theta, decay)
    wanted = decay**20 * 1e4 + (1 - decay) * np.sum(decay ** np.arange(20)[::-1, None] * thetas.astype(float), axis=0)
    np.testing.assert_allclose(mean, wanted, rtol=1e-6 if decay else 0, atol=1e-6 if decay else 0)
