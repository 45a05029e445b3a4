"""Audio files and levels.

Samples are float64 arrays of linear amplitude, shape (n_samples,), 1.0 = 0 dBFS; rates are in Hz.
"""

import hashlib
import io
import os

import numpy as np
import soundfile
import soxr

from ultragain.errors import UltraGainError
from ultragain.files import printable, whole_file


def read(path, sample_rate):
    """Read a mono recording.

    Parameters
    ----------
    path : path-like
    sample_rate : int
        The rate the file must have, in Hz.

    Returns
    -------
    np.ndarray, shape (n_samples,), float64

    Raises
    ------
    UltraGainError
        If the file is missing, unreadable, empty, not mono, at another rate, or holds NaN or infinity.
    """
    samples, rate = _decode(path)
    name = printable(path)
    if rate != sample_rate:
        raise UltraGainError(
            f"{name}: sample rate is {rate} Hz, the experiment requires {sample_rate} Hz: resample the file"
        )
    if samples.shape[1] != 1:
        raise UltraGainError(f"{name}: has {samples.shape[1]} channels: export it as mono")
    return samples[:, 0]


def _decode(path, content=None):
    """Finite samples, shape (n_samples, n_channels), and their rate in Hz; `content` as in `load`."""
    try:
        # as bytes, or soundfile wants the name to be UTF-8
        source = os.fsencode(path) if content is None else io.BytesIO(content)
        samples, rate = soundfile.read(source, dtype="float64", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise UltraGainError(f"{printable(path)}: cannot be read as audio ({error.error_string})") from error
    if len(samples) == 0:
        raise UltraGainError(f"{printable(path)}: holds no samples")
    if not np.isfinite(samples).all():
        raise UltraGainError(f"{printable(path)}: holds samples that are not finite (NaN or infinity)")
    return samples, rate


def load(path, sample_rate, content=None):
    """Read whatever a person recorded: any rate, mono or stereo.

    Parameters
    ----------
    path : path-like
        WAV or FLAC.
    sample_rate : int
        Wanted, in Hz: another rate is converted with soxr.
    content : bytes-like, optional
        Of the file, where it is not on disk; `path` is then its name, for messages.

    Returns
    -------
    np.ndarray, shape (n_samples,), float64
        The mean of the channels, clipped to full scale.

    Raises
    ------
    UltraGainError
        If the file is missing, unreadable, empty or silent, or holds NaN or infinity.
    """
    samples, rate = _decode(path, content)
    samples = np.mean(samples.T, axis=0)
    if rate != sample_rate:
        samples = soxr.resample(samples, rate, sample_rate, quality="VHQ")
    if not samples.any():
        raise UltraGainError(f"{printable(path)}: is silent")
    return np.clip(samples, -1, 1)


def write_wav(path, samples, sample_rate):
    """Write a mono 24-bit WAV, the recordings layout's format, whole or not at all."""
    _write(path, samples, sample_rate, "WAV")


def write_flac(path, samples, sample_rate):
    """Write a mono 24-bit FLAC, whole or not at all. Samples beyond full scale are clipped."""
    _write(path, samples, sample_rate, "FLAC")


def _write(path, samples, sample_rate, container):
    # 24 bits at the top of 32: libsndfile then copies them, where its own scaling of floats differs by container
    with whole_file(path) as temporary:
        try:
            soundfile.write(
                os.fsencode(temporary), _quantise(samples) << 8, sample_rate, subtype="PCM_24", format=container
            )
        except soundfile.LibsndfileError as error:
            raise UltraGainError(
                f"{printable(path)}: cannot be written ({error.error_string}): is the disk full?"
            ) from error


def _quantise(samples):
    return np.clip(np.round(np.asarray(samples, np.float64) * 2**23), -(2**23), 2**23 - 1).astype("<i4")


def samples_digest(samples):
    """Hex SHA-256 of samples as 24-bit integers: the same for WAV and FLAC, whatever their headers say."""
    return hashlib.sha256(_quantise(samples).tobytes()).hexdigest()


def peak_dbfs(samples):
    """Highest absolute sample in dB re full scale; -inf for silence."""
    return _decibels(np.max(np.abs(samples), initial=0.0))


def rms_dbfs(samples):
    """Root-mean-square level in dB re a full-scale square wave; -inf for silence."""
    return _decibels(np.sqrt(np.mean(np.square(samples))))


def _decibels(amplitude):
    return float(20 * np.log10(amplitude)) if amplitude > 0 else float("-inf")
