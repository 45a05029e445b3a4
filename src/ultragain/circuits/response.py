"""What a circuit does to a sine: gain and phase when it is small, harmonics when it is not."""

import numpy as np

from ultragain.circuits import newton
from ultragain.circuits.network import Network
from ultragain.circuits.solver import amplify
from ultragain.errors import UltraGainError

SAMPLE_RATE = 44_100  # Hz, of the analysis of harmonics


def small_signal(netlist, hertz):
    """Complex gain from input to output, linearised at the operating point.

    Solved in continuous time, as SPICE's AC analysis is: no sample rate enters.

    Parameters
    ----------
    netlist : Netlist
    hertz : array_like of float, shape (n,)

    Returns
    -------
    np.ndarray of complex, shape (n,)

    Raises
    ------
    UltraGainError
        If the circuit has no operating point.
    """
    network = Network(netlist)
    _, volts = network.operating_point()
    slopes = np.array([newton.current(v, law)[1] for v, law in zip(volts, network.laws, strict=True)])
    resistive = network.conductance + network.injection.T @ (slopes[:, None] * network.control)
    reactive = network.capacitors.T @ (network.farads[:, None] * network.capacitors)
    return np.array(
        [
            network.output @ np.linalg.solve(resistive + 2j * np.pi * f * reactive, network.input)
            for f in np.asarray(hertz)
        ]
    )


def harmonics(netlist, volts, hertz=220.5, count=12):
    """Amplitudes of a sine and its harmonics at the output, once the circuit has settled.

    Parameters
    ----------
    netlist : Netlist
    volts : float
        Peak of the sine at the input.
    hertz : float
        Must divide `SAMPLE_RATE`, so that periods are whole and no window is needed.
    count : int
        Harmonics returned, the fundamental the first.

    Returns
    -------
    np.ndarray, shape (count,)
        Peak V. Total harmonic distortion is ``norm(amplitudes[1:]) / amplitudes[0]``.

    Raises
    ------
    UltraGainError
        If `hertz` does not divide the rate.
    """
    if SAMPLE_RATE % hertz:
        raise UltraGainError(f"harmonics of {hertz} Hz: it must divide the sample rate, {SAMPLE_RATE} Hz")
    # Grid bias settles within some 80 ms; a quarter of a second leaves a margin.
    settle, listen = round(0.25 * hertz), round(0.05 * hertz)
    period = round(SAMPLE_RATE / hertz)
    sine = volts * np.sin(2 * np.pi * np.arange((settle + listen + 2) * period) / period)
    heard = amplify(netlist, sine, SAMPLE_RATE)[settle * period : (settle + listen) * period]
    amplitudes = 2 / heard.size * np.abs(np.fft.rfft(heard))
    return amplitudes[listen : listen * (count + 1) : listen]
