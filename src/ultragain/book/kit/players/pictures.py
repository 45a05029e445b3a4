"""A signal's picture: its waveform, and below it its spectrogram.

The background is transparent, and no colour is near white or black, so that one picture suits the light and the dark
theme. A small palette makes a file of some 20 kB.
"""

import io

import librosa
import numpy as np
from PIL import Image

WIDTH, WAVEFORM, SPACE, SPECTROGRAM = 900, 72, 8, 96  # pixels; all but the first are heights
LOWEST, HIGHEST = 50, 12_000  # Hz, on the mel scale
RANGE = 72  # dB from the loudest to what is not drawn
#: Palette: shades of the spectrogram from nothing to the loudest, then the waveform's colour; 16 in all are 4 bits.
SHADES = 15
SOFT, LOUD, LINE = (86, 132, 208), (214, 96, 30), (112, 126, 146)


def _marks():
    """Frequencies to write beside the spectrogram, each with its height in percent of the picture from the top."""
    low, high = librosa.hz_to_mel([LOWEST, HIGHEST])
    height = WAVEFORM + SPACE + SPECTROGRAM
    return [
        (text, round(100 - 100 * SPECTROGRAM / height * (librosa.hz_to_mel(frequency) - low) / (high - low), 1))
        for text, frequency in (("1 kHz", 1000), ("3 kHz", 3000), ("8 kHz", 8000))
    ]


MARKS = _marks()


def draw(samples, sample_rate):
    """Draw one signal.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    bytes
        PNG, 900 x 176 pixels. The waveform is scaled to its own peak, the spectrogram to its own loudest point.
    """
    shades = np.vstack([_waveform(samples), np.zeros((SPACE, WIDTH)), _spectrogram(samples, sample_rate)])
    image = Image.fromarray(shades.astype(np.uint8), "P")
    level = np.linspace(0, 1, SHADES)[:, np.newaxis]
    ramp = np.hstack([SOFT + level * np.subtract(LOUD, SOFT), 255 * level])
    image.putpalette(np.vstack([ramp, (*LINE, 255)]).astype(np.uint8).tobytes(), "RGBA")
    with io.BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()


def _waveform(samples):
    """Palette places, shape (WAVEFORM, WIDTH): in each column a bar from the lowest to the highest sample."""
    edges = np.linspace(0, len(samples), WIDTH + 1)[:-1].astype(int)
    peak = np.max(np.abs(samples), initial=0) or 1
    middle = (WAVEFORM - 1) / 2
    top, bottom = (middle * (1 - extreme.reduceat(samples, edges) / peak) for extreme in (np.maximum, np.minimum))
    row = np.arange(WAVEFORM)[:, np.newaxis]
    return np.where((row >= np.floor(top)) & (row <= np.ceil(bottom)), SHADES, 0)


def _spectrogram(samples, sample_rate):
    """Palette places, shape (SPECTROGRAM, WIDTH), the highest frequency first."""
    power = librosa.feature.melspectrogram(
        y=np.asarray(samples, np.float32),
        sr=sample_rate,
        n_fft=2048,
        hop_length=max(1, len(samples) // WIDTH),
        n_mels=SPECTROGRAM,
        fmin=LOWEST,
        fmax=HIGHEST,
    )
    columns = np.linspace(0, power.shape[1] - 1, WIDTH).round().astype(int)
    loudest = power.max()
    if not loudest:
        return np.zeros((SPECTROGRAM, WIDTH))
    decibels = librosa.power_to_db(power[::-1, columns], ref=loudest, top_db=None)
    return np.clip(np.round((SHADES - 1) * (1 + decibels / RANGE)), 0, SHADES - 1)
