"""Triodes: the parameters of a smooth model fitted to measured tubes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SoftKnee:
    """A current that grows from nothing as a power of its controlling voltage.

    ``amps = scale * (log(1 + exp(sharpness * volts)) / sharpness)**exponent + leak``

    Parameters
    ----------
    scale : float
        Perveance: amperes at an effective 1 V, A / V**exponent.
    sharpness : float
        How sharply the current sets in around 0 V, 1 / V.
    exponent : float
        Power of the law well above the knee; 1.5 in Child's ideal tube.
    leak : float
        Constant current, A.
    """

    scale: float
    sharpness: float
    exponent: float
    leak: float = 0.0

    def spice(self, volts):
        """Write the law as a SPICE expression of the expression `volts`; needs ``softplus``."""
        return (
            f"{self.scale:.9g}*pow(softplus({self.sharpness:.9g}*({volts}))"
            f"/{self.sharpness:.9g},{self.exponent:.9g})+{self.leak:.9g}"
        )


@dataclass(frozen=True)
class TriodeModel:
    """A triode after Dempwolf and Zoelzer: two soft knees and three capacitances.

    The cathode current follows the effective voltage ``v_pk / mu + v_gk``, the grid current
    follows ``v_gk`` alone, and the plate takes what the grid leaves of the cathode's current.
    Both laws are smooth everywhere, which lets Newton's method find the solution each sample.

    Parameters
    ----------
    mu : float
        Amplification factor.
    cathode, grid : SoftKnee
        Cathode current over effective voltage; grid current over grid-cathode voltage.
    grid_cathode, grid_plate, plate_cathode : float
        Capacitances between the electrodes, F. The one from grid to plate, multiplied by the
        stage's gain (Miller effect), sets the treble end of every stage.

    References
    ----------
    Dempwolf and Zoelzer, "A physically-motivated triode model for circuit simulations",
    DAFx-11, 2011: equations and fits of three measured ECC83.
    """

    mu: float
    cathode: SoftKnee
    grid: SoftKnee
    grid_cathode: float = 2.3e-12
    grid_plate: float = 2.4e-12
    plate_cathode: float = 0.9e-12


# The first of the three tubes measured in the paper. The capacitances are those in common use
# with Koren's and Dempwolf's ECC83: a data sheet's 1.6, 1.6 and 0.33 pF plus socket and wiring.
RSD_1 = TriodeModel(
    mu=103.2,
    cathode=SoftKnee(scale=2.242e-3, sharpness=3.40, exponent=1.26),
    grid=SoftKnee(scale=6.177e-4, sharpness=9.901, exponent=1.314, leak=8.025e-8),
)
