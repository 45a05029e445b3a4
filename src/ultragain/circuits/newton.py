"""The compiled part of the solver: current laws, Newton's method, the loop over samples.

These functions share one file because Numba's cache does not notice a change in another file.
"""

import math

import numpy as np

from ultragain.compiled import compiled

# Newton stops when its last step moved no controlling voltage by more than this. Its error
# after a step is about the square of the step, so 1 mV leaves some microvolts: the output then
# agrees with that of a tolerance of 1e-10 V to an ESR of -130 dB.
TOLERANCE = 1e-3  # V
# One step climbs no higher than this above a soft knee, or above where it already is.
HIGHEST_RISE = 2.0  # V
MOST_ITERATIONS = 100
#: Kinds of current law, the first column of a table of laws.
SOFT_KNEE, JUNCTION = 0.0, 1.0

# Reassociation and fused multiply-adds let the loops run four or eight numbers at a time. The
# flags that assume "no NaN, no infinity" are left out: checks for both would not work with them.
_FAST = {"contract", "reassoc", "nsz", "arcp"}


@compiled(fastmath=_FAST, error_model="numpy")
def soft_knee(volts, scale, sharpness, exponent, leak):
    """`devices.SoftKnee` and its derivative at one voltage.

    Returns
    -------
    amps, siemens : float
    """
    x = sharpness * volts
    if x > -15.0:
        tail = math.exp(-abs(x))
        softplus = max(x, 0.0) + math.log1p(tail)
        slope = (1.0 if x > 0.0 else tail) / (1.0 + tail)  # d softplus / dx
        amps = scale * math.exp(exponent * math.log(softplus / sharpness))
        return amps + leak, exponent * amps * sharpness * slope / softplus
    # Far below the knee softplus(x) is exp(x), and its power needs one exponential instead of
    # four functions. At the seam, some 1e-12 A, the branches differ by less than a millionth.
    power = exponent * (x - math.log(sharpness))
    if power < -80.0:  # below 1e-35 A: a grid deep in cut-off
        return leak, 0.0
    amps = scale * math.exp(power)
    return amps + leak, exponent * amps * sharpness


@compiled(fastmath=_FAST, error_model="numpy")
def junction(volts, saturation, emission_volts):
    """`devices.Junction` and its derivative at one voltage.

    Returns
    -------
    amps, siemens : float
    """
    # An exponential that overflows would end every search; no circuit passes so much current.
    forward = saturation * math.exp(min(volts / emission_volts, 500.0))
    return forward - saturation, forward / emission_volts


@compiled(fastmath=_FAST, error_model="numpy")
def current(volts, law):
    """Any law and its derivative at one voltage.

    Parameters
    ----------
    volts : float
    law : np.ndarray, shape (5,)
        `SOFT_KNEE` or `JUNCTION`, then the arguments of that function after the voltage.

    Returns
    -------
    amps, siemens : float
    """
    if law[0] == SOFT_KNEE:
        return soft_knee(volts, law[1], law[2], law[3], law[4])
    return junction(volts, law[1], law[2])


@compiled(fastmath=_FAST, error_model="numpy")
def limit(volts, step, law):
    """Where to go from `volts`, when Newton's method asks for ``volts - step``.

    Below its knee a law is flat: its tangent does not see the rise ahead and would jump far up
    it. Coming down needs no limit, because the laws are convex.
    """
    target = volts - step
    if law[0] == SOFT_KNEE:
        return min(target, max(volts, 0.0) + HIGHEST_RISE)
    # SPICE's way with junctions (Nagel 1975): climb as far as the current would, not the voltage.
    knee = law[2] * math.log(law[2] / (1.4142135623730951 * law[1]))
    if target > knee and -step > 2.0 * law[2]:
        if volts > 0.0:
            return volts + law[2] * math.log1p(-step / law[2])
        return law[2] * math.log(target / law[2])
    return target


@compiled(fastmath=_FAST, error_model="numpy")
def solve(volts, drive, feedback, laws, amps, work, tolerance):
    """Find the voltages at which current laws and linear circuit agree, by Newton's method.

    Solves ``volts = drive + feedback.T @ law(volts)`` for the controlling voltages of all laws.

    Parameters
    ----------
    volts : np.ndarray, shape (n_laws,)
        First guess; overwritten with the solution, V.
    drive : np.ndarray, shape (n_laws,)
        Controlling voltages if no law drew any current, V.
    feedback : np.ndarray, shape (n_laws, n_laws)
        Row j: what 1 A through law j adds to each controlling voltage, V / A.
    laws : np.ndarray, shape (n_laws, 5)
        As `current` takes them, a row each.
    amps : np.ndarray, shape (n_laws,)
        Overwritten with the currents. They are those of the last tangent, so that they satisfy
        the linear circuit exactly.
    work : np.ndarray, shape (n_laws + 3, n_laws)
        Scratch space, so that nothing is allocated for each sample.
    tolerance : float
        Longest last step, V.

    Returns
    -------
    int
        Iterations used; `MOST_ITERATIONS` + 1 if they did not suffice.
    """
    size = volts.shape[0]
    jacobian = work[:size]  # transposed: row j is the derivative by volts[j]
    slope, step, pivot = work[size], work[size + 1], work[size + 2]
    for iteration in range(1, MOST_ITERATIONS + 1):
        for j in range(size):
            amps[j], slope[j] = current(volts[j], laws[j])
            step[j] = volts[j] - drive[j]
        for j in range(size):
            # Numbers used in an inner loop get a name of their own: read from an array, they
            # might change under the loop's writes, and the compiler could not use vectors.
            flow, derivative = amps[j], slope[j]
            for i in range(size):
                step[i] -= feedback[j, i] * flow
                jacobian[j, i] = -feedback[j, i] * derivative
            jacobian[j, j] += 1.0

        # Gauss-Jordan elimination, whole columns at a time. It needs no pivoting: the circuit
        # answers a law's current by lowering its controlling voltage, so the diagonal starts at
        # 1 or more.
        for k in range(size):
            inverse = 1.0 / jacobian[k, k]
            for i in range(size):
                pivot[i] = jacobian[k, i]
            pivot[k] = 0.0
            solved = inverse * step[k]
            for i in range(size):
                step[i] -= pivot[i] * solved
            step[k] = solved
            for j in range(k + 1, size):
                factor = inverse * jacobian[j, k]
                for i in range(size):
                    jacobian[j, i] -= factor * pivot[i]
                jacobian[j, k] = factor

        converged = True
        for j in range(size):
            if not abs(step[j]) < tolerance:  # so written, a NaN never converges
                converged = False
            amps[j] -= step[j] * slope[j]
            volts[j] = limit(volts[j], step[j], laws[j])
        if converged:
            return iteration
    return MOST_ITERATIONS + 1


@compiled(fastmath=_FAST, error_model="numpy")
def march(inputs, advance, input_drive, feedback, laws, start, volts, tolerance, output):
    """Run the circuit through a signal, one sample after the other.

    Parameters
    ----------
    inputs : np.ndarray, shape (1 or 2, n)
        Voltage at the input and, if given, the ripple on top of every supply, V.
    advance : np.ndarray, shape (n_known, n_next)
        All that is linear, as one matrix. Its rows meet what is known of a sample: states, law
        currents, input, ripple, the constant 1, and zeros up to a multiple of four. Its columns give the
        next sample's states, this sample's output, and the next sample's drive but for its inputs.
    input_drive : np.ndarray, shape (2, n_laws)
        What 1 V of input, and of ripple, adds to each controlling voltage.
    feedback, laws, tolerance
        As in `solve`.
    start : np.ndarray, shape (n_next,)
        What `advance` gives before the first sample; overwritten with what it gives after the last.
    volts : np.ndarray, shape (3, n_laws)
        Controlling voltages of the three samples before the first, the latest first, V;
        overwritten with those of the last three.
    output : np.ndarray, shape (n,)
        Overwritten, V.

    Returns
    -------
    iterations : int
        All Newton iterations together.
    failed : int
        The sample at which Newton did not converge, where the march stops; -1 if none.
    """
    n_known, n_next = advance.shape
    n_laws = laws.shape[0]
    n_states = n_next - 1 - n_laws
    known = np.zeros(n_known)
    known[n_states + n_laws + 2] = 1.0
    following = start.copy()
    now, before, long_before = volts[0].copy(), volts[1].copy(), volts[2].copy()
    drive, amps = np.empty(n_laws), np.empty(n_laws)
    work = np.empty((n_laws + 3, n_laws))
    iterations = 0
    for t in range(inputs.shape[1]):
        for j in range(n_laws):
            drive[j] = following[n_states + 1 + j]
            for i in range(inputs.shape[0]):
                drive[j] += input_drive[i, j] * inputs[i, t]
            # A parabola through the last three solutions guesses so well that Newton mostly
            # needs one step, two where a grid starts to conduct. After a jump it overshoots, and
            # far up an exponential the differences are rounding alone: hence the limit.
            rise = 2.0 * now[j] - 3.0 * before[j] + long_before[j]
            long_before[j] = before[j]
            before[j] = now[j]
            now[j] = limit(now[j], -rise, laws[j])
        used = solve(now, drive, feedback, laws, amps, work, tolerance)
        iterations += used
        if used > MOST_ITERATIONS:
            return iterations, t

        known[:n_states] = following[:n_states]
        known[n_states : n_states + n_laws] = amps
        for i in range(inputs.shape[0]):
            known[n_states + n_laws + i] = inputs[i, t]
        following[:] = 0.0
        for k in range(0, n_known, 4):  # four rows at a time: a quarter of the loads and stores
            a, b, c, d = known[k], known[k + 1], known[k + 2], known[k + 3]
            for i in range(n_next):
                following[i] += (
                    advance[k, i] * a + advance[k + 1, i] * b + advance[k + 2, i] * c + advance[k + 3, i] * d
                )
        output[t] = following[n_states]
    start[:] = following
    volts[0], volts[1], volts[2] = now, before, long_before
    return iterations, -1
