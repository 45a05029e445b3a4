"""The folder of what is published of a device, `data/published/<device>/<version>/`, and how runs get there.

It holds what a reader of the results needs, small enough to be committed:

- `published.json`: the experiments, each with its file and profile;
- `scores.csv`, one row a run and riff, and `models.csv`, one row a run, of all of them;
- `runs/<run>/`: the run's record, history, scores and weights, the notebook that papermill ran, and for some
  windowed models what they predicted;
- `riffs/<riff>/`: the test riffs dry, and wet at each gain of the windowed models.

What it leaves out follows from these: the other models' predictions are what they play.
"""

import glob
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


def index_of(folder):
    """Experiments that a published folder holds, list of dict with the name of each file and its profile."""
    path = Path(folder) / INDEX
    content = json.loads(path.read_text()) if path.is_file() else {"experiments": []}
    return content.get("experiments", [content])  # older indexes are the one experiment's own entry


def published_profile(root, path):
    """The profile at which an experiment, given by its file, is published; None if it is not."""
    index = index_of(published_folder(root, load_experiment(path).device))
    return next((each["profile"] for each in index if each["experiment"] == Path(path).name), None)


def published_experiments(root, folder="*/*"):
    """Every experiment that is published, at its published profile, list of Experiment.

    Parameters
    ----------
    root : Path
        The project's folder.
    folder : str
        Device and version below data/published; all if not given.
    """
    indexes = sorted((Path(root) / "data" / "published").glob(f"{folder}/{INDEX}"))
    found = [each for path in indexes for each in index_of(path.parent)]
    # a name alone, so that an index cannot lead out of the folder
    return [
        load_experiment(Path(root) / "experiments" / Path(each["experiment"]).name, each["profile"]) for each in found
    ]


def published_grids(root, device):
    """Results of all runs that are published of a device: every experiment's, then its replicates', list of Results."""
    found = []
    for experiment in published_experiments(root, f"{glob.escape(device.name)}/{glob.escape(device.version)}"):
        if results := load_published(experiment, root):
            found += [results, *load_published_replicates(experiment, root).values()]
    return found


def load_published(experiment, root):
    """Results of an experiment's published runs, at the profile that the experiment has; None if it has none."""
    return find_results(experiment, root, published_folder(root, experiment.device) / "runs")


def load_published_replicates(experiment, root):
    """Results of the published runs with other seeds than the experiment's own, dict of int to Results."""
    return load_replicates(experiment, root, published_folder(root, experiment.device) / "runs")


def publish(experiment, path, root):
    """Copy an experiment's finished runs, replicates included, to data/published, and write what is about all of them.

    Several experiments on one device are published side by side. Runs that are there stay as they are;
    tables, riffs and the predictions that are chosen are written anew.

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
        If the file is elsewhere, another profile of it is published, no run is finished, or a run
        whose predictions are chosen is not in data/runs.
    """
    folder, path = published_folder(root, experiment.device), Path(path).resolve()
    if path.parent != (Path(root) / "experiments").resolve():
        raise UltraGainError(f"{path}: only experiments in {Path(root) / 'experiments'} are published: copy it there")
    if (there := published_profile(root, path)) not in (None, experiment.profile):
        raise UltraGainError(
            f"{folder}: holds runs of {path.name} at profile {there}: remove them to publish {experiment.profile}"
        )
    added = []
    for results in [load_results(experiment, root), *load_replicates(experiment, root).values()]:
        for run, source in results.folders.items():
            target = folder / "runs" / run
            if not target.exists():
                with runs.whole_folder(target) as partial:
                    for name in KEPT:
                        shutil.copy(source / name, partial / name)
                    if (source / runs.NOTEBOOK).is_file():  # none where the run was restored from elsewhere
                        publish_notebook(
                            source / runs.NOTEBOOK, partial / runs.NOTEBOOK, root, pictures=experiment.is_windowed
                        )
                added.append(run)
    entry, index = {"experiment": path.name, "profile": experiment.profile}, index_of(folder)
    write_json(folder / INDEX, {"experiments": index if entry in index else [*index, entry]})
    tables.write(folder, published_grids(root, experiment.device))
    listening.write(folder, load_published(experiment, root), root)
    return added
