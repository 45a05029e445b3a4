"""Playing test riffs through a model, and scoring what comes out."""

import numpy as np
import pandas as pd

from ultragain import metrics
from ultragain.windowing import excerpt

BATCH = 512  # windows a call: the fused kernel keeps about 30 * context * units bytes for each, 120 MB at 88 x 96


def predict(model, dry, context):
    """What a model makes of dry audio.

    Every sample from the `context`-th on is predicted from its own window, as in training. The
    windows are built a batch at a time, so memory does not grow with the audio.

    Parameters
    ----------
    model : keras.Model
        Input shape (batch, context, 1), output shape (batch, 1).
    dry : np.ndarray, shape (n_samples,)
    context : int
        In samples.

    Returns
    -------
    np.ndarray, shape (n_samples,), float32
        The first context - 1 samples are zero: no whole window ends on them.
    """
    predicted = np.zeros(len(dry), np.float32)
    if len(dry) < context:
        return predicted
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(dry, np.float32), context)
    for start in range(0, len(windows), BATCH):
        batch = windows[start : start + BATCH, :, None]
        if len(batch) < BATCH < len(windows):  # a shape seen before is a graph TensorFlow has already built
            batch = np.pad(batch, ((0, BATCH - len(batch)), (0, 0), (0, 0)))
        n = min(BATCH, len(windows) - start)
        predicted[context - 1 + start : context - 1 + start + n] = model.predict_on_batch(batch)[:n, 0]
    return predicted


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
    for name in progress(list(riffs)):
        dry, wet = riffs[name]
        part = excerpt(dry, seconds, sample_rate)
        predictions[name] = predict(model, dry[part], context)
        place = {"riff": name, "start": part.start / sample_rate, "seconds": (part.stop - part.start) / sample_rate}
        rows.append(place | score(wet[part], predictions[name], context))
    return pd.DataFrame(rows), predictions
