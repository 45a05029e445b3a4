"""The audio of a published experiment: the riffs, and what the best, the median and the worst model made of them."""

import shutil
from pathlib import Path

import numpy as np
import soundfile

from ultragain import audio
from ultragain.errors import UltraGainError
from ultragain.evaluation.statistics import best_median_worst
from ultragain.training import runs

#: Bits of a published sample. Their rounding, -83 dBFS, is 14 dB below the preamp's own noise; three bits more would
#: cost a third of the space.
BITS = 13


def rounded(samples):
    """Samples rounded to `BITS`, np.ndarray of the same shape; the last bit is 2 ** (1 - BITS) of full scale."""
    steps = 2.0 ** (BITS - 1)
    return np.clip(np.round(np.asarray(samples, np.float64) * steps), -steps, steps - 1) / steps


def sounds_like(path, samples):
    """Whether a published file holds these samples: rounding may turn out one step different.

    Parameters
    ----------
    path : Path
    samples : np.ndarray, shape (n_samples,)

    Returns
    -------
    bool
    """
    published, _ = soundfile.read(path, dtype="float64")
    expected = rounded(np.nan_to_num(samples, posinf=0, neginf=0))
    return len(published) == len(samples) and np.abs(published - expected).max() <= 2.0 ** (1 - BITS)


def riff_files(folder, riff, gains):
    """Where a riff is, dry (under None) and wet by gain label, dict of Path."""
    place = Path(folder) / "riffs" / riff
    return {None: place / "dry.flac", **{gain: place / f"wet-{gain}.flac" for gain in gains}}


def chosen(results):
    """Models whose predictions are published: at each gain the best, the median and the worst, set of run ids.

    None of models with a memory: they are published without audio, to keep what is committed small. So are the riffs at
    gains that only such models have.
    """
    if not results.experiment.is_windowed:
        return set()
    return {run for _, group in results.models.groupby("gain") for run in best_median_worst(group).values()}


def write(folder, results, root):
    """Write the riffs that are not there, and the predictions of the chosen models; remove those of others.

    With models that have a memory neither is published, see `chosen`.

    Parameters
    ----------
    folder : Path
        Of the published experiment.
    results : Results
        Its published runs.
    root : Path
        The project's folder, which has the recordings, and the chosen runs in data/runs.

    Raises
    ------
    UltraGainError
        If a chosen run is not in data/runs.
    """
    experiment, rate = results.experiment, results.experiment.sample_rate
    if not experiment.is_windowed:
        return
    device, wanted = experiment.device, chosen(results)
    local = runs.profile_folder(root, device.name, device.version, experiment.profile)
    if lost := sorted(run for run in wanted if runs.problem_with(local / run)):
        raise UltraGainError(
            f"{local / lost[0]}: is needed for its predictions: run `ultragain published restore` first"
        )
    for run in results.folders:
        shutil.rmtree(folder / "runs" / run / "audio", ignore_errors=True)
    for run in sorted(wanted):
        for riff in experiment.test_riffs:
            predicted, _ = soundfile.read(local / run / "audio" / f"{riff}.flac", dtype="float64")
            audio.write_flac(folder / "runs" / run / "audio" / f"{riff}.flac", rounded(predicted), rate)
    for gain, recorded in results.recordings.items():
        for riff, (dry, wet) in recorded.riffs.items():
            files = riff_files(folder, riff, experiment.gain_labels)
            for path, samples in ((files[None], dry), (files[gain], wet)):  # dry ones are the same at every gain
                # another processor's differ in their last bits: what is published stays
                if not path.is_file() or not sounds_like(path, samples):
                    audio.write_flac(path, rounded(samples), rate)
