"""Checks of time and polarity: latency, clocks, and takes of one gain against one another."""

import math

import numpy as np

from ultragain.checks.finding import failure, warning
from ultragain.checks.latency import EARLY_SECONDS, LATE_SECONDS, MAJORITY, SAME_SECONDS, compare_all
from ultragain.checks.measurements import by_gain

MOST_DRIFT_SECONDS = 0.15e-3

MOST_STEPS = 3  # that are told one by one


def check_latency(take, requirements):
    """A wet file that is later or earlier than its dry one."""
    if not take.latency or not take.latency.is_certain:
        return
    late, rate = take.latency.samples, take.of_dry["rate"]
    shortest = min(requirements.contexts, default=math.inf)
    milliseconds = f"{1000 * abs(late) / rate:.2f} ms ({abs(late)} samples)"
    advice = "`ultragain align` moves it"
    if late < -EARLY_SECONDS * rate:
        yield failure(
            take.wet_file, f"comes {milliseconds} before its dry file: a model does not get later dry samples", advice
        )
    elif late >= shortest:
        problem = f"comes {milliseconds} after its dry file, and the shortest window is {shortest} samples"
        yield failure(take.wet_file, problem, advice)
    elif late > LATE_SECONDS * rate:
        cost = "uses up part of the window" if requirements.contexts else "a model has to learn besides"
        yield warning(take.wet_file, f"comes {milliseconds} after its dry file, which {cost}", advice)


def check_steps(take, requirements):
    """A latency that changes at once within a take."""
    if not take.of_pair or not take.of_pair["steps"]:
        return
    steps = take.of_pair["steps"]
    told = [
        f"{abs(samples)} samples are {'lost' if samples < 0 else 'repeated or put in'} at {at:.2f} s"
        for at, samples in steps
    ]
    yield failure(
        take.wet_file,
        " and ".join(told[:MOST_STEPS]) + (f" (and {len(told) - MOST_STEPS} more)" if len(told) > MOST_STEPS else ""),
        "the computer lost or repeated a buffer: larger buffers, close other programs, record it again",
    )


def check_drift(take, requirements):
    """A latency that changes slowly within a take, because dry and wet were recorded with two clocks."""
    if take.of_pair and take.of_pair["drift"] is not None and not take.of_pair["steps"]:
        drifted, rate = take.of_pair["drift"], take.of_dry["rate"]
        if abs(drifted) > MOST_DRIFT_SECONDS * rate:
            yield failure(
                take.wet_file,
                f"its latency changes by {drifted:+d} samples during the take: dry and wet had two clocks",
                "record dry and wet with one interface, or lock the clocks together",
            )


def check_same_latency(takes, requirements, measurements):
    """Takes of a gain with another latency than the others: a model cannot learn two."""
    for group in by_gain(takes).values():
        certain, late, _ = relative_latencies(group)
        for take, off in zip(certain, late, strict=True):
            if abs(off) > SAME_SECONDS * take.of_dry["rate"]:
                direction = "later" if off > 0 else "earlier"
                yield failure(
                    take.wet_file,
                    f"comes {abs(off):.0f} samples {direction} than the others of its gain",
                    "`ultragain align` moves each take by itself",
                )


def check_polarity(takes, requirements, measurements):
    """Takes that are inverted while others of their gain are not: an amplifier inverts always or never."""
    for group in by_gain(takes).values():
        certain, _, signs = relative_latencies(group)
        sides = [[take for take, sign in zip(certain, signs, strict=True) if sign == side] for side in (-1, 1)]
        fewer, more = sorted(sides, key=len)
        verdict = failure if len(more) >= MAJORITY * len(fewer + more) else warning
        for take in fewer:
            yield verdict(
                take.wet_file,
                f"is inverted, compared with {len(more)} other takes of its gain",
                "`ultragain align` inverts it back; look for a cable or a plug-in that inverts",
            )


def relative_latencies(takes):
    """Latencies of the takes of a gain, compared with the usual one.

    Parameters
    ----------
    takes : list of MeasuredTake

    Returns
    -------
    certain : list of MeasuredTake
        Those whose latency is certain.
    late, signs : np.ndarray, shape (n_certain,)
        Samples later than is usual, NaN where that is unknown; and signs, as `latency.compare` returns them.
    """
    certain = [take for take in takes if take.latency and take.latency.is_certain]
    if not certain:
        return [], np.zeros(0), np.zeros(0)
    late, signs, usual = compare_all([take.latency for take in certain], certain[0].of_dry["rate"])
    return certain, late - usual, signs
