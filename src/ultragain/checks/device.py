"""Checks of the device: whether it did anything, at the gain on the label, and whether it stayed the same."""

import functools
from collections import defaultdict
from itertools import pairwise

import numpy as np

from ultragain.checks.finding import failure, warning
from ultragain.checks.measurements import samples_of
from ultragain.checks.music import is_same_dry
from ultragain.metrics import esr
from ultragain.recording.layout import REPLICATE, TEST, TRAIN

# Share of the wet energy that the dry signal, filtered, does not explain. Cables and converters are filters
# with a noise floor far below; a guitar through tanh, the tamest device of the tests, leaves ten times as much.
LINEAR = 1e-5
# Of all takes, how many must show it, and by how much, in dB of wet level for each dB of dry level.
SWAPPED_SHARE, SWAPPED_SLOPE, FEWEST_TAKES = 0.8, 0.01, 3
CLEARLY_SWAPPED_SLOPE = 0.05
# Neural Amp Modeler's trainer refuses recordings whose replicates differ by an ESR of more than 0.01.
NOISY_REPLICATE, OTHER_DEVICE = 0.01, 0.1


def check_bypass(take, requirements):
    """A wet file that is its dry file again."""
    if take.of_pair and take.of_pair["filtered_copy"] < LINEAR:
        yield failure(
            take.wet_file,
            "is a linear copy of its dry file: nothing in between distorted it",
            "check the cables: is the amplifier in the path, and on?",
        )


def check_gain_order(takes, requirements, measurements):
    """Gains whose labels are swapped: the more gain, the less a loud note differs from a quiet one."""
    if not requirements.is_rising:
        return
    slopes = defaultdict(dict)
    for take in takes:
        if take.of_pair and take.of_pair["slope"] is not None and take.split != REPLICATE:
            slopes[take.gain][take.split, take.name] = take.of_pair["slope"]
    for low, high in pairwise(gain for gain in requirements.gains if gain in slopes):
        grows = np.array([slopes[high][key] - slopes[low][key] for key in slopes[low] if key in slopes[high]])
        if not len(grows):
            continue
        rise, share = float(np.median(grows)), float(np.mean(grows > 0))
        is_sure = len(grows) >= FEWEST_TAKES and share >= SWAPPED_SHARE and rise > SWAPPED_SLOPE
        if is_sure or (share == 1 and rise > CLEARLY_SWAPPED_SLOPE):
            yield warning(
                f"{TRAIN}/{high}",
                f"loud and quiet notes differ more than at gain {low}, where there should be less gain",
                f"are the labels {low} and {high} swapped?",
            )


def check_replicates(takes, requirements, measurements):
    """Riffs that were recorded twice and came out differently."""
    tests = {(take.gain, take.name): take for take in takes if take.split == TEST and take.of_pair}
    for take in takes:
        first = tests.get((take.gain, take.name))
        if take.split != REPLICATE or not take.of_pair or not first:
            continue
        if not is_same_dry(first, take, measurements):
            yield warning(
                take.dry_file,
                f"is not the playing of {first.dry_file}, so it does not test the device",
                "for a replicate, play one recorded dry file twice",
            )
            continue
        pair = first.wet, take.wet
        ratio = measurements.get("replicate", pair, functools.partial(_esr, *pair))
        if ratio > NOISY_REPLICATE:
            verdict = failure if ratio > OTHER_DEVICE else warning
            yield verdict(
                take.wet_file,
                f"differs from the first recording by an ESR of {100 * ratio:.1f} %: no model can do better",
                "did a knob move, or the noise grow, between the two?",
            )


def _esr(one, other):
    one, other = samples_of(one), samples_of(other)
    n = min(len(one), len(other))
    return esr(one[:n], other[:n]) if one[:n].any() else float("inf")
