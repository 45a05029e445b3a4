"""The two tables of a published experiment: one row a run and riff, and one row a run."""

import pandas as pd

from ultragain.evaluation.results import SCORES
from ultragain.files import whole_file
from ultragain.grid import DIMENSIONS

SCORES_FILE, MODELS_FILE = "scores.csv", "models.csv"
#: How both name what `Results` calls otherwise.
NAMES = {"esr_one_late": "esr_as_originally_scored"}


def tables(grids):
    """Both tables, from the runs themselves.

    Parameters
    ----------
    grids : list of Results
        The experiment's own seed first, then replicates.

    Returns
    -------
    dict of str to pd.DataFrame
        By file name. `scores.csv`: run, the grid's dimensions, seed, riff, seconds, and the scores
        (ESR as a ratio; MSE and MAE in full scale), aligned and as the original experiments scored.
        `models.csv`: run, the grid's dimensions, seed, epochs, the epoch whose weights are kept,
        seconds of training, of an epoch and of scoring, the lowest validation ESR, the medians of the
        scores over the riffs, versions, and digests of the recordings.
    """
    scores, models = [], []
    for results in grids:
        seed = results.experiment.training.seed
        scores.append(results.scores.assign(seed=seed))
        records = pd.DataFrame({run: _of_record(record) for run, record in results.records.items()}).T
        models.append(results.models.assign(seed=seed).join(records))
    scores, models = pd.concat(scores, ignore_index=True), pd.concat(models).reset_index(names="run")
    models["epoch_seconds"] = models["training_seconds"] / models["epochs_trained"]
    known = ["run", *DIMENSIONS, "seed"]
    spent = ["epochs_trained", "best_epoch", "training_seconds", "epoch_seconds", "scoring_seconds"]
    made_of = ["computed_with", *_of_record(next(iter(grids[0].records.values())))]
    return {
        SCORES_FILE: scores[[*known, "riff", "seconds", *SCORES]].rename(columns=NAMES),
        MODELS_FILE: models[[*known, *spent, "val_esr", *SCORES, *made_of]].rename(columns=NAMES),
    }


def _of_record(record):
    recordings = {f"recordings_{name}": digest for name, digest in record["recordings"].items()}
    return (
        record["versions"] | recordings | {"weights": record["sha256"]["model.keras"], "finished": record["finished"]}
    )


def write(folder, grids):
    """Write both tables of the grids' runs into a published experiment's folder."""
    for name, frame in tables(grids).items():
        with whole_file(folder / name) as temporary:
            frame.to_csv(temporary, index=False)
