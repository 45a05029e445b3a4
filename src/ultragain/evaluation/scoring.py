"""Playing test riffs through a model, and scoring what comes out."""

import numpy as np
import pandas as pd
import tensorflow as tf

from ultragain import metrics
from ultragain.models.lstm import outputs_of
from ultragain.models.windowing import excerpt

WINDOWS_PER_CALL = 2**14  # 0.4 s of audio: seconds at most between two looks back at Python


def predict(model, dry, context):
    """What a model makes of dry audio: `player(model, context)(dry)`."""
    return player(model, context)(dry)


def player(model, context):
    """A model as an effect: dry audio in, predicted audio out.

    Every sample from the `context`-th on is predicted from its own window, as in training. Each
    sample stands in `context` windows; they are cut from the audio inside TensorFlow, one batch at a
    time, so that beside the audio itself only one batch is ever in memory (see `model.CPU_BATCH`).

    Parameters
    ----------
    model : keras.Model
        Input shape (batch, context, 1), output shape (batch, 1).
    context : int
        In samples.

    Returns
    -------
    callable
        np.ndarray of shape (n_samples,) -> np.ndarray of the same shape, float32. The first
        context - 1 samples are zero: no whole window ends on them.
    """

    def cut(dry, first, last):
        return tf.signal.frame(dry[first : last + context - 1], context, 1)[..., None]

    outputs = outputs_of(model, tf.TensorSpec([None], tf.float32), cut)

    def play(dry):
        dry = np.asarray(dry, np.float32)
        predicted = np.zeros(len(dry), np.float32)
        for start in range(0, len(dry) - context + 1, WINDOWS_PER_CALL):
            part = dry[start : start + WINDOWS_PER_CALL + context - 1]
            count = len(part) - context + 1
            predicted[start + context - 1 :][:count] = outputs(tf.constant(part), count).numpy()
        return predicted

    return play


def score(wet, predicted, context):
    """Scores of one riff.

    Parameters
    ----------
    wet, predicted : np.ndarray, shape (n_samples,)
        The prediction as `predict` returns it.
    context : int
        In samples; the first context - 1 samples are not scored.

    Returns
    -------
    dict
        esr, mse, mae, each against the wet sample under the window's last dry sample, which is what
        the model learnt to say; and esr_one_late against the sample after that one, which is how the
        published experiments scored.

    Raises
    ------
    SilentTargetError
        If the wet passage is silent.
    """
    target, output = wet[context - 1 :], predicted[context - 1 :]
    return {
        "esr": metrics.esr(target, output),
        "mse": metrics.mse(target, output),
        "mae": metrics.mae(target, output),
        "esr_one_late": metrics.esr(target[1:], output[:-1]),
    }


def score_riffs(model, riffs, context, seconds, sample_rate, progress=iter):
    """Play and score every test riff.

    Parameters
    ----------
    model : keras.Model
    riffs : dict of str to (dry, wet)
        np.ndarray of shape (n_samples,) each.
    context : int
        In samples.
    seconds : float or "whole"
        How much of each riff.
    sample_rate : int
        In Hz.
    progress : callable
        Wraps the iteration over riffs, e.g. tqdm.

    Returns
    -------
    scores : pd.DataFrame
        One row a riff: riff, start and seconds of the scored passage, and `score`'s numbers.
    predictions : dict of str to np.ndarray
        Predicted audio of each passage.
    """
    rows, predictions = [], {}
    play = player(model, context)
    for name in progress(list(riffs)):
        dry, wet = riffs[name]
        part = excerpt(dry, seconds, sample_rate)
        predictions[name] = play(dry[part])
        place = {"riff": name, "start": part.start / sample_rate, "seconds": (part.stop - part.start) / sample_rate}
        rows.append(place | score(wet[part], predictions[name], context))
    return pd.DataFrame(rows), predictions
