"""The tubes' current laws, compiled, against the equations of Dempwolf and Zoelzer (DAFx-11)."""

import numpy as np
import pytest

from ultragain.circuits.newton import soft_knee
from ultragain.circuits.triode import RSD_1


def paper_law(volts, scale, sharpness, exponent, leak):
    """As printed; takes complex voltages."""
    return scale * (np.log(1 + np.exp(sharpness * volts)) / sharpness) ** exponent + leak


@pytest.mark.parametrize("law", [RSD_1.cathode, RSD_1.grid])
@pytest.mark.parametrize("volts", [-4.0, -1.6, -1.2, -0.3, 0.0, 0.4, 2.0, 5.0])
def test_current_and_derivative(law, volts):
    numbers = law.scale, law.sharpness, law.exponent, law.leak
    amps, siemens = soft_knee(volts, *numbers)
    # log(1 + exp(x)) as printed loses digits where exp(x) is small; that limits the comparison.
    assert amps == pytest.approx(paper_law(volts, *numbers), rel=1e-6, abs=1e-15)
    by_complex_step = paper_law(volts + 1e-30j, *numbers).imag / 1e-30
    assert siemens == pytest.approx(by_complex_step, rel=1e-6, abs=1e-15)


@pytest.mark.parametrize("volts", [-1e4, -30.0, 500.0])
def test_far_voltages_give_finite_currents(volts):
    amps, siemens = soft_knee(volts, 2.242e-3, 3.4, 1.26, 0.0)
    # Far above the knee softplus(C v) / C is v itself, far below it nothing.
    effective = max(volts, 0.0)
    assert amps == pytest.approx(2.242e-3 * effective**1.26, rel=1e-9)
    assert siemens == pytest.approx(2.242e-3 * 1.26 * effective**0.26 * (volts > 0), rel=1e-9)


def test_nan_stays_nan():
    assert np.isnan(soft_knee(np.nan, 2.242e-3, 3.4, 1.26, 0.0)[0])
