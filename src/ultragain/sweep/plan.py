"""What a sweep has to do: which runs of the grid are there, which are not, and why."""

import glob
import json
from dataclasses import dataclass, field

from dask.system import CPU_COUNT

from ultragain.checks.run import require_good
from ultragain.errors import UltraGainError
from ultragain.models.catalog import FAMILIES
from ultragain.recording.excerpts import check_excerpts
from ultragain.recording.load import Recordings, Riffs
from ultragain.recording.virtual import make_recordings, missing_takes
from ultragain.sweep.progress import read_progress
from ultragain.training import runs
from ultragain.training.checkpoint import STATE, is_damaged


@dataclass
class Plan:
    """What a sweep will do.

    Attributes
    ----------
    to_do, done : list of Run
        `to_do` begins with the most expensive run, so that no core waits long for the last one.
    damaged : list of Run
        Those of `to_do` whose folder is there, and no good.
    reasons : dict of str to str
        By id of a run to do: why it is not up to date.
    notices : list of str
        What a person should know before it starts, one line each.
    """

    to_do: list = field(default_factory=list)
    done: list = field(default_factory=list)
    damaged: list = field(default_factory=list)
    reasons: dict = field(default_factory=dict)
    notices: list = field(default_factory=list)


def plan_sweep(experiment, root, only=None, seeds=(), workers=CPU_COUNT):
    """Check the recordings (virtual ones are made), and see which runs of the grid are missing.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    only : dict of str to list, optional
        As for `look`.
    seeds : sequence of int
        As for `look`.
    workers : int
        Processes that may record side by side.

    Returns
    -------
    Plan

    Raises
    ------
    UltraGainError
        If the recordings are missing or bad, nothing is selected, or this machine cannot train the family.
    """
    if refusal := FAMILIES[experiment.family].refusal:
        raise UltraGainError(refusal)
    select(experiment, only, seeds)  # so that a misspelt selection does not wait for the recordings
    make_recordings(experiment, root, workers)
    gains = (only or {}).get("gain", experiment.gain_labels)
    notices = require_good(experiment, root, gains)
    recordings = Recordings(experiment, root)
    riffs = Riffs(experiment, root)
    for gain in gains:
        check_excerpts(
            riffs[gain] if experiment.covers_gains else recordings[gain].riffs,
            experiment.sizes.scored_seconds,
            experiment.longest_unpredicted + 1,
            experiment.sample_rate,
        )
    plan = look(experiment, root, only, seeds, recordings)
    for run in plan.to_do:
        if run in plan.damaged:
            notices.append(f"{run.folder(root)}: {plan.reasons[run.id]}; it is moved to damaged/ and trained again")
        elif is_damaged(run.unfinished(root)):
            notices.append(f"{run.id}: {plan.reasons[run.id]}")
    plan.notices = notices
    return plan


def look(experiment, root, only=None, seeds=(), recordings=None):
    """See which runs of the grid are there, and change nothing.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    only : dict of str to list, optional
        Values to select, by name of a dimension of the grid; all where none are given.
    seeds : sequence of int
        A replicate of the grid for each; the experiment's own seed if none is given.
    recordings : Recordings, optional
        The experiment's, where somebody has loaded some of them already.

    Returns
    -------
    Plan

    Raises
    ------
    UltraGainError
        If recordings that already exist are missing or bad, or nothing is selected.
    """
    plan, recordings = Plan(), recordings or Recordings(experiment, root)
    if experiment.is_virtual and (missing := missing_takes(experiment, root)):
        plan.notices.append(f"{len(missing)} takes are to be recorded first")
    for run in select(experiment, only, seeds, recordings.identity):
        folder = run.folder(root)
        is_there = folder.exists()
        problem = runs.problem_with(folder) if is_there else _why_missing(run, root)
        if not problem:
            plan.done.append(run)
            continue
        plan.to_do.append(run)
        plan.reasons[run.id] = problem
        if is_there:
            plan.damaged.append(run)
    plan.to_do.sort(key=lambda run: run.cost, reverse=True)
    return plan


def select(experiment, only=None, seeds=(), identity=lambda gain: ""):
    """The runs of the grid that are asked for.

    Parameters
    ----------
    experiment : Experiment
    only, seeds
        As for `look`.
    identity : callable
        From a gain's label, None for all, to the identity of its recordings.

    Returns
    -------
    list of Run

    Raises
    ------
    UltraGainError
        If a value is not in the grid.
    """
    names = [each.name for each in experiment.dimensions]
    for name, wanted in (only or {}).items():
        if name not in names:
            raise UltraGainError(f"--only {name}: unknown; choose from {', '.join(names)}")
        known = experiment.values(name)
        for value in wanted:
            if value not in known:
                raise UltraGainError(f"--only {name}={value}: not in the grid; it has {', '.join(map(str, known))}")
    wanted = [
        combination
        for combination in experiment.combinations()
        if all(combination[name] in values for name, values in (only or {}).items())
    ]
    replicates = [experiment.with_seed(seed) for seed in seeds] or [experiment]
    return [
        runs.describe_run(replicate, combination, identity(combination.get("gain")))
        for replicate in replicates
        for combination in wanted
    ]


def _why_missing(run, root):
    """Why a run that has no folder is to be trained, as a phrase."""
    state = run.unfinished(root)
    if is_damaged(state):
        return f"unfinished, but {state / STATE} is damaged (its checksum is wrong): the training starts over"
    if progress := read_progress(state):
        return f"unfinished: {progress.epoch} of {progress.epochs} epochs are trained"
    try:
        others = [json.loads(path.read_text()) for path in _of_same_name(run, root)]
        of_family = [other for other in others if other["parameters"].get("family") == run.parameters["family"]]
        if not of_family:
            return "never trained"
        record = of_family[0]
        changed = [
            name
            for name, now, then in (
                ("the recordings", run.recordings, record["recordings"]["identity"]),
                ("the training recipe", run.recipe, record["recipe"]),
                *(
                    (name, value, record["parameters"].get(name))
                    for name, value in json.loads(json.dumps(run.parameters)).items()
                ),
            )
            if now != then
        ]
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return "never trained"
    return f"changed since {record['id']}: {', '.join(changed)}"


def _of_same_name(run, root):
    """Records of runs whose folders have the same name but for the key, the newest first."""
    found = run.folder(root).parent.glob(f"{glob.escape(run.id.rpartition('-')[0])}-*/{runs.RECORD}")
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
