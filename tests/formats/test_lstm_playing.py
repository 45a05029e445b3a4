"""What the players of LSTMs compute with."""

import numpy as np

from ultragain.formats.playing import _sigmoid, _tanh


def test_tanh_is_tanh():
    x = np.concatenate([np.linspace(-20, 20, 4001), np.geomspace(1e-20, 1, 50)]).astype(np.float32)
    found = np.array([_tanh(each, False) for each in x])
    np.testing.assert_allclose(found, np.tanh(x.astype(np.float64)), rtol=0, atol=3e-7)
    found = np.array([_sigmoid(each, False) for each in x])
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-x.astype(np.float64))), rtol=0, atol=3e-7)


def test_the_approximation_is_near_it_and_no_nearer():
    x = np.linspace(-5, 5, 1001).astype(np.float32)
    off = np.abs(np.array([_tanh(each, True) for each in x]) - np.tanh(x))
    assert 1e-4 < off.max() < 3e-3
