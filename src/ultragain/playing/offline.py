"""A file in, a file out."""

import os

import numpy as np
import soundfile
import soxr

from ultragain.errors import UltraGainError
from ultragain.files import printable, whole_file

PIECE = 2**15  # samples between two looks at the progress


def play_file(source, target, start, sample_rate, progress=iter):
    """Play a file through a model, each of its channels on its own, and write what comes out at the file's rate.

    Parameters
    ----------
    source, target : path-like
        WAV or FLAC. Of a WAV the samples are 32-bit floats, which nothing clips.
    start : callable
        Without arguments; a new stream (see `ultragain.playing.streams.stream`).
    sample_rate : int
        Of the model, in Hz.
    progress : callable
        Wraps the iteration over pieces of audio, e.g. tqdm.

    Returns
    -------
    float
        Peak of what came out, 1.0 is full scale.

    Raises
    ------
    UltraGainError
        If the file cannot be read, or written.
    """
    try:
        dry, rate = soundfile.read(os.fsencode(source), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        reason = getattr(error, "error_string", error)
        raise UltraGainError(f"{printable(source)}: cannot be read ({reason})") from error
    if not np.isfinite(dry).all():
        raise UltraGainError(f"{printable(source)}: holds samples that are no numbers")
    if not len(dry):
        raise UltraGainError(f"{printable(source)}: is empty")
    length = len(dry)
    if rate != sample_rate:
        dry = soxr.resample(dry, rate, sample_rate, quality="VHQ")
    pieces = [(channel, at) for channel in range(dry.shape[1]) for at in range(0, len(dry), PIECE)]
    wet, streams = np.empty_like(dry), [start() for _ in range(dry.shape[1])]
    for channel, at in progress(pieces):
        part = slice(at, at + PIECE)
        wet[part, channel] = streams[channel](dry[part, channel])
    if rate != sample_rate:
        wet = soxr.resample(wet, sample_rate, rate, quality="VHQ")
        wet = np.pad(wet, ((0, max(0, length - len(wet))), (0, 0)))[:length]
    container = "FLAC" if f"{target}".lower().endswith(".flac") else "WAV"
    with whole_file(target) as temporary:
        try:
            subtype = "PCM_24" if container == "FLAC" else "FLOAT"
            soundfile.write(os.fsencode(temporary), wet, rate, subtype=subtype, format=container)
        except soundfile.LibsndfileError as error:
            raise UltraGainError(f"{printable(target)}: cannot be written ({error.error_string})") from error
    return float(np.abs(wet).max())
