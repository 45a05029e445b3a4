"""What scores can and cannot reach: the floor that noise sets, and the price of scoring one sample late."""

import numpy as np
import pandas as pd

from ultragain.evaluation.scoring import score

ALL_RIFFS = "all riffs"


def replicate_floor(recordings):
    """The ESR that a perfect model would score, from riffs that were recorded twice.

    Two recordings of one playing differ by the noise of both: the energy of their difference is twice
    that of one noise. Half of it, over the energy of the first recording, is what remains when all is predicted
    that the dry signal decides. This holds if both noises are equally strong and have nothing in common.
    What they have in common (a hum of the same phase, say) stays unseen, and the floor is then too low; a knob
    that moved in between counts as noise, and the floor is too high.

    Parameters
    ----------
    recordings : mapping of str to GainRecordings
        By gain label.

    Returns
    -------
    pd.DataFrame
        A row a gain, ratios: first `ALL_RIFFS`, their energies added up before they are divided, then a
        column a riff. NaN where a riff was not recorded twice, and no rows where none was.
    """
    floors = {}
    for gain, recorded in recordings.items():
        energies = {}
        for riff, (_, again) in recorded.replicates.items():
            wet = recorded.riffs[riff][1]
            n = min(len(wet), len(again))
            energies[riff] = np.array([0.5 * np.sum(np.square(wet[:n] - again[:n])), np.sum(np.square(wet[:n]))])
        if energies:
            whole = {ALL_RIFFS: sum(energies.values())} | energies
            floors[gain] = {riff: noise / signal for riff, (noise, signal) in whole.items()}
    return pd.DataFrame.from_dict(floors, orient="index").rename_axis("gain")


def one_sample_late(riffs, unpredicted=0):
    """What scoring one sample late costs each riff.

    The wet signal itself, scored so, stands for a perfect model: its score is the price of the sample alone.
    A sine of w radians a sample pays 2 - 2 cos w.

    Parameters
    ----------
    riffs : dict of str to (np.ndarray, np.ndarray, np.ndarray)
        dry, wet, predicted of each, shape (n_samples,).
    unpredicted : int
        Samples at the beginning of each that are not scored.

    Returns
    -------
    pd.DataFrame
        A row a riff: the model's esr and esr_one_late (see `scoring.score`), and perfect_one_late, the wet
        signal's own.
    """
    rows = {}
    for riff, (_, wet, predicted) in riffs.items():
        scores, perfect = (score(wet, played, unpredicted) for played in (predicted, wet))
        rows[riff] = {
            "esr": scores["esr"],
            "esr_one_late": scores["esr_one_late"],
            "perfect_one_late": perfect["esr_one_late"],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("riff")
