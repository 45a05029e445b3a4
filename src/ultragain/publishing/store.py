"""Runs that are published: small enough to be committed, and enough to make the whole run again.

`data/published/<device>/<version>/runs/<run>/` holds a run's record, history, scores and weights. What it leaves out
follows from these: predicted audio is what the model plays.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from ultragain.errors import UltraGainError
from ultragain.evaluation.scoring import score_riffs
from ultragain.files import write_json
from ultragain.models.keras_file import weights_of
from ultragain.parallel import side_by_side
from ultragain.recording.load import load_recordings
from ultragain.training import runs

KEPT = (runs.RECORD, runs.HISTORY, runs.METRICS, runs.MODEL)
SCORES = ("esr", "mse", "mae", "esr_one_late")
#: The most by which a score may differ, relatively, where other registers or other recordings' rounding are at work.
TOLERANCE = 1e-3


def published_folder(root, device, version):
    """Folder of the published runs of one device and version."""
    return Path(root) / "data" / "published" / device / version / "runs"


def publish(found, root):
    """Copy finished runs to data/published.

    Parameters
    ----------
    found : list of Run
        Runs that are done.
    root : Path
        The project's folder.

    Returns
    -------
    list of Run
        Those that were not there yet.
    """
    added = []
    for run in found:
        target = published_folder(root, run.device, run.version) / run.id
        if not target.exists():
            with runs.whole_folder(target) as partial:
                for name in KEPT:
                    shutil.copy(run.folder(root) / name, partial / name)
            added.append(run)
    return added


def restore(missing, experiment, root, workers):
    """Bring published runs back to data/runs: their models play the riffs again.

    Parameters
    ----------
    missing : list of Run
        Runs that are not done; those that are published are restored, in the place of damaged ones.
    experiment : Experiment
    root : Path
        The project's folder, whose recordings are there.
    workers : int
        Processes side by side.

    Returns
    -------
    list of Run
        The restored ones.

    Raises
    ------
    UltraGainError
        If a model's scores are not the published ones.
    """
    there = [run for run in missing if (published_folder(root, run.device, run.version) / run.id).exists()]
    side_by_side(_restore, [(run, experiment, root) for run in there], workers, "restoring published runs", "run")
    return there


def _restore(run, experiment, root):
    source = published_folder(root, run.device, run.version) / run.id
    record = json.loads((source / runs.RECORD).read_text())
    if record["key"] != run.key:
        raise UltraGainError(f"{source / runs.RECORD}: is another run's ({record['id']})")
    audio = load_recordings(experiment, root, run.parameters["gain"])
    weights = weights_of((source / runs.MODEL).read_bytes())
    scores, predictions = score_riffs(run.family, weights, audio.riffs, run.parameters)
    off = deviation(pd.read_csv(source / runs.METRICS), scores)
    if not off <= TOLERANCE:
        raise UltraGainError(
            f"{source}: its model scores differently here, by {off:.1e}; the most allowed is {TOLERANCE}"
        )
    if run.folder(root).exists():
        runs.set_aside(run.folder(root))
    with runs.whole_folder(run.folder(root)) as partial:
        for name in KEPT:
            shutil.copy(source / name, partial / name)
        runs.write_predictions(partial, predictions, run.parameters["sample_rate"])
        record["sha256"] = runs.checksums(partial, run.parameters["test_riffs"])  # audio's rounding may differ
        write_json(partial / runs.RECORD, record)


def deviation(published, scores):
    """The largest relative difference of two tables of scores, row by row; NaN counts as equal to NaN."""
    ours, theirs = (frame.set_index("riff")[list(SCORES)].to_numpy() for frame in (scores, published))
    return float(np.max(np.where(np.isnan(ours) & np.isnan(theirs), 0, np.abs(ours / theirs - 1))))
