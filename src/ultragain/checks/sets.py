"""Checks of takes against one another.

Each is a function of the list of `MeasuredTake`, the `Demands` and the `Memory`, and yields findings.
"""

from collections import defaultdict
from itertools import pairwise

import numpy as np

from ultragain.checks import overlap
from ultragain.checks.finding import failure, warning
from ultragain.checks.latency import SAME_SECONDS, compare_all, latency
from ultragain.checks.measure import samples_of
from ultragain.errors import UltraGainError
from ultragain.metrics import esr
from ultragain.models.windowing import count_windows

ENOUGH_TO_TELL_SECONDS = 4.0  # shorter takes may leave no certain trace of themselves in a distorted signal
RELATED, MORE_RELATED = 2.0, 1.5  # confidence of a latency: a stranger's is below 1.6
MOST = 2 / 3
SAME_PERFORMANCE = 1e-3  # ESR of two files of one performance: other dither, another number of bits
# Neural Amp Modeler's trainer refuses recordings whose replicates differ by an ESR of more than 0.01.
NOISY_REPLICATE, OTHER_DEVICE = 0.01, 0.1
# Of all takes, how many must say so, and by how much, in dB of wet level for each dB of dry level.
SWAPPED_SHARE, SWAPPED_SLOPE, FEWEST_TAKES = 0.8, 0.01, 3
CLEARLY_SWAPPED_SLOPE = 0.05
# `record` refuses a take whose clicks are 0.3 dB off, and a little more in noise; this is for takes put together otherwise.
SAME_LEVEL_DB = 0.5
ANY_NUMBER = 10**9  # of windows, where none was asked for


def partners(takes, demands, memory):
    """The wet file is the answer to its own dry file."""
    for take in takes:
        if not take.of_pair or take.latency.is_certain or min(take.of_dry["rms"], take.of_wet["rms"]) < 1e-4:
            continue
        others = [
            other
            for other in takes
            if other.gain == take.gain and other.of_pair and other.of_dry["content"] != take.of_dry["content"]
        ]
        owner = next((other for other in others if _is_answer(other, take, memory)), None)
        if owner:
            yield failure(
                take.wet_file, "partners", f"answers {owner.dry_file}, not its own dry file", "swap the files back"
            )
        elif take.latency.is_unrelated and take.of_dry["samples"] >= ENOUGH_TO_TELL_SECONDS * take.of_dry["rate"]:
            yield warning(
                take.wet_file,
                "partners",
                "nothing in it can be told to come from its dry file",
                "listen to both: are they the same playing?",
            )


def _is_answer(other, take, memory):
    def measure():
        return latency(samples_of(other.dry), samples_of(take.wet), take.of_dry["rate"]).confidence

    confidence = memory.recall("answer", [other.dry, take.wet], measure)
    return confidence > RELATED and confidence > MORE_RELATED * take.latency.confidence


def same_latency(takes, demands, memory):
    """All takes of a gain have one latency: a model cannot learn two."""
    for group in _by_gain(takes).values():
        offs, _ = compared(group)
        for take, off in zip(certain(group), offs, strict=True):
            if abs(off) > SAME_SECONDS * take.of_dry["rate"]:
                yield failure(
                    take.wet_file,
                    "latency",
                    f"comes {abs(off):.0f} samples {'later' if off > 0 else 'earlier'} than the others of its gain",
                    "`ultragain align` moves each take by itself",
                )


def polarity(takes, demands, memory):
    """All takes of a gain stand the same way up: an amplifier may invert, but not now and then."""
    for group in _by_gain(takes).values():
        _, signs = compared(group)
        sides = [[take for take, sign in zip(certain(group), signs, strict=True) if sign == side] for side in (-1, 1)]
        fewer, more = sorted(sides, key=len)
        say = failure if len(more) >= MOST * len(fewer + more) else warning
        for take in fewer:
            yield say(
                take.wet_file,
                "polarity",
                f"stands the other way up than {len(more)} other takes of its gain",
                "`ultragain align` turns it over; look for a cable or a plug-in that inverts",
            )


def certain(takes):
    """Those whose latency is known for sure."""
    return [take for take in takes if take.latency and take.latency.is_certain]


def compared(takes):
    """How the takes of a gain, those that are certain, lie to one another.

    Parameters
    ----------
    takes : list of MeasuredTake

    Returns
    -------
    np.ndarray, np.ndarray, shape (n_certain,)
        Samples later than is usual, NaN where that cannot be told; and signs, as `latency.compare` returns them.
    """
    sure = certain(takes)
    if not sure:
        return np.zeros(0), np.zeros(0)
    late, signs, usual = compare_all([take.latency for take in sure], sure[0].of_dry["rate"])
    return late - usual, signs


def same_level(takes, demands, memory):
    """No level was changed while a gain was recorded: the clicks came back equally loud."""
    for group in _by_gain(takes).values():
        for part in ("dry", "wet"):
            heard = [(getattr(take, f"{part}_file"), take.clicks[part]) for take in group if part in take.clicks]
            usual = _usual([level for _, level in heard])
            for file, level in heard:
                off = level - usual
                if abs(off) > SAME_LEVEL_DB:
                    yield warning(
                        file,
                        "same level",
                        f"its clicks came back {abs(off):.1f} dB {'louder' if off > 0 else 'quieter'} than others of its gain",
                        "an input or the amplifier was turned in between: set it back and record the take again",
                    )


def _usual(levels):
    """The level that most others agree with; 0 if there are none."""
    return max(levels, key=lambda own: sum(abs(other - own) <= SAME_LEVEL_DB for other in levels), default=0)


def same_performance(takes, demands, memory):
    """A take of one name is the same playing at every gain."""
    by_name = defaultdict(list)
    for take in takes:
        if take.of_dry and take.of_dry.get("peak"):
            by_name[take.split, take.name].append(take)
    for group in by_name.values():
        for take in group[1:]:
            if not _is_same_dry(group[0], take, memory):
                yield warning(
                    take.dry_file,
                    "same playing",
                    f"is not the playing of {group[0].dry_file}",
                    "to compare gains, play one recorded dry file through all of them",
                )


def _is_same_dry(one, other, memory):
    if one.of_dry["content"] == other.of_dry["content"]:
        return True
    return memory.recall("same dry", [one.dry, other.dry], lambda: _esr(one.dry, other.dry)) < SAME_PERFORMANCE


def _esr(one, other):
    """ESR over what two files have in common, moved onto each other."""
    one, other = samples_of(one), samples_of(other)
    lag = latency(one, other, 44_100).samples
    one, other = (one, other[lag:]) if lag >= 0 else (one[-lag:], other)
    n = min(len(one), len(other))
    return esr(one[:n], other[:n]) if n and one[:n].any() else float("inf")


def replicates(takes, demands, memory):
    """A riff that was recorded twice came out twice the same."""
    tests = {(take.gain, take.name): take for take in takes if take.split == "Test" and take.of_pair}
    for take in takes:
        first = tests.get((take.gain, take.name))
        if take.split != "Replicate" or not take.of_pair or not first:
            continue
        if not _is_same_dry(first, take, memory):
            yield warning(
                take.dry_file,
                "replicate",
                f"is not the playing of {first.dry_file}, so it says nothing about the device",
                "for a replicate, play one recorded dry file twice",
            )
            continue
        ratio = memory.recall("replicate", [first.wet, take.wet], lambda: _plain_esr(first.wet, take.wet))
        if ratio > NOISY_REPLICATE:
            say = failure if ratio > OTHER_DEVICE else warning
            yield say(
                take.wet_file,
                "replicate",
                f"differs from the first recording by an ESR of {100 * ratio:.1f} %: no model can do better",
                "did a knob move, or the noise grow, between the two?",
            )


def _plain_esr(one, other):
    one, other = samples_of(one), samples_of(other)
    n = min(len(one), len(other))
    return esr(one[:n], other[:n]) if one[:n].any() else float("inf")


def identical_files(takes, demands, memory):
    """No file is another one's copy."""
    wets, dries = {}, {}
    for take in takes:
        if take.of_wet and take.of_wet.get("peak"):
            first = wets.setdefault(take.of_wet["content"], take)
            if first is not take:
                yield failure(take.wet_file, "identical files", f"is the same as {first.wet_file}", "record it again")
        if take.of_dry and take.of_dry.get("peak"):
            first = dries.setdefault((take.of_dry["content"], take.gain, take.split), take)
            if first is not take:
                yield warning(
                    take.dry_file, "identical files", f"is the same as {first.dry_file}", "remove one of the two takes"
                )


def train_test_overlap(takes, demands, memory):
    """What models are scored on is not what they were trained on."""
    told = set()
    for wrong, splits, held_out in ((failure, ("Train", "Val"), "Test"), (warning, ("Train",), "Val")):
        trained, others = (_by_content(takes, which) for which in (splits, (held_out,)))
        if not trained or not others:
            continue
        paths = [group[0].dry for group in (*trained.values(), *others.values())]
        # the same files, otherwise divided, are another question
        question = f"overlap {len(trained)} {held_out}"
        for one, other in memory.recall(question, paths, lambda a=trained, b=others: _overlaps(a, b)):
            for take in others[other]:
                if take.dry_file not in told:
                    told.add(take.dry_file)
                    yield wrong(
                        take.dry_file,
                        "overlap",
                        f"holds a passage of {trained[one][0].dry_file}",
                        f"keep {held_out.lower()} recordings out of the training",
                    )


def _by_content(takes, splits):
    """Takes that hold the same dry audio, by that."""
    groups = defaultdict(list)
    for take in takes:
        if take.split in splits and take.of_dry and take.of_dry.get("peak"):
            groups[take.of_dry["content"]].append(take)
    return dict(groups)


def _overlaps(trained, held_out):
    """Pairs of contents, of those that share a passage."""
    found = [[content, content] for content in held_out if content in trained]
    longest = max(
        group[0].of_dry["samples"] / group[0].of_dry["rate"] for group in (*trained.values(), *held_out.values())
    )

    def spectra(take):
        return overlap.spectra(samples_of(take.dry), take.of_dry["rate"], longest)

    parts = {content: spectra(group[0]) for content, group in held_out.items()}
    for one, group in trained.items():
        blocks = spectra(group[0])
        found += [
            [one, other]
            for other, pieces in parts.items()
            if other != one and overlap.has_common_passage(blocks, pieces)
        ]
    return found


def enough_audio(takes, demands, memory):
    """There are recordings at every gain, and as many windows as asked for."""
    for gain in demands.gains:
        train, validation = (
            [
                take.of_dry["samples"]
                for take in takes
                if (take.split, take.gain) == (split, gain) and take.of_dry and take.of_dry.get("samples")
            ]
            for split in ("Train", "Val")
        )
        if not train:
            yield failure(
                f"Train/{gain}",
                "enough audio",
                "holds no recordings",
                "put Dry/d_<name>.wav and Wet/w_<name>.wav there",
            )
            continue
        asked = demands.training_windows
        try:
            counts = count_windows(train, validation, demands.contexts, asked or ANY_NUMBER, demands.validation_share)
        except UltraGainError as error:
            yield failure(f"Train/{gain}", "enough audio", f"{error}".partition(";")[0], "record more")
            continue
        if asked and counts.training < asked:
            yield warning(
                f"Train/{gain}",
                "enough audio",
                f"makes {counts.training:,} windows, {asked:,} were asked for",
                "record more; until then, every context trains on what there is",
            )


def test_riffs(takes, demands, memory):
    """Every riff that models are to be scored on was recorded at every gain."""
    there = {(take.gain, take.name) for take in takes if take.split == "Test"}
    for gain in demands.gains:
        for riff in demands.test_riffs or ():
            if (gain, riff) not in there:
                yield failure(
                    f"Test/{gain}/Dry/d_{riff}.wav",
                    "test riffs",
                    "is missing",
                    "record it, or take it out of the experiment's test_riffs",
                )
        if not demands.test_riffs and not any(own == gain for own, _ in there):
            yield failure(
                f"Test/{gain}",
                "test riffs",
                "holds no recordings",
                "models are scored on riffs that they did not train on: record some",
            )


def gain_order(takes, demands, memory):
    """The more gain, the less a loud note differs from a quiet one."""
    if not demands.is_rising:
        return
    slopes = defaultdict(dict)
    for take in takes:
        if take.of_pair and take.of_pair["slope"] is not None and take.split != "Replicate":
            slopes[take.gain][take.split, take.name] = take.of_pair["slope"]
    for low, high in pairwise(gain for gain in demands.gains if gain in slopes):
        grows = np.array([slopes[high][key] - slopes[low][key] for key in slopes[low] if key in slopes[high]])
        if not len(grows):
            continue
        rise, share = float(np.median(grows)), float(np.mean(grows > 0))
        is_sure = len(grows) >= FEWEST_TAKES and share >= SWAPPED_SHARE and rise > SWAPPED_SLOPE
        if is_sure or (share == 1 and rise > CLEARLY_SWAPPED_SLOPE):
            yield warning(
                f"Train/{high}",
                "gain order",
                f"loud and quiet notes differ more than at gain {low}, where there should be less gain",
                f"are the labels {low} and {high} swapped?",
            )


def _by_gain(takes):
    groups = defaultdict(list)
    for take in takes:
        groups[take.gain].append(take)
    return groups


CHECKS = (
    partners,
    same_latency,
    polarity,
    same_level,
    same_performance,
    replicates,
    identical_files,
    train_test_overlap,
    enough_audio,
    test_riffs,
    gain_order,
)
