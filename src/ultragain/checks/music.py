"""Checks of what is played: partners that belong together, one playing at all gains, nothing heard twice."""

from collections import defaultdict

from ultragain.checks import overlap, speed
from ultragain.checks.finding import failure, warning
from ultragain.checks.latency import latency
from ultragain.checks.measurements import by_gain, samples_of
from ultragain.metrics import esr
from ultragain.recording.layout import TEST, TRAIN, VAL

ENOUGH_TO_TELL_SECONDS = 4.0  # shorter takes may leave no certain trace of themselves in a distorted signal
RELATED, MORE_RELATED = 2.0, 1.5  # confidence of a latency: a stranger's is below 1.6
COMPARED_FOR_SPEED = 3  # takes of a gain, the longest
SAME_PERFORMANCE = 1e-3  # ESR of two files of one performance: other dither, another number of bits


def check_partners(takes, requirements, measurements):
    """Wet files that answer another take's dry file, or none: files exchanged, or a whole gain stretched."""
    for group in by_gain([take for take in takes if take.of_pair]).values():
        doubtful = [take for take in group if not take.latency.is_certain and _has_sound(take)]
        apart = [take for take in doubtful if take.latency.is_unrelated]
        unrelated = [t for t in apart if t.of_dry["samples"] >= ENOUGH_TO_TELL_SECONDS * t.of_dry["rate"]]
        are_most = len(apart) > max(1, len(group) / 2)
        ratio = _speed(apart, measurements) if unrelated or are_most else None
        for take in doubtful:
            owner = None if ratio and are_most else _owner(take, group, measurements)
            if owner:
                yield failure(
                    take.wet_file, f"belongs to {owner.dry_file}, not to its own dry file", "swap the files back"
                )
            elif ratio and (are_most or take in unrelated):
                yield (failure if are_most else warning)(take.wet_file, *_stretched(ratio))
            elif are_most and take in unrelated:
                yield failure(
                    take.wet_file,
                    f"shows no correlation with its dry file, nor do {len(unrelated) - 1} more takes of its gain",
                    "are these the recordings of these dry files? Time stretch, another sample rate or dry files that "
                    "were cut later are the usual causes",
                )
            elif take in unrelated and not take.of_pair["steps"]:
                yield warning(
                    take.wet_file,
                    "shows no correlation with its dry file",
                    "listen to both: are they the same playing?",
                )


def _has_sound(take):
    return min(take.of_dry["rms"], take.of_wet["rms"]) >= 1e-4


def _speed(takes, measurements):
    """How long the wet files of some takes last for what is in their dry ones, None if no ratio fits."""
    longest = sorted(takes, key=lambda take: -take.of_dry["samples"])[:COMPARED_FOR_SPEED]
    rate = longest[0].of_dry["rate"]
    longest = [take for take in longest if take.of_dry["rate"] == rate]

    def measure():
        return speed.speed([(samples_of(take.dry), samples_of(take.wet)) for take in longest], rate)

    return measurements.get("speed", [path for take in longest for path in (take.dry, take.wet)], measure)


def _stretched(ratio):
    """Problem and advice where a wet file lasts `ratio` times as long as it should."""
    percent, direction = 100 * abs(ratio - 1), "longer" if ratio > 1 else "shorter"
    share = f"{percent:.{2 if percent < 10 else 1}f} % {direction}"
    problem = f"is {share} than its dry file for the same playing ({ratio:.4f} times as long)"
    for rates, usual in zip(
        ("48 and 44.1 kHz", "44.1 and 48 kHz", "two to one", "one to two"), speed.USUAL, strict=True
    ):
        if abs(ratio / usual - 1) < speed.COARSE:
            cause = f"the ratio of two sample rates, {rates}: set interface and recording program to one rate"
            return problem, f"{cause}, and record or export it again"
    return (
        problem,
        "switch time stretch off (warp, flex, elastic audio) and export it again; dry and wet need one clock and one "
        "sample rate",
    )


def _owner(take, group, measurements):
    """The take of the same gain whose dry file this wet file answers, None if there is none."""
    others = (other for other in group if other.of_dry["content"] != take.of_dry["content"])
    return next((other for other in others if _is_answer(other, take, measurements)), None)


def _is_answer(other, take, measurements):
    def measure():
        return latency(samples_of(other.dry), samples_of(take.wet), take.of_dry["rate"]).confidence

    confidence = measurements.get("answer", [other.dry, take.wet], measure)
    return confidence > RELATED and confidence > MORE_RELATED * take.latency.confidence


def check_same_playing(takes, requirements, measurements):
    """Takes of one name that are not the same playing at every gain."""
    by_name = defaultdict(list)
    for take in takes:
        if take.of_dry and take.of_dry.get("peak"):
            by_name[take.split, take.name].append(take)
    for group in by_name.values():
        for take in group[1:]:
            if not is_same_dry(group[0], take, measurements):
                yield warning(
                    take.dry_file,
                    f"is not the playing of {group[0].dry_file}",
                    "to compare gains, play one recorded dry file through all of them",
                )


def is_same_dry(one, other, measurements):
    """Whether two takes, MeasuredTake both, have one dry performance, in files that may differ a little."""
    return is_same_performance(one, "dry", other, "dry", measurements)


def is_same_performance(one, part, other, other_part, measurements):
    """Whether a file of one take and a file of another hold one performance, and may differ a little.

    Parameters
    ----------
    one, other : MeasuredTake
    part, other_part : str
        Which file of each: `dry` or `wet`.
    measurements : Measurements

    Returns
    -------
    bool
    """
    of_one, of_other = getattr(one, f"of_{part}"), getattr(other, f"of_{other_part}")
    if of_one["content"] == of_other["content"]:
        return True
    if of_one["rate"] != of_other["rate"]:
        return False
    paths = getattr(one, part), getattr(other, other_part)
    ratio = measurements.get("same dry", paths, lambda: _aligned_esr(*paths, of_one["rate"]))
    return ratio < SAME_PERFORMANCE


def _aligned_esr(one, other, sample_rate):
    """ESR over what two files have in common, moved onto each other."""
    one, other = samples_of(one), samples_of(other)
    lag = latency(one, other, sample_rate).samples
    one, other = (one, other[lag:]) if lag >= 0 else (one[-lag:], other)
    n = min(len(one), len(other))
    return esr(one[:n], other[:n]) if n and one[:n].any() else float("inf")


def check_identical_files(takes, requirements, measurements):
    """Files that are copies of others."""
    wets, dries = {}, {}
    for take in takes:
        if take.of_wet and take.of_wet.get("peak"):
            first = wets.setdefault(take.of_wet["content"], take)
            if first is not take:
                yield failure(take.wet_file, f"is the same as {first.wet_file}", "record it again")
        if take.of_dry and take.of_dry.get("peak"):
            first = dries.setdefault((take.of_dry["content"], take.gain, take.split), take)
            if first is not take:
                yield warning(take.dry_file, f"is the same as {first.dry_file}", "remove one of the two takes")


def check_overlap(takes, requirements, measurements):
    """Test and validation takes that hold passages of the training."""
    found = set()
    for verdict, splits, held_out in ((failure, (TRAIN, VAL), TEST), (warning, (TRAIN,), VAL)):
        trained, others = (_by_content(takes, which) for which in (splits, (held_out,)))
        if not trained or not others:
            continue
        paths = [group[0].dry for group in (*trained.values(), *others.values())]
        # the same files, otherwise divided, are another question
        question = f"overlap {len(trained)} {held_out}"
        for one, other in measurements.get(question, paths, lambda a=trained, b=others: _overlaps(a, b)):
            for take in others[other]:
                if take.dry_file not in found:
                    found.add(take.dry_file)
                    yield verdict(
                        take.dry_file,
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
