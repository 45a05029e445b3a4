"""Sigmoid and tanh on a whole register.

Both are made of exp(x) = 2**n 2**f with n whole and f in [-1/2, 1/2]: 2**n is n written into the
exponent of a float32, 2**f a polynomial. Its coefficients minimise the largest relative error over
that range (found by the Remez exchange in double precision, then rounded to float32).
"""

from llvmlite import ir

# sum of EXP2[n] f**n = 2**f to 1.9e-9, relative; sum of EXP2_LESS_1[n] f**n = (2**f - 1) / f to 1.1e-8
EXP2 = (
    1.0,
    0.6931471824645996,
    0.24022646248340607,
    0.05550328642129898,
    0.009618489071726799,
    0.0013399930903688073,
    0.0001534581242594868,
)
EXP2_LESS_1 = (
    0.6931471824645996,
    0.24022649228572845,
    0.05550357326865196,
    0.009618237614631653,
    0.0013390735257416964,
    0.00015403512225020677,
)
LOG2_E = 1.4426950408889634
MANTISSA = 23  # bits of a float32 after the leading one
ROUND = 1.5 * 2**MANTISSA + 127  # added to t it rounds t to n, and n + 127, the exponent of 2**n, is in the lowest bits


def sigmoid(v, x):
    """1 / (1 + exp(-x)), within 9e-8."""
    # beyond 87 the result is 0 or 1, and the exponent would overflow
    power, f = _split(v, v.clip(-87.0, x, 87.0), -LOG2_E)
    return v.divide(v.constant(1.0), v.fma(power, v.polynomial(EXP2, f), v.constant(1.0)))


def tanh(v, x):
    """tanh(x), within 4 units in the last place: small numbers keep their relative accuracy."""
    # with e = exp(2 x) - 1, tanh(x) = e / (e + 2); from 9.02 on it is 1 in float32
    power, f = _split(v, v.clip(-9.02, x, 9.02), 2 * LOG2_E)
    grown = v.fma(power, v.multiply(f, v.polynomial(EXP2_LESS_1, f)), v.subtract(power, v.constant(1.0)))
    return v.divide(grown, v.add(grown, v.constant(2.0)))


def _split(v, x, factor):
    """2**n as a float, and f in [-1/2, 1/2], so that factor x = n + f."""
    b, factor = v.builder, v.constant(factor)
    rounded = v.fma(x, factor, v.constant(ROUND))
    f = v.fma(x, factor, b.fneg(v.subtract(rounded, v.constant(ROUND))))
    bits = b.shl(b.bitcast(rounded, v.integers), ir.Constant(v.integers, [MANTISSA] * v.lanes))
    return b.bitcast(bits, v.type), f
