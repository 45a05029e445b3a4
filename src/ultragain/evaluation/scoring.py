"""Playing test riffs through a model, and scoring what comes out."""

import pandas as pd

from ultragain import metrics
from ultragain.recording.excerpts import excerpt


def score(wet, predicted, unpredicted):
    """Scores of one riff.

    Parameters
    ----------
    wet, predicted : np.ndarray, shape (n_samples,)
    unpredicted : int
        Samples at the beginning that have no prediction: they are not scored.

    Returns
    -------
    dict
        esr, mse, mae, each against the wet sample under the window's last dry sample, which is what
        the model learned to predict; and esr_one_late against the sample after that one, which is how the
        published experiments scored.

    Raises
    ------
    SilentTargetError
        If the wet passage is silent.
    """
    target, output = wet[unpredicted:], predicted[unpredicted:]
    return {
        "esr": metrics.esr(target, output),
        "mse": metrics.mse(target, output),
        "mae": metrics.mae(target, output),
        "esr_one_late": metrics.esr(target[1:], output[:-1]),
    }


def score_riffs(family, weights, riffs, parameters, progress=iter):
    """Play and score every test riff; a model that covers all gains at each of them.

    Parameters
    ----------
    family : ultragain.models.family.Family
    weights : list of np.ndarray
        The model's, in Keras's order.
    riffs : mapping of str to (dry, wet)
        np.ndarray of shape (n_samples,) each. Of a model that covers all gains, such a mapping for each label.
    parameters : dict
        A run's: scored_seconds (of each riff, or "whole"), sample_rate (Hz), and what the family
        plays the model with.
    progress : callable
        Wraps the iteration over riffs, e.g. tqdm.

    Returns
    -------
    scores : pd.DataFrame
        One row a riff: gain of a model that covers all, riff, start and seconds of the scored passage, and
        `score`'s numbers.
    predictions : dict of str to np.ndarray
        Predicted audio of each passage, by its name in `ultragain.training.runs.passages`.
    """
    if not family.covers_gains:
        return _score_riffs(family, weights, riffs, parameters, progress)
    tables, predictions = [], {}
    for gain, some in riffs.items():
        table, predicted = _score_riffs(family, weights, some, parameters | {"gain": gain}, progress)
        tables.append(table.assign(gain=gain)[["gain", *table.columns]])
        predictions |= {f"{gain}/{riff}": samples for riff, samples in predicted.items()}
    return pd.concat(tables, ignore_index=True), predictions


def _score_riffs(family, weights, riffs, parameters, progress):
    rows, predictions = [], {}
    play, rate = family.play(family.model(weights, parameters), parameters), parameters["sample_rate"]
    for name in progress(list(riffs)):
        dry, wet = riffs[name]
        part = excerpt(dry, parameters["scored_seconds"], rate)
        heard = 0 if family.has_budget else part.start  # a model with memory has heard what was played before
        predictions[name] = play(dry[heard : part.stop])[part.start - heard :]
        place = {"riff": name, "start": part.start / rate, "seconds": (part.stop - part.start) / rate}
        rows.append(place | score(wet[part], predictions[name], family.unpredicted(parameters)))
    return pd.DataFrame(rows), predictions
