"""The scored passages of the test riffs, as signals: dry, wet and predicted."""

import soundfile

from ultragain.evaluation.statistics import find_passages

PASSAGE_SECONDS = 0.02  # of an overlay: a few periods of a low string


def scored_signals(results, row):
    """The passage that one row of the scores is about.

    Parameters
    ----------
    results : Results
    row : pd.Series
        A row of `results.scores`.

    Returns
    -------
    dry, wet, predicted : np.ndarray, shape (n_samples,)
        The prediction's first context - 1 samples are zero: they are not scored.
    """
    rate = results.experiment.sample_rate
    start, count = round(row["start"] * rate), round(row["seconds"] * rate)
    dry, wet = results.recordings[row["gain"]].riffs[row["riff"]]
    predicted, _ = soundfile.read(results.folders[row["run"]] / "audio" / f"{row['riff']}.flac", dtype="float64")
    return dry[start : start + count], wet[start : start + count], predicted


def overlay_passages(results, run):
    """A quiet, an attack and a sustained passage of what one model played, ready to be drawn.

    Parameters
    ----------
    results : Results
    run : str
        Id of the run.

    Returns
    -------
    list of (str, float, np.ndarray, np.ndarray, np.ndarray)
        Title, start in the riff in seconds, and dry, wet and predicted of shape (n_samples,).
    """
    rate = results.experiment.sample_rate
    rows = results.scores[results.scores["run"] == run].set_index("riff", drop=False)
    signals = {riff: scored_signals(results, row) for riff, row in rows.iterrows()}
    context = int(results.models.loc[run, "context"])
    # a short excerpt, as in the smoke profile, must hold several passages
    shortest = min(len(dry) for dry, _, _ in signals.values()) - context
    length = max(8, min(round(PASSAGE_SECONDS * rate), shortest // 5))
    found = []
    for passage in find_passages({riff: dry for riff, (dry, _, _) in signals.items()}, length, skip=context - 1):
        start = rows.loc[passage.riff, "start"] + passage.part.start / rate
        title = f"{passage.kind}: {passage.riff}, gain {rows.loc[passage.riff, 'gain']}"
        found.append((title, start, *(samples[passage.part] for samples in signals[passage.riff])))
    return found
