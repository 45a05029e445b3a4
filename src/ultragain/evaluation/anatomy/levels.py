"""Error by level, in rests, and after louder playing: all from the levels of short frames."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ultragain import audio
from ultragain.checks.noise import REST_DB, REST_FRAME
from ultragain.evaluation.anatomy.tables import intervals, ratio, table

#: Longer than a period of the low E string, 12 ms.
FRAME_SECONDS = 0.020
#: Below the riff's loudest frame; narrow at the top, where an amplifier with much gain puts nearly everything.
LEVELS_DB = (3.0, 6.0, 9.0, 12.0, 18.0, 24.0, 36.0, 48.0, 60.0)
#: The bias of the virtual preamp's tubes recovers within 50 to 80 ms at its highest gain.
HISTORY_SECONDS = 0.100
#: Frames are compared with others of their level only; the last bound is where rests begin.
HISTORY_LEVELS_DB = (12.0, 24.0, 36.0, -REST_DB)
#: Level of what came before a frame, relative to its own: lower where a note was just struck.
LOUDER_BEFORE_DB = (-3.0, 3.0, 6.0, 12.0)


def by_level(played, of, sample_rate, unpredicted=0):
    """Error by level: by how loud it was played (dry), or by how loud it came out (wet).

    The signal is cut into frames of `FRAME_SECONDS`; what is left at the end belongs to the last of
    them. A frame's level is its mean square, relative to that of the riff's loudest frame.

    Parameters
    ----------
    played : list of (np.ndarray, np.ndarray, np.ndarray)
        dry, wet, predicted of each riff, shape (n_samples,).
    of : str
        The signal whose level counts: "dry" or "wet".
    sample_rate : int
        In Hz.
    unpredicted : int
        Samples at the beginning of each that are not scored.

    Returns
    -------
    pd.DataFrame
        As `anatomy.tables` says; index "dB below the loudest frame", bounds `LEVELS_DB`.
    """
    groups = []
    for dry, wet, _ in played:
        below, lengths = _below_loudest({"dry": dry, "wet": wet}[of], round(FRAME_SECONDS * sample_rate))
        groups.append(np.repeat(np.digitize(below, LEVELS_DB), lengths))
    return table(played, unpredicted, groups, intervals(0, LEVELS_DB, np.inf, "dB below the loudest frame"))


def by_level_before(played, sample_rate, unpredicted=0):
    """Error of frames of one level, by how much louder the playing was just before them.

    A circuit's memory shows where a row of equal level has a higher ESR after louder playing: a model
    whose window is shorter than that memory cannot know what came before. It is no proof: notes that die away
    after louder playing may differ in other ways, too. Both levels are mean squares of the dry signal: of
    frames of `FRAME_SECONDS`, relative to the riff's loudest frame, and of the `HISTORY_SECONDS`
    before each frame, relative to the frame. Rests and frames that begin within the first
    `HISTORY_SECONDS` of a riff are in no group: what the shares lack of 1 is theirs.

    Parameters
    ----------
    played : list of (np.ndarray, np.ndarray, np.ndarray)
        dry, wet, predicted of each riff, shape (n_samples,).
    sample_rate : int
        In Hz.
    unpredicted : int
        Samples at the beginning of each that are not scored.

    Returns
    -------
    pd.DataFrame
        As `anatomy.tables` says, but its index has two levels: "dB below the loudest frame", bounds
        `HISTORY_LEVELS_DB`, and "dB louder before", bounds `LOUDER_BEFORE_DB`.
    """
    own = intervals(0, HISTORY_LEVELS_DB[:-1], HISTORY_LEVELS_DB[-1], "dB below the loudest frame")
    before = intervals(-np.inf, LOUDER_BEFORE_DB, np.inf, "dB louder before")
    size, history = round(FRAME_SECONDS * sample_rate), round(HISTORY_SECONDS * sample_rate)
    groups = []
    for dry, _, _ in played:
        below, lengths = _below_loudest(dry, size)
        starts = np.arange(len(below)) * size
        energy = np.concatenate([[0.0], np.cumsum(np.square(dry))])
        power = (energy[starts] - energy[np.maximum(starts - history, 0)]) / history
        loudest = np.max((energy[starts + lengths] - energy[starts]) / lengths)
        louder = below - _decibels_below(power, loudest)
        level = np.digitize(below, HISTORY_LEVELS_DB)
        group = level * len(before) + np.digitize(louder, LOUDER_BEFORE_DB)
        is_compared = (level < len(own)) & (starts >= history)
        groups.append(np.repeat(np.where(is_compared, group, len(own) * len(before)), lengths))
    return table(played, unpredicted, groups, pd.MultiIndex.from_product([own, before]))


@dataclass(frozen=True)
class Rests:
    """What is heard of a model, and of its device, where hardly anything is played.

    Attributes
    ----------
    seconds : float
        All rests together.
    time_share : float
        Their part of the time scored.
    wet_dbfs, predicted_dbfs, error_dbfs : float
        Root mean square over all rests; -inf for silence.
    esr : float
        Energy of the error over that of the wet signal, both in the rests.
    error_share : float
        The rests' part of the energy of the error.
    """

    seconds: float
    time_share: float
    wet_dbfs: float
    predicted_dbfs: float
    error_dbfs: float
    esr: float
    error_share: float


def in_rests(played, sample_rate, unpredicted=0):
    """Levels and error in the rests of the dry signal.

    A rest is a frame of `REST_FRAME` samples at `REST_DB` or less below the riff's loudest, as for the check
    of noise. What rings on, and the dry signal's own hiss, is amplified there, so not all of it is noise.

    Parameters
    ----------
    played : list of (np.ndarray, np.ndarray, np.ndarray)
        dry, wet, predicted of each riff, shape (n_samples,).
    sample_rate : int
        In Hz.
    unpredicted : int
        Samples at the beginning of each that are not scored.

    Returns
    -------
    Rests or None
        None where there are no rests.
    """
    rests, errors, samples = [], 0.0, 0
    for dry, wet, predicted in played:
        below, lengths = _below_loudest(dry, REST_FRAME)
        is_rest = np.repeat(below >= -REST_DB, lengths)[unpredicted:]
        wet, predicted = wet[unpredicted:], predicted[unpredicted:]
        rests.append(np.stack([wet, predicted, wet - predicted])[:, is_rest])
        errors, samples = errors + np.sum(np.square(wet - predicted)), samples + len(wet)
    wet, predicted, error = np.concatenate(rests, axis=1)
    if not len(wet):
        return None
    energy = np.sum(np.square(error))
    return Rests(
        len(wet) / sample_rate,
        len(wet) / samples,
        *(audio.rms_dbfs(part) for part in (wet, predicted, error)),
        esr=float(ratio(energy, np.sum(np.square(wet)))),
        error_share=float(ratio(energy, errors)),
    )


def _below_loudest(samples, size):
    """dB of each frame below the loudest one, and the frames' lengths in samples, shape (n_frames,) each.

    The last frame takes what is left over: a few samples alone could be the loudest.
    """
    starts = np.arange(max(1, len(samples) // size)) * size
    lengths = np.diff(starts, append=len(samples))
    power = np.add.reduceat(np.square(samples), starts) / lengths
    return _decibels_below(power, power.max()), lengths


def _decibels_below(power, loudest):
    """How far powers are below another, in dB; infinite for silence."""
    with np.errstate(divide="ignore"):
        return -10 * np.log10(power / (loudest or 1.0))
