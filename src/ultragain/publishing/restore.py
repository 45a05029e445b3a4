"""Bringing published runs back to data/runs, so that no finished model is trained twice on another machine."""

import json
import shutil

from ultragain.files import write_json
from ultragain.parallel import side_by_side
from ultragain.publishing.replay import replay
from ultragain.publishing.store import KEPT, published_folder
from ultragain.training import runs


def restore(missing, experiment, root, workers):
    """Bring published runs back to data/runs: their models play the riffs again.

    Parameters
    ----------
    missing : list of Run
        Runs that are not done; those that are published are restored, in the place of damaged ones.
    experiment : Experiment
    root : Path
        The project's folder, whose recordings of the test riffs are there.
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
    folder = published_folder(root, experiment.device) / "runs"
    there = [run for run in missing if (folder / run.id).exists()]
    calls = [(run, folder / run.id, experiment, root) for run in there]
    side_by_side(_restore, calls, workers, "restoring published runs", "run")
    return there


def _restore(run, source, experiment, root):
    predictions, _ = replay(run, source, experiment, root)
    if run.folder(root).exists():
        runs.set_aside(run.folder(root))
    with runs.whole_folder(run.folder(root)) as partial:
        for name in KEPT:
            shutil.copy(source / name, partial / name)
        if (source / runs.NOTEBOOK).is_file():
            shutil.copy(source / runs.NOTEBOOK, partial / runs.NOTEBOOK)
        runs.write_predictions(partial, predictions, run.parameters["sample_rate"])
        record = json.loads((source / runs.RECORD).read_text())
        record["sha256"] = runs.checksums(partial, runs.passages(run.parameters))  # audio's rounding may differ
        write_json(partial / runs.RECORD, record)
