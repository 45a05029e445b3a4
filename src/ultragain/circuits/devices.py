"""Tubes, diodes and op-amps: what their current follows, and parameters of real ones."""

from dataclasses import dataclass

# Exact by definition of the SI; scipy.constants takes longer to load than the rest of the catalog.
BOLTZMANN, ELEMENTARY_CHARGE = 1.380649e-23, 1.602176634e-19  # J/K, C
#: kT / q at 27 degrees Celsius, where SPICE puts every part unless told otherwise.
THERMAL_VOLTS = BOLTZMANN * 300.15 / ELEMENTARY_CHARGE


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


#: The three tubes measured in the paper, by the names it gives them. The capacitances are those in
#: common use with Koren's and Dempwolf's ECC83: a data sheet's 1.6, 1.6 and 0.33 pF plus socket
#: and wiring.
TUBES = {
    "RSD-1": TriodeModel(
        mu=103.2,
        cathode=SoftKnee(scale=2.242e-3, sharpness=3.40, exponent=1.26),
        grid=SoftKnee(scale=6.177e-4, sharpness=9.901, exponent=1.314, leak=8.025e-8),
    ),
    "RSD-2": TriodeModel(
        mu=100.2,
        cathode=SoftKnee(scale=2.173e-3, sharpness=3.19, exponent=1.28),
        grid=SoftKnee(scale=5.911e-4, sharpness=11.76, exponent=1.358, leak=4.527e-8),
    ),
    "EHX-1": TriodeModel(
        mu=86.9,
        cathode=SoftKnee(scale=1.371e-3, sharpness=4.56, exponent=1.349),
        grid=SoftKnee(scale=3.263e-4, sharpness=11.99, exponent=1.156, leak=3.917e-8),
    ),
}


@dataclass(frozen=True)
class Junction:
    """The current of a semiconductor junction (Shockley 1949).

    ``amps = saturation * (exp(volts / emission_volts) - 1)``

    Parameters
    ----------
    saturation : float
        Current that flows backwards, A.
    emission_volts : float
        Emission coefficient times `THERMAL_VOLTS`, V: 60 mV or so lets ten times the current
        through. Of n equal diodes in series it is n times that of one.
    """

    saturation: float
    emission_volts: float


@dataclass(frozen=True)
class DiodeModel:
    """A diode by two numbers of its SPICE model: saturation current IS in A, emission coefficient N."""

    saturation: float
    emission: float


# LiveSPICE, Circuit/Components/Diodes.xml, which lists both types under these numbers.
D_1N4148 = DiodeModel(saturation=2.52e-9, emission=1.752)


@dataclass(frozen=True)
class OpAmpModel:
    """An op-amp with one pole, which never reaches its rails.

    Parameters
    ----------
    open_loop_gain : float
        At direct voltage.
    gain_bandwidth : float
        Product of a closed loop's gain and its bandwidth, Hz.
    """

    open_loop_gain: float
    gain_bandwidth: float


# 3 MHz is what data sheets give as typical of the 4558 family, 100 dB is a round figure of ours.
RC4558 = OpAmpModel(open_loop_gain=1e5, gain_bandwidth=3e6)
