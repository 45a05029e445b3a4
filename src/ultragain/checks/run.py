"""The checks, all of them, on a folder of recordings."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dask.system import CPU_COUNT
from threadpoolctl import threadpool_limits

from ultragain.checks.catalog import ALL_TAKES, CHECKS, FOLDER
from ultragain.checks.finding import FAILURE, WARNING, Finding
from ultragain.checks.measure import measure_take
from ultragain.checks.measurements import Measurements, measurements_file
from ultragain.checks.requirements import Requirements, in_order
from ultragain.errors import UltraGainError
from ultragain.files import one_form, printable
from ultragain.recording.layout import LAYOUT, REPLICATE, SPLITS, TEST, Take, recordings_folder, take_of


def check_recordings(folder, requirements=None, measurements=None):
    """Check a folder of recordings.

    Parameters
    ----------
    folder : path-like
        Top of the recordings layout.
    requirements : Requirements, optional
        What the recordings are for.
    measurements : Measurements, optional
        What was measured before.

    Returns
    -------
    list of Finding
        In the order of the files; a `pass` for every file without a problem.
    """
    folder, requirements, measurements = Path(folder), requirements or Requirements(), measurements or Measurements()
    if not folder.is_dir():
        advice = "name the folder that holds Train and Test"
        return [Finding(printable(folder), FAILURE, "no such recordings folder", advice, "layout")]
    takes = _find(folder, requirements)
    if not takes:
        advice = f"it needs {LAYOUT}; Val and Replicate may be absent"
        return [Finding(".", FAILURE, "holds no recordings", advice, "layout")]
    # transforms and reading do not hold Python's lock; threads of BLAS beside ours would cost twice the time
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(CPU_COUNT) as pool:
        takes = list(pool.map(lambda take: measure_take(take, measurements), takes))
    requirements, findings = requirements.completed(takes), []
    for check in CHECKS:
        if check.looks_at == FOLDER:
            findings += check.findings(folder, requirements)
        elif check.looks_at == ALL_TAKES:
            findings += check.findings(takes, requirements, measurements)
        else:
            findings += [finding for take in takes for finding in check.findings(take, requirements)]
    measurements.save()
    found = {finding.file for finding in findings}
    findings += [Finding(file) for take in takes for file, _ in take.files if file not in found]
    order = {
        file: (SPLITS.index(take.split), i) for i, take in enumerate(takes) for file in (take.dry_file, take.wet_file)
    }
    return sorted(findings, key=lambda finding: order.get(finding.file, (-1, 0)))


def _find(folder, requirements):
    """All takes of the layout that are asked for, list of Take; half ones too."""
    if requirements.takes is not None:
        places = requirements.takes
    else:
        files = [path.relative_to(folder) for split in SPLITS for path in folder.glob(f"{split}/*/*/*")]
        places = {take_of(file) for file in files} - {None}
        places = {place for place in places if not requirements.gains or place[1] in requirements.gains}
    gains = requirements.gains or in_order({gain for _, gain, _ in places})[0]
    places = sorted(places, key=lambda place: (SPLITS.index(place[0]), gains.index(place[1]), place[2]))
    riffs = requirements.test_riffs
    return [
        Take(folder, split, gain, name)
        for split, gain, name in places
        if not riffs or split not in (TEST, REPLICATE) or name in riffs
    ]


def check_experiment(experiment, root, gains=None):
    """Check an experiment's recordings, as `check_recordings` does; measurements are kept below data/recordings.

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
    folder = recordings_folder(experiment, root or ".")
    measurements = Measurements(measurements_file(root, folder) if root else None)
    findings = check_recordings(folder, Requirements.of_experiment(experiment, root), measurements)
    left_out = set(experiment.gain_labels) - set(gains or experiment.gain_labels)
    return [finding for finding in findings if left_out.isdisjoint(one_form(finding.file).split("/")[1:2])]


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
        # a finding about the whole folder has the file "."
        where = f"{recordings_folder(experiment, root)}/{failures[0]}".replace("/.: ", ": ", 1)
        raise UltraGainError(f"{where}{more}")
    return [f"{finding}" for finding in findings if finding.verdict == WARNING]
