"""Whether one recording holds a passage of another."""

from dataclasses import dataclass

import numpy as np
from scipy import fft, signal

RATE = 11_025  # Hz, at most: enough to distinguish two performances
BLOCK_SECONDS = 4.0  # half-overlapping: a common passage of 2 s fills half of a block at least
PIECE_SECONDS = 7.5  # what the blocks are looked for in, at a time
LOW_HERTZ, HIGH_HERTZ = 100, 4500
GUARD_SECONDS = 2e-3
# The same audio peaks ten times and more above the rest; two performances of one riff, even by the virtual
# guitarist, whose strings are the same each time, stay below 2.
SAME_AUDIO = 4.0
# Two bursts of any kind share the click of their beginning; so the waves themselves must agree too. 1 where all of
# a block is in the other recording, about half where half of it is.
SAME_WAVE = 0.4
QUIET = 1e-3  # RMS of a block in which there is nothing to find


@dataclass(frozen=True)
class Spectra:
    """A recording, cut up and transformed.

    Attributes
    ----------
    blocks, pieces : list of np.ndarray, shape (n_samples,)
    of_blocks, of_pieces : np.ndarray, shape (n, size // 2 + 1), complex64
        Their transforms.
    rate : float
        In Hz.
    """

    blocks: list
    pieces: list
    of_blocks: np.ndarray
    of_pieces: np.ndarray
    rate: float


def spectra(samples, sample_rate, longest_seconds=float("inf")):
    """Prepare a recording for `has_common_passage`.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.
    longest_seconds : float
        Length of the longest of all recordings that are to be compared: short ones need only short
        transforms.

    Returns
    -------
    Spectra
    """
    step = max(1, sample_rate // RATE)
    low = signal.resample_poly(np.asarray(samples, np.float32), 1, step)
    rate = sample_rate / step
    block, piece = (round(min(seconds, longest_seconds) * rate) for seconds in (BLOCK_SECONDS, PIECE_SECONDS))
    size = fft.next_fast_len(block + piece, real=True)
    size += size % 2
    blocks, pieces = _cut(low, block), _cut(low, piece)
    return Spectra(blocks, pieces, _transform(blocks, size), _transform(pieces, size), rate)


def _cut(samples, length):
    """Half-overlapping parts with sound in them."""
    step = max(1, length // 2)
    parts = [samples[start : start + length] for start in range(0, max(1, len(samples) - step), step)]
    return [part for part in parts if len(part) and np.sqrt(np.mean(np.square(part))) > QUIET]


def _transform(parts, size):
    return np.array([fft.rfft(part, size) for part in parts], np.complex64).reshape(len(parts), size // 2 + 1)


def has_common_passage(one, other):
    """Whether any passage of `one` is in `other` too.

    Parameters
    ----------
    one, other : Spectra
        Made with the same `longest_seconds`.

    Returns
    -------
    bool
    """
    if one.rate != other.rate or not one.blocks or not other.pieces:
        return False
    size = 2 * (one.of_blocks.shape[1] - 1)
    hertz = fft.rfftfreq(size, 1 / one.rate)
    in_band = ((hertz > LOW_HERTZ) & (hertz < HIGH_HERTZ)).astype(np.float32)
    guard = round(GUARD_SECONDS * one.rate)
    for piece, of_piece in zip(other.pieces, other.of_pieces, strict=True):
        cross = np.conj(one.of_blocks) * of_piece
        cross *= in_band / np.maximum(np.abs(cross), 1e-20)
        for block, correlation in zip(one.blocks, np.abs(fft.irfft(cross, size, axis=1)), strict=True):
            top = int(np.argmax(correlation))
            first = correlation[top]
            correlation[max(0, top - guard) : top + guard + 1] = 0
            if (
                first > SAME_AUDIO * correlation.max()
                and _alike(block, piece, top if top < size // 2 else top - size) > SAME_WAVE
            ):
                return True
    return False


def _alike(block, piece, lag):
    """Correlation coefficient of what two parts share if `piece` is `lag` samples later, its sign left out."""
    block, piece = (block, piece[lag:]) if lag >= 0 else (block[-lag:], piece)
    n = min(len(block), len(piece))
    block, piece = block[:n], piece[:n]
    energy = np.sum(block**2) * np.sum(piece**2)
    return float(np.abs(np.sum(block * piece)) / np.sqrt(energy)) if energy > 0 else 0.0
