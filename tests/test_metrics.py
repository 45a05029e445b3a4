import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error

from ultragain.errors import SilentTargetError
from ultragain.metrics import esr, mae, mse

RNG = np.random.default_rng(0)
TARGET = RNG.normal(size=1000)


@pytest.mark.parametrize("gain", [0.0, 0.5, 1.0, 2.0, -1.0])
def test_esr_of_a_scaled_signal(gain):
    # sum((y - g y)^2) / sum(y^2) = (1 - g)^2
    assert esr(TARGET, gain * TARGET) == pytest.approx((1 - gain) ** 2)


def test_esr_ignores_level():
    predicted = TARGET + RNG.normal(size=1000)
    assert esr(1e-4 * TARGET, 1e-4 * predicted) == pytest.approx(esr(TARGET, predicted))


def test_esr_against_silence_is_refused():
    with pytest.raises(SilentTargetError):
        esr(np.zeros(10), np.ones(10))


def test_mse_and_mae_agree_with_scikit_learn():
    predicted = RNG.normal(size=1000)
    assert mse(TARGET, predicted) == pytest.approx(mean_squared_error(TARGET, predicted))
    assert mae(TARGET, predicted) == pytest.approx(mean_absolute_error(TARGET, predicted))
