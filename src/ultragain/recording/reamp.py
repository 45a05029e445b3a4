"""Reamping: a folder of dry files played through a virtual device, into the recordings layout."""

from pathlib import Path

from ultragain.errors import UltraGainError
from ultragain.parallel import side_by_side
from ultragain.recording.layout import TEST, TRAIN, VAL, Take
from ultragain.recording.performances import find_files
from ultragain.recording.virtual import VirtualTake


def reamp(source, target, effects, sample_rate, seed, noise, overwrite, workers):
    """Play dry files through a virtual device.

    Parameters
    ----------
    source : path-like
        Folder of WAV or FLAC files, any rate, mono or stereo. Those in its subfolders Train, Val
        and Test go there; those beside them are for training.
    target : path-like
        Top of the recordings layout to write, ``<device>/<version>``.
    effects : dict of str to CircuitEffect or CaptureEffect
        By the label of each gain setting what plays there.
    sample_rate : int
        Of the recordings, Hz.
    seed : int or None
        Of hiss and hum; None without them.
    noise : bool
        Whether there are hiss and hum.
    overwrite : bool
        Whether takes that are already there are recorded again.
    workers : int
        Processes side by side.

    Returns
    -------
    int
        Takes recorded.

    Raises
    ------
    UltraGainError
        If there is nothing to play, a take is already there, or a file or a simulation fails. Nothing is written
        unless all files can be read.
    """
    played = {split: find_files(Path(source) / split) for split in (TRAIN, VAL, TEST)}
    played[TRAIN] += find_files(source)
    if not any(played.values()):
        raise UltraGainError(f"{source}: holds no WAV or FLAC files, nor do its folders {', '.join(played)}")
    takes = []
    for split, performances in played.items():
        for performance in performances:
            performance.dry(sample_rate)  # so that a bad file is named before anything is written
            for label, effect in effects.items():
                take = Take(Path(target), split, label, performance.name)
                if (take.dry.exists() or take.wet.exists()) and not overwrite:
                    raise UltraGainError(f"{take.wet}: is there already; choose another folder, or --overwrite")
                takes.append(
                    VirtualTake(
                        take=take,
                        performance=performance,
                        effect=effect,
                        sample_rate=sample_rate,
                        seed=seed,
                        noise=noise,
                    )
                )
    side_by_side(VirtualTake.record, [(take,) for take in takes], workers, "reamping", "take")
    return len(takes)
