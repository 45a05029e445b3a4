"""Checks of what a file holds: a header that tells the truth, enough samples for a take, and whole ones."""

import os
import struct

import numpy as np
import soundfile

from ultragain.checks.finding import failure, warning
from ultragain.checks.levels import QUIET_DBFS
from ultragain.checks.measurements import decibels

# A take shorter than this has no note in it, and nothing that is measured on it means anything.
LEAST_SECONDS = 0.1
# What keeps the samples as the converter gave them. Everything else that libsndfile reads leaves something out.
WHOLE = {"PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", *(f"ALAC_{bits}" for bits in (16, 20, 24, 32))}
# The 256 values of 8 bits, whatever their spacing: mu-law and A-law have no more, nor does a file of 8 bits that was
# amplified and exported with 24. Over a second of music at -30 dBFS, 16 bits give four times as many.
FEW_VALUES = 256
VALUES_SECONDS = 1.0  # around the loudest sample
FLOATS, EXTENSIBLE = 3, 0xFFFE  # the kind of samples in a header, where they are no integers


def values(samples, sample_rate):
    """How many different values the samples have, around the loudest one.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    int
    """
    loudest, half = int(np.argmax(np.abs(samples))), round(VALUES_SECONDS / 2 * sample_rate)
    few = len(np.unique(samples[max(0, loudest - half) : loudest + half]))
    return few if few > FEW_VALUES else len(np.unique(samples))


def beyond_header(path):
    """Audio in a WAV file that its header leaves out: a recorder that stopped at once has not written the length.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict or None
        told and there, the seconds of audio in the header and in the file; channels, rate and kind of samples of that
        audio, and the byte it begins at; None where the header is right.

    References
    ----------
    IBM and Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991: RIFF WAVE.
    """
    with open(os.fsencode(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        riff, _, wave = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
        kind = channels = rate = align = bits = 0
        while (riff, wave) == (b"RIFF", b"WAVE") and len(head := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", head)
            start = file.tell()
            if name == b"fmt ":
                content = file.read(min(length, 40)).ljust(40, b"\0")
                kind, channels, rate, _, align, bits = struct.unpack("<HHIIHH", content[:16])
                kind = content[24] if kind == EXTENSIBLE else kind
            elif name == b"data":
                left = size - start - length
                if left < LEAST_SECONDS * rate * align or not rate * align or _is_chunk(file, start + length, size):
                    return None
                told, there = (count / align / rate for count in (length, size - start))
                found = {"told": told, "there": there, "channels": channels, "rate": rate, "start": start}
                return found | {"samples": f"{bits}-bit {'float' if kind == FLOATS else 'PCM'}"}
            file.seek(start + length + length % 2)
    return None


def _is_chunk(file, start, size):
    """Whether what follows the audio is another chunk, such as a title, and not more audio."""
    file.seek(start + start % 2)
    head = file.read(8)
    return len(head) == 8 and head[:4].isalnum() and file.tell() + int.from_bytes(head[4:], "little") <= size


def check_header(take, requirements):
    """Files that hold more audio than their header says."""
    for file, of in take.files:
        if more := of.get("beyond"):
            yield failure(
                file,
                f"its header says {more['told']:.1f} s of audio, and {more['there']:.1f} s are there: the recorder did "
                "not finish it",
                "the audio can be saved: open the file in Audacity with File > Import > Raw Data "
                f"({more['samples']}, channels: {more['channels']}, {more['rate']} Hz, start offset {more['start']} "
                "bytes) and export it as WAV",
            )


def check_too_short(take, requirements):
    """Files of a few samples."""
    for file, of in take.files:
        count = of.get("samples", 0)
        if 0 < count < max(LEAST_SECONDS * of["rate"], *(requirements.contexts or [1])):
            yield failure(
                file,
                f"is too short to be a take: {count:,} sample{'s' * (count > 1)}, {1000 * count / of['rate']:.3g} ms",
                "record the take again, or remove it",
            )


def check_lossy(take, requirements):
    """Files that were compressed with loss, or that have no more than 8 bits, whatever their name says."""
    for file, of in take.files:
        if not of.get("peak"):
            continue
        if of["subtype"] not in WHOLE:
            name = soundfile.available_subtypes().get(of["subtype"], of["subtype"])
            problem = f"holds {name}: part of the sound was left out"
        elif of["values"] <= FEW_VALUES and decibels(of["peak"]) >= QUIET_DBFS:
            problem = f"has only {of['values']} different values: it was 8 bits before, or mu-law, or A-law"
        else:
            continue
        yield warning(
            file, problem, "export it again from the session, as WAV with 24 bits: a model learns the losses, too"
        )
