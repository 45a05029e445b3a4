"""The checks, all of them, on a folder of recordings."""

import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from dask.system import CPU_COUNT

from ultragain.checks import sets
from ultragain.checks import takes as of_takes
from ultragain.checks.finding import FAILURE, WARNING, Finding, failure, warning
from ultragain.checks.measure import MeasuredTake, Memory, measure_take
from ultragain.checks.takes import Demands
from ultragain.errors import UltraGainError
from ultragain.files import digest, printable
from ultragain.recording.layout import recordings_folder, take_at
from ultragain.recording.virtual import wanted_takes

SPLITS = ("Train", "Val", "Test", "Replicate")
USUAL_CONTEXTS = (44, 66, 88)  # samples: the book's
USUAL_RATE = 44_100
USUAL_ORDER = ("low", "mid", "high")
AUDIO = {".wav", ".flac", ".aif", ".aiff", ".mp3", ".ogg", ".m4a"}


def check_recordings(
    folder,
    gains=None,
    test_riffs=None,
    sample_rate=None,
    contexts=None,
    training_windows=None,
    validation_share=0.2,
    only=None,
    memory=None,
):
    """Check a folder of recordings.

    Parameters
    ----------
    folder : path-like
        Top of the recordings layout: `{Train,Val,Test,Replicate}/<gain>/{Dry,Wet}`.
    gains : list of str, optional
        Labels in the order of rising gain. Without them all gains of the folder are checked, and
        their order is guessed where they are numbers, or Low, Mid and High.
    test_riffs : list of str, optional
        Names of the riffs that models will be scored on; without them, whatever stands under Test.
    sample_rate : int, optional
        In Hz; without it, what most files have.
    contexts : list of int, optional
        Windows that models will have, in samples; 44, 66 and 88 without them.
    training_windows : int, optional
        How many windows a model shall learn from.
    validation_share : float
        Share of the windows that validate where there is no Val folder.
    only : set of (split, gain, name), optional
        The takes to check; all without it.
    memory : Memory, optional
        Of what was measured before.

    Returns
    -------
    list of Finding
        In the order of the files; one that says `pass` for every file without a problem.
    """
    folder, memory = Path(folder), memory or Memory()
    if not folder.is_dir():
        return [failure(folder, "layout", "no such recordings folder", "name the folder that holds Train and Test")]
    takes = _find(folder, gains, test_riffs, only)
    labels = gains or sorted({take.gain for take in takes})
    if not takes:
        return [
            failure(
                ".", "layout", "holds no recordings", "it needs {Train,Test}/<gain>/{Dry/d_<name>.wav,Wet/w_<name>.wav}"
            )
        ]
    with ThreadPoolExecutor(CPU_COUNT) as pool:  # transforms and files leave Python's lock alone
        list(pool.map(lambda take: measure_take(take, memory), takes))
    rates = Counter(of["rate"] for take in takes for _, of in take.files if "rate" in of)
    demands = Demands(
        sample_rate or (rates.most_common(1)[0][0] if rates else USUAL_RATE),
        *((tuple(gains), True) if gains else _rising(labels)),
        tuple(test_riffs) if test_riffs else None,
        tuple(contexts or USUAL_CONTEXTS),
        training_windows,
        validation_share,
    )
    findings = [] if only else list(_layout(folder, demands.gains if gains else None))
    findings += [finding for take in takes for check in of_takes.CHECKS for finding in check(take, demands)]
    findings += [finding for check in sets.CHECKS for finding in check(takes, demands, memory)]
    memory.save()
    found = {finding.file for finding in findings}
    findings += [Finding(file) for take in takes for file, _ in take.files if file not in found]
    order = {
        file: (SPLITS.index(take.split), i) for i, take in enumerate(takes) for file in (take.dry_file, take.wet_file)
    }
    return sorted(findings, key=lambda finding: order.get(finding.file, (-1, 0)))


def _find(folder, gains, test_riffs, only):
    """All takes of the layout that are asked for, half ones too."""
    if only is not None:
        places = only
    else:
        files = [path for split in SPLITS for path in sorted(folder.glob(f"{split}/*/*/*.wav"))]
        places = dict.fromkeys(
            (*path.relative_to(folder).parts[:2], path.stem[2:])
            for path in files
            if (path.parent.name, path.stem[:2]) in (("Dry", "d_"), ("Wet", "w_"))
        )
        places = [place for place in places if not gains or place[1] in gains]
    rank = {gain: i for i, gain in enumerate(gains or _rising(sorted({gain for _, gain, _ in places}))[0])}
    places = sorted(places, key=lambda place: (SPLITS.index(place[0]), rank.get(place[1], len(rank)), place[2]))
    takes = []
    for split, gain, name in places:
        if test_riffs and split in ("Test", "Replicate") and name not in test_riffs:
            continue
        take = take_at(folder, split, gain, name)
        dry_file, wet_file = (printable(path.relative_to(folder).as_posix()) for path in (take.dry, take.wet))
        takes.append(MeasuredTake(split, gain, name, take.dry, take.wet, dry_file, wet_file))
    return takes


def _layout(folder, gains):
    """Audio that stands where nothing will look for it."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if (
            path.suffix.lower() not in AUDIO
            or not os.path.isfile(path)
            or any(part.startswith(".") for part in place.parts)
        ):
            continue
        is_named = path.suffix == ".wav" and len(place.parts) == 4 and place.parts[0] in SPLITS
        if not (is_named and (place.parts[2], path.stem[:2]) in (("Dry", "d_"), ("Wet", "w_"))):
            yield warning(
                place.as_posix(),
                "layout",
                "is not used",
                "the layout is {Train,Val,Test}/<gain>/{Dry/d_<name>.wav,Wet/w_<name>.wav}",
            )
        elif gains and place.parts[1] not in gains:
            yield warning(
                place.as_posix(),
                "layout",
                f"is not used: {place.parts[1]} is no gain of the experiment",
                "name the gain in the experiment",
            )


def _rising(labels):
    """Labels in the order of rising gain, and whether that is known."""
    if all(label.lower() in USUAL_ORDER for label in labels):
        return tuple(sorted(labels, key=lambda label: USUAL_ORDER.index(label.lower()))), True
    numbers = [re.fullmatch(r"\D*(\d+(?:\.\d+)?)", label) for label in labels]
    if all(numbers):
        return tuple(labels[i] for i in np.argsort([float(number[1]) for number in numbers])), True
    return tuple(labels), False


def check_experiment(experiment, root, gains=None):
    """Check the recordings of an experiment, as `check_recordings` does; what was measured is kept below data/recordings.

    Parameters
    ----------
    experiment : Experiment
    root : Path or None
        The project's folder; without it nothing is kept.
    gains : list of str, optional
        Labels whose findings are asked for; all without it. The others are looked at too, because some faults
        show between gains only.

    Returns
    -------
    list of Finding
    """
    labels = sorted(experiment.device.gains, key=experiment.device.gains.get)
    folder, only = recordings_folder(experiment, root or "."), None
    if experiment.is_virtual:
        # takes of a longer profile may stand there too
        only = {
            (split, gain, performance.name) for split, gain, performance, *_ in wanted_takes(experiment, root, labels)
        }
    findings = check_recordings(
        folder,
        labels,
        experiment.test_riffs,
        experiment.sample_rate,
        experiment.grid.contexts,
        experiment.sizes.training_windows,
        experiment.training.validation_share,
        only,
        Memory(memory_file(root, folder) if root else None),
    )
    left_out = set(labels) - set(gains or labels)
    return [finding for finding in findings if left_out.isdisjoint(finding.file.split("/")[1:2])]


def memory_file(root, folder):
    """Where the measurements on a folder's recordings are kept."""
    return Path(root) / "data" / "recordings" / ".checked" / f"{digest(str(Path(folder).resolve()))[:16]}.json"


def require_good(experiment, root, gains=None):
    """Refuse recordings that no model should be trained on.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    gains : list of str, optional
        Labels that models are to be trained on; all without it.

    Returns
    -------
    list of str
        The warnings, one line each.

    Raises
    ------
    UltraGainError
        If a check fails: the first failure, and how many there are.
    """
    findings = check_experiment(experiment, root, gains)
    failures = [finding for finding in findings if finding.verdict == FAILURE]
    if failures:
        more = f" (and {len(failures) - 1} more: `ultragain check` lists them)" if len(failures) > 1 else ""
        # what is wrong with the whole folder stands under "."
        where = f"{recordings_folder(experiment, root)}/{failures[0]}".replace("/.: ", ": ", 1)
        raise UltraGainError(f"{where}{more}")
    return [f"{finding}" for finding in findings if finding.verdict == WARNING]
