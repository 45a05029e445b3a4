"""Whether what is published still comes out of the committed models, on recordings that this machine makes."""

import numpy as np
import pandas as pd

from ultragain.errors import UltraGainError
from ultragain.evaluation.results import PUBLISHED
from ultragain.parallel import side_by_side
from ultragain.publishing import listening, tables
from ultragain.publishing.replay import replay
from ultragain.publishing.store import load_published, load_published_replicates, published_folder, published_grids
from ultragain.recording.layout import TEST
from ultragain.recording.load import load_riffs
from ultragain.recording.virtual import make_recordings
from ultragain.training import runs


def verify(experiment, root, workers, sample=None):
    """Play the riffs through published models again, and compare with what is published.

    Parameters
    ----------
    experiment : Experiment
        At its published profile.
    root : Path
        The project's folder; recordings of the test riffs are made where they are missing.
    workers : int
        Processes side by side.
    sample : int, optional
        How many models to play, spread evenly over the grid; all if not given.

    Returns
    -------
    checked : pd.DataFrame
        One row a model that was played, indexed by its run: deviation (the largest relative difference of a
        score; NaN where there is a problem), and problem (in a phrase, or empty).
    problems : list of str
        All problems, those of the folder's tables, riffs and runs of no experiment included, one line each.

    Raises
    ------
    UltraGainError
        If nothing of the experiment is published, or a simulation fails.
    """
    make_recordings(experiment, root, workers, splits=[TEST])
    folder, results = published_folder(root, experiment.device), load_published(experiment, root)
    if results is None:
        raise UltraGainError(f"{folder}: holds no run of the experiment as it is now")
    grids = [results, *load_published_replicates(experiment, root).values()]
    found = {run: results for results in grids for run in results.folders}
    everything = published_grids(root, experiment.device)
    known = {run for results in everything for run in results.folders}
    problems = [*_strangers(folder, known), *_tables(folder, everything), *_riffs(folder, experiment, root)]
    with_audio = {path.parent.name for path in folder.glob("runs/*/audio")} & set(found)
    problems += [f"{run}: has no predictions, or should have none" for run in with_audio ^ listening.chosen(results)]
    names = list(found)
    if sample and sample < len(names):
        names = [names[i] for i in np.linspace(0, len(names) - 1, sample).round().astype(int)]
    calls = [(found[run].runs[run], found[run].folders[run], found[run].experiment, root) for run in names]
    played = side_by_side(_replay, calls, workers, f"playing {experiment.device.name}", "model")
    checked = pd.DataFrame(played, columns=["deviation", "problem"], index=pd.Index(names, name="run"))
    return checked, problems + [problem for problem in checked["problem"] if problem]


def _replay(run, folder, experiment, root):
    """The largest relative difference of a score, and a problem or nothing."""
    try:
        predictions, off = replay(run, folder, experiment, root)
    except UltraGainError as error:
        return np.nan, f"{error}"
    for riff, predicted in predictions.items():
        if (path := folder / "audio" / f"{riff}.flac").exists() and not listening.sounds_like(path, predicted):
            return off, f"{path}: is not what the model predicts"
    return off, ""


def _strangers(folder, known):
    for path in sorted(folder.glob("runs/*")):
        if path.name not in known:
            yield f"{path}: {runs.problem_with(path, PUBLISHED) or 'is of other settings than the experiments'}"


def _tables(folder, grids):
    for name, frame in tables.tables(grids).items():
        path = folder / name
        if not path.is_file() or path.read_text() != frame.to_csv(index=False):
            yield f"{path}: does not say what the runs say: `ultragain publish` writes it again"


def _riffs(folder, experiment, root):
    for gain in experiment.gain_labels if experiment.is_windowed else ():  # see `listening.write`
        for riff, (dry, wet) in load_riffs(experiment, root, gain).items():
            files = listening.riff_files(folder, riff, experiment.gain_labels)
            for path, samples in ((files[None], dry), (files[gain], wet)):
                if not path.is_file() or not listening.sounds_like(path, samples):
                    yield f"{path}: is not what is recorded here"
