"""The two tables of what is published of a device: one row a run and riff, and one row a run."""

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
        Of every experiment, its own seed first, then replicates.

    Returns
    -------
    dict of str to pd.DataFrame
        By file name. `scores.csv`: run, family, every dimension that some grid varies, seed, riff,
        seconds, and the scores (ESR as a ratio; MSE and MAE in full scale), aligned and as the
        original experiments scored. `models.csv`: run, family, the dimensions, seed, epochs, the epoch
        whose weights are kept, seconds of training, of an epoch and of scoring, the lowest validation
        ESR, the medians of the scores over the riffs, versions, and digests of the recordings. Where
        there are models with a memory, also their training steps and the seconds of one. What a
        run does not have is empty.
    """
    scores, models = [], []
    for results in grids:
        known = {"family": results.experiment.family, "seed": results.experiment.training.seed}
        scores.append(results.scores.assign(**known))
        records = pd.DataFrame({run: _of_record(record) for run, record in results.records.items()}).T
        models.append(results.models.assign(**known).join(records))
    scores, models = pd.concat(scores, ignore_index=True), pd.concat(models).reset_index(names="run")
    whole = dict.fromkeys(["steps", *(name for name, each in DIMENSIONS.items() if each.type is int)], "Int64")
    scores, models = (  # pandas would write the numbers of a column that lacks some as 44.0
        frame.astype({name: kind for name, kind in whole.items() if name in frame}) for frame in (scores, models)
    )
    models["epoch_seconds"] = models["training_seconds"] / models["epochs_trained"]
    known = ["run", "family", *(name for name in DIMENSIONS if name in models), "seed"]
    spent = ["epochs_trained", "best_epoch", "training_seconds", "epoch_seconds", "scoring_seconds"]
    spent += [name for name in ("steps", "step_seconds") if name in models]
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
    """Write both tables of the grids' runs into a published folder."""
    for name, frame in tables(grids).items():
        with whole_file(folder / name) as temporary:
            frame.to_csv(temporary, index=False)
