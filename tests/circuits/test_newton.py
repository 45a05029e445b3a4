"""The tubes' current laws, compiled, against the equations of Dempwolf and Zoelzer (DAFx-11)."""

import numpy as np
import pytest

from ultragain.circuits.devices import TUBES
from ultragain.circuits.newton import JUNCTION, MOST_ITERATIONS, SOFT_KNEE, junction, soft_knee, solve

RSD_1 = TUBES["RSD-1"]


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


def laws_of(*knees):
    return np.array([[SOFT_KNEE, k.scale, k.sharpness, k.exponent, k.leak] for k in knees])


def test_solution_satisfies_both_laws_and_circuit():
    laws = laws_of(RSD_1.cathode, RSD_1.grid)
    drive = np.array([3.0, 1.5])
    feedback = -np.array([[2e3, 1e3], [3e2, 5e4]])  # volts lost for each ampere
    volts, amps, work = np.full(2, -20.0), np.empty(2), np.empty((5, 2))
    assert solve(volts, drive, feedback, laws, amps, work, 1e-9) <= MOST_ITERATIONS
    np.testing.assert_allclose(amps, [paper_law(v, *law[1:]) for v, law in zip(volts, laws, strict=True)], rtol=1e-9)
    np.testing.assert_allclose(volts, drive + feedback.T @ amps, atol=1e-9)


def test_nan_never_converges():
    laws = laws_of(RSD_1.cathode, RSD_1.grid)
    drive = np.array([np.nan, 0.0])  # the second law alone would converge
    volts, amps, work = np.zeros(2), np.empty(2), np.empty((5, 2))
    assert solve(volts, drive, np.diag([-1e3, -1e3]), laws, amps, work, 1e-3) > MOST_ITERATIONS


@pytest.mark.parametrize("volts", [-1.0, 0.0, 0.3, 0.7])
def test_junction_and_its_derivative(volts):
    amps, siemens = junction(volts, 2.52e-9, 0.0453)
    assert amps == pytest.approx(2.52e-9 * (np.exp(volts / 0.0453) - 1), rel=1e-12, abs=1e-20)
    assert siemens == pytest.approx((2.52e-9 * np.exp((volts + 1e-30j) / 0.0453)).imag / 1e-30, rel=1e-9)


@pytest.mark.parametrize("volts", [20.0, -20.0, 1000.0])
def test_junction_is_found_from_far_away(volts):
    """A diode behind 1 kohm, started at 0 V: the exponential must not throw Newton's method off."""
    laws = np.array([[JUNCTION, 2.52e-9, 0.0453, 0.0, 0.0]])
    found, amps, work = np.zeros(1), np.empty(1), np.empty((4, 1))
    assert solve(found, np.array([volts]), np.array([[-1e3]]), laws, amps, work, 1e-9) < 30
    assert found[0] == pytest.approx(volts - 1e3 * junction(found[0], 2.52e-9, 0.0453)[0], rel=1e-6)
