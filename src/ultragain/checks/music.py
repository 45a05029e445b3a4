"""Checks of what is played: partners that belong together, one playing at all gains, nothing heard twice."""

from collections import defaultdict

from ultragain.checks import overlap
from ultragain.checks.finding import failure, warning
from ultragain.checks.latency import latency
from ultragain.checks.measurements import samples_of
from ultragain.metrics import esr
from ultragain.recording.layout import TEST, TRAIN, VAL

ENOUGH_TO_TELL_SECONDS = 4.0  # shorter takes may leave no certain trace of themselves in a distorted signal
RELATED, MORE_RELATED = 2.0, 1.5  # confidence of a latency: a stranger's is below 1.6
SAME_PERFORMANCE = 1e-3  # ESR of two files of one performance: other dither, another number of bits


def check_partners(takes, requirements, measurements):
    """A wet file that answers another take's dry file."""
    for take in takes:
        if not take.of_pair or take.latency.is_certain or min(take.of_dry["rms"], take.of_wet["rms"]) < 1e-4:
            continue
        others = [
            other
            for other in takes
            if other.gain == take.gain and other.of_pair and other.of_dry["content"] != take.of_dry["content"]
        ]
        owner = next((other for other in others if _is_answer(other, take, measurements)), None)
        if owner:
            yield failure(take.wet_file, f"belongs to {owner.dry_file}, not to its own dry file", "swap the files back")
        elif take.latency.is_unrelated and take.of_dry["samples"] >= ENOUGH_TO_TELL_SECONDS * take.of_dry["rate"]:
            yield warning(
                take.wet_file,
                "shows no correlation with its dry file",
                "listen to both: are they the same playing?",
            )


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
    if one.of_dry["content"] == other.of_dry["content"]:
        return True
    if one.of_dry["rate"] != other.of_dry["rate"]:
        return False
    ratio = measurements.get(
        "same dry", [one.dry, other.dry], lambda: _aligned_esr(one.dry, other.dry, one.of_dry["rate"])
    )
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
