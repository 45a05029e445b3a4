"""Passages of the test riffs worth a look, and the scored ones as signals: dry, wet and predicted."""

from dataclasses import dataclass

import numpy as np
import soundfile

from ultragain.models.catalog import FAMILIES
from ultragain.training.runs import parameters_of

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
        The prediction's first samples may be zero: they have no prediction and are not scored.
    """
    rate = results.experiment.sample_rate
    start, count = round(row["start"] * rate), round(row["seconds"] * rate)
    dry, wet = results.recordings[row["gain"]].riffs[row["riff"]]
    predicted, _ = soundfile.read(results.folders[row["run"]] / "audio" / f"{row['riff']}.flac", dtype="float64")
    return dry[start : start + count], wet[start : start + count], predicted


def unpredicted_samples(results, run):
    """Samples at the beginning of each passage that a run's model does not predict."""
    experiment = results.experiment
    combination = {each.name: results.models.loc[run, each.name] for each in experiment.dimensions}
    return FAMILIES[experiment.family].unpredicted(parameters_of(experiment, combination))


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
    unpredicted = unpredicted_samples(results, run)
    # a short excerpt, as in the smoke profile, must hold several passages
    shortest = min(len(dry) for dry, _, _ in signals.values()) - unpredicted
    length = max(8, min(round(PASSAGE_SECONDS * rate), shortest // 5))
    found = []
    for passage in find_passages({riff: dry for riff, (dry, _, _) in signals.items()}, length, skip=unpredicted):
        start = rows.loc[passage.riff, "start"] + passage.part.start / rate
        title = f"{passage.kind}: {passage.riff}, gain {rows.loc[passage.riff, 'gain']}"
        found.append((title, start, *(samples[passage.part] for samples in signals[passage.riff])))
    return found


@dataclass(frozen=True)
class Passage:
    """A short piece of a riff.

    Attributes
    ----------
    kind : str
        quiet, attack or sustained.
    riff : str
    part : slice
        Samples from the beginning of the excerpt that was searched.
    """

    kind: str
    riff: str
    part: slice


def find_passages(excerpts, length, skip=0):
    """A quiet, an attack and a sustained passage, picked by the dry signal's level alone.

    Each excerpt is cut into half-overlapping pieces. The quiet one is the softest that still
    sounds (within 50 dB of the loudest), the attack the one before which the level rises most,
    the sustained one that which is at least as loud as half of all pieces and whose level changes
    least over it and its two neighbours.

    Parameters
    ----------
    excerpts : dict of str to np.ndarray
        Dry signal of each riff, shape (n_samples,).
    length : int
        Samples of a passage.
    skip : int
        Samples at the beginning of each excerpt to leave out.

    Returns
    -------
    list of Passage
        In the order quiet, attack, sustained; empty if no excerpt holds four pieces with sound.
    """
    hop = max(1, length // 2)
    pieces = []  # (level in dB, rise in dB, unrest in dB, riff, start)
    for riff, dry in excerpts.items():
        starts = range(skip, len(dry) - length + 1, hop)
        energy = np.array([np.mean(np.square(dry[start : start + length])) for start in starts])
        if len(energy) < 4 or not energy.any():
            continue
        level = 10 * np.log10(np.maximum(energy, 1e-12))
        # two steps back: the neighbour overlaps by half
        rise = level[2:] - level[:-2]
        unrest = np.abs(rise)
        for i in range(2, len(level)):
            later = unrest[i] if i < len(unrest) else np.inf
            pieces.append((level[i], rise[i - 2], max(unrest[i - 2], later), riff, starts[i]))
    if not pieces:
        return []
    level, rise, unrest = (np.array([piece[column] for piece in pieces]) for column in range(3))
    sounding = level > level.max() - 50
    chosen = {
        "quiet": np.where(sounding, level, np.inf).argmin(),
        "attack": np.where(sounding, rise, -np.inf).argmax(),
        "sustained": np.where(level >= np.median(level[sounding]), unrest, np.inf).argmin(),
    }
    return [
        Passage(kind, pieces[index][3], slice(int(pieces[index][4]), int(pieces[index][4]) + length))
        for kind, index in chosen.items()
    ]
