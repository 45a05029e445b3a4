"""The folder of a published experiment, `data/published/<device>/<version>/`, and how runs get there.

It holds what a reader of the results needs, small enough to be committed:

- `published.json`: the experiment file and the profile;
- `scores.csv`, one row a run and riff, and `models.csv`, one row a run;
- `runs/<run>/`: the run's record, history, scores and weights, the notebook that papermill ran, and for some
  models what they predicted;
- `riffs/<riff>/`: the test riffs dry, and wet at each gain.

What it leaves out follows from these: the other models' predictions are what they play.
"""

import json
import shutil
from pathlib import Path

from ultragain.errors import UltraGainError
from ultragain.evaluation.results import PUBLISHED, find_results, load_replicates, load_results
from ultragain.experiment import load_experiment
from ultragain.files import write_json
from ultragain.publishing import listening, tables
from ultragain.publishing.notebooks import publish_notebook
from ultragain.training import runs

INDEX = "published.json"
KEPT = (runs.RECORD, *PUBLISHED)


def published_folder(root, device):
    """Folder of what is published of a device, an experiment's section `device`."""
    return Path(root) / "data" / "published" / device.name / device.version


def published_profile(root, device):
    """The profile at which a device's experiment is published; None if it is not."""
    index = published_folder(root, device) / INDEX
    return json.loads(index.read_text())["profile"] if index.is_file() else None


def published_experiments(root):
    """Every experiment that is published, at its published profile, list of Experiment."""
    indexes = [json.loads(path.read_text()) for path in sorted(Path(root).glob(f"data/published/*/*/{INDEX}"))]
    # a name alone, so that an index cannot lead out of the folder
    return [load_experiment(Path(root) / "experiments" / Path(i["experiment"]).name, i["profile"]) for i in indexes]


def load_published(experiment, root):
    """Results of an experiment's published runs, at the profile that the experiment has; None if it has none."""
    return find_results(experiment, root, published_folder(root, experiment.device) / "runs")


def load_published_replicates(experiment, root):
    """Results of the published runs with other seeds than the experiment's own, dict of int to Results."""
    return load_replicates(experiment, root, published_folder(root, experiment.device) / "runs")


def publish(experiment, path, root):
    """Copy an experiment's finished runs, replicates included, to data/published, and write what is about all of them.

    Runs that are there stay as they are; tables, riffs and the predictions that are chosen are written anew.

    Parameters
    ----------
    experiment : Experiment
        At the profile that is published.
    path : Path
        Its file, in the project's folder `experiments`.
    root : Path
        The project's folder.

    Returns
    -------
    list of str
        Ids of the runs that were added.

    Raises
    ------
    UltraGainError
        If the file is elsewhere, another profile is published there, no run is finished, or a run
        whose predictions are chosen is not in data/runs.
    """
    folder, path = published_folder(root, experiment.device), Path(path).resolve()
    if path.parent != (Path(root) / "experiments").resolve():
        raise UltraGainError(f"{path}: only experiments in {Path(root) / 'experiments'} are published: copy it there")
    if (there := published_profile(root, experiment.device)) not in (None, experiment.profile):
        raise UltraGainError(f"{folder}: holds runs of profile {there}: remove it to publish {experiment.profile}")
    added = []
    for results in [load_results(experiment, root), *load_replicates(experiment, root).values()]:
        for run, source in results.folders.items():
            target = folder / "runs" / run
            if not target.exists():
                with runs.whole_folder(target) as partial:
                    for name in KEPT:
                        shutil.copy(source / name, partial / name)
                    if (source / runs.NOTEBOOK).is_file():  # none where the run was restored from elsewhere
                        publish_notebook(source / runs.NOTEBOOK, partial / runs.NOTEBOOK, root)
                added.append(run)
    write_json(folder / INDEX, {"experiment": path.name, "profile": experiment.profile})
    results = load_published(experiment, root)
    tables.write(folder, [results, *load_published_replicates(experiment, root).values()])
    listening.write(folder, results, root)
    return added
