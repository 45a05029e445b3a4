"""Playing the test riffs through published models again, and how far their scores are from the published ones."""

import json

import numpy as np
import pandas as pd

from ultragain.engine.constants import SOURCE
from ultragain.engine.registers import processor_name
from ultragain.errors import UltraGainError
from ultragain.evaluation.results import PUBLISHED, SCORES
from ultragain.evaluation.scoring import score_riffs
from ultragain.models.keras_file import weights_of
from ultragain.recording.load import Riffs
from ultragain.training import runs

#: The most by which a score may differ, relatively: the recordings' own rounding where the same code runs on the same
#: processor; elsewhere sums are taken in another order, and every recorded sample may differ in its last bits.
ROUNDING, TOLERANCE = 1e-6, 1e-3


def replay(run, folder, experiment, root):
    """Play the test riffs through a published run's model, and compare its scores with those in its folder.

    Parameters
    ----------
    run : Run
    folder : Path
        Where it is published.
    experiment : Experiment
    root : Path
        The project's folder, whose recordings of the test riffs are there.

    Returns
    -------
    predictions : dict of str to np.ndarray
        Predicted audio of each riff, shape (n_samples,).
    off : float
        The largest relative difference of a score.

    Raises
    ------
    UltraGainError
        If the folder is damaged or another run's, or a score differs by more than is tolerated.
    """
    if problem := runs.problem_with(folder, PUBLISHED):
        raise UltraGainError(f"{folder}: {problem}")
    record = json.loads((folder / runs.RECORD).read_text())
    if record["key"] != run.key:
        raise UltraGainError(f"{folder / runs.RECORD}: is another run's ({record['id']})")
    riffs = Riffs(experiment, root)
    if not run.family.covers_gains:
        riffs = riffs[run.parameters["gain"]]
    weights = weights_of((folder / runs.MODEL).read_bytes())
    scores, predictions = score_riffs(run.family, weights, riffs, run.parameters)
    off, most = deviation(pd.read_csv(folder / runs.METRICS), scores), tolerance(record, run.family)
    if not off <= most:
        raise UltraGainError(f"{folder}: its model scores differently here, by {off:.1e}; the most allowed is {most:g}")
    return predictions, off


def tolerance(record, family):
    """`ROUNDING` if a run's record says that it was computed as this machine would, `TOLERANCE` otherwise."""
    theirs = (record["versions"]["processor"], record["versions"]["engine"], record["computed_with"])
    return ROUNDING if theirs == (processor_name(), SOURCE, family.computes_with) else TOLERANCE


def deviation(published, scores):
    """The largest relative difference of two tables of scores, row by row; NaN counts as equal to NaN."""
    ours, theirs = (frame.set_index("riff")[list(SCORES)].to_numpy() for frame in (scores, published))
    return float(np.max(np.where(np.isnan(ours) & np.isnan(theirs), 0, np.abs(ours / theirs - 1))))
