"""Measures of a guitar's dry signal, and ours beside recordings of real guitars."""

from pathlib import Path

import librosa
import numpy as np
import pandas as pd
from scipy import signal

from ultragain import audio
from ultragain.errors import UltraGainError
from ultragain.guitar.spectrum import third_octaves

#: The tilt is fitted through the third-octave bands with their centres between these, 198 Hz to 6.35 kHz.
TILT = (190.0, 6400.0)
PRESENCE = (2500.0, 5000.0)
SHORT, HOP = 0.020, 0.010
#: Samples over which librosa takes its spectra; less than these cannot be described.
ONSET_SPECTRUM = 2048
#: A note's decay is read from this much after its onset to this much before the next one.
AFTER, BEFORE = 0.040, 0.030
SHORTEST_DECAY = 0.100


def describe(samples, sample_rate):
    """Describe one dry signal.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
        Linear amplitude, 1.0 is 0 dBFS.
    sample_rate : int
        In Hz, 16,000 or more.

    Returns
    -------
    dict of str to float
        seconds
            Length.
        peak_dbfs, rms_dbfs, crest_db
            Levels of the whole signal, and the one above the other.
        tilt_db_per_octave
            Slope of the straight line that fits the levels of the third-octave bands within `TILT`
            best by least squares: 0 for pink noise, 3.01 for white.
        presence_db
            Power from 2.5 to 5 kHz relative to all power.
        floor_dbfs
            5th percentile of the RMS of 20-ms pieces, one every 10 ms.
        onsets_per_second
            Onsets that librosa finds with its own settings, spectra 10 ms apart.
        attack_db
            Median over onsets: the loudest 20-ms piece in the 60 ms after it against the softest in the
            60 ms before it.
        decay_db_per_second
            Median over onsets: how fast the level of 20-ms pieces falls until the next onset, by least
            squares; onsets that follow too soon are left out. NaN, like `attack_db`, if there is none.

    Raises
    ------
    UltraGainError
        If the signal is silent, or shorter than 0.1 s, or at too low a rate.

    References
    ----------
    Onsets: Boeck & Widmer, "Maximum Filter Vibrato Suppression for Onset Detection", DAFx 2013, as
    `librosa.onset` implements spectral flux.
    """
    samples = np.asarray(samples, np.float64)
    if sample_rate < 16_000:
        raise UltraGainError(f"a guitar at {sample_rate} Hz cannot be described: record at 16000 Hz or more")
    if len(samples) < max(0.1 * sample_rate, ONSET_SPECTRUM):
        raise UltraGainError("a guitar cannot be described by less than 0.1 s of it")
    if not samples.any():
        raise UltraGainError("a guitar cannot be described by silence")
    hz, power = signal.welch(samples, sample_rate, nperseg=min(len(samples), 4096), detrend=False)
    centres, bands = third_octaves(samples, sample_rate)
    fitted = (centres > TILT[0]) & (centres < TILT[1])
    levels = short_levels(samples, sample_rate)
    onsets = find_onsets(samples, sample_rate)
    peak, rms = audio.peak_dbfs(samples), audio.rms_dbfs(samples)
    inside = (hz >= PRESENCE[0]) & (hz < PRESENCE[1])
    return {
        "seconds": len(samples) / sample_rate,
        "peak_dbfs": peak,
        "rms_dbfs": rms,
        "crest_db": peak - rms,
        "tilt_db_per_octave": float(np.polyfit(np.log2(centres[fitted]), bands[fitted], 1)[0]),
        "presence_db": float(_decibels(power[inside].sum() / power.sum())),
        "floor_dbfs": float(np.percentile(levels, 5)),
        "onsets_per_second": len(onsets) * sample_rate / len(samples),
        "attack_db": _median([_attack(levels, onset) for onset in onsets]),
        "decay_db_per_second": _median(
            [
                _decay(levels, onset, following)
                for onset, following in zip(onsets, [*onsets[1:], len(samples) / sample_rate], strict=True)
            ]
        ),
    }


def short_levels(samples, sample_rate):
    """RMS of 20-ms pieces in dBFS, one every 10 ms; piece i begins at i * `HOP` seconds.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    np.ndarray, shape (n_pieces,)
    """
    size = round(SHORT * sample_rate)
    starts = np.round(np.arange(0, len(samples) / sample_rate - SHORT, HOP) * sample_rate).astype(int)
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples))])
    # Differences of a running sum: what rounding leaves there of digital silence is not sound.
    return _decibels(np.maximum(energy[starts + size] - energy[starts], 1e-14 * energy[-1]) / size)


def find_onsets(samples, sample_rate):
    """Seconds at which something new begins, by librosa's spectral flux and peak picking.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    np.ndarray, shape (n_onsets,)
    """
    hop = round(HOP * sample_rate)
    samples = np.asarray(samples, np.float32)
    return librosa.onset.onset_detect(y=samples, sr=sample_rate, hop_length=hop, units="time")


def real_di(root):
    """What `describe` measures in clips of real electric guitars, recorded straight into an interface.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    pd.DataFrame
        A row a clip, a column for each figure of `describe`.
    """
    return pd.read_csv(Path(root) / "data" / "reference" / "real-di.csv", index_col="clip")


def compare_with_real(signals, sample_rate, root):
    """Dry signals beside the real guitars of `real_di`.

    Parameters
    ----------
    signals : dict of str to np.ndarray, shape (n_samples,)
        By name, e.g. the dry test riffs and the first studies.
    sample_rate : int
        In Hz.
    root : Path
        The project's folder.

    Returns
    -------
    pd.DataFrame
        A row for each signal, then lowest, median and highest of the real clips; columns as `describe`.
    """
    ours = pd.DataFrame.from_dict({name: describe(x, sample_rate) for name, x in signals.items()}, orient="index")
    real = real_di(root).agg(["min", "median", "max"]).rename(index=lambda statistic: f"real, {statistic}")
    return pd.concat([ours, real])[list(ours.columns)]


def _attack(levels, onset):
    at = round(onset / HOP)
    before, after = levels[max(0, at - 6) : at - 1], levels[at : at + 6]
    return after.max() - before.min() if len(before) and len(after) else np.nan


def _decay(levels, onset, following):
    first, last = onset + AFTER, following - BEFORE - SHORT
    if last - first < SHORTEST_DECAY:
        return np.nan
    piece = levels[round(first / HOP) : round(last / HOP)]
    return -np.polyfit(HOP * np.arange(len(piece)), piece, 1)[0]


def _median(values):
    values = np.array(values)[np.isfinite(values)]
    return float(np.median(values)) if len(values) else np.nan


def _decibels(power):
    return 10 * np.log10(np.maximum(power, 1e-30))
