"""A DI file of the reader's own."""

import io

import ipywidgets as widgets
import soundfile

from ultragain import audio
from ultragain.apps.page import line
from ultragain.errors import UltraGainError
from ultragain.files import printable
from ultragain.words import hertz

LONGEST_SECONDS = 30
QUIETEST_DBFS = -60.0  # peak; below it there is no guitar in it


def read_own(name, content, sample_rate):
    """Read a file that a person dropped in.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    content : bytes-like
        WAV or FLAC, at any rate, mono or stereo.
    sample_rate : int
        Wanted, in Hz.

    Returns
    -------
    samples : np.ndarray, shape (n_samples,)
        The mean of the channels.
    story : str
        The file in a line: length, peak, and what was changed.

    Raises
    ------
    UltraGainError
        If it is no audio, silent, or longer than `LONGEST_SECONDS`.
    """
    try:
        found = soundfile.info(io.BytesIO(content))
    except soundfile.LibsndfileError as error:
        raise UltraGainError(f"{printable(name)}: is no audio file that can be read here: export it as WAV") from error
    if found.duration > LONGEST_SECONDS:
        raise UltraGainError(
            f"{printable(name)}: is {found.duration:.0f} s long: cut it to {LONGEST_SECONDS} s, or less"
        )
    samples = audio.load(name, sample_rate, content)
    peak = audio.peak_dbfs(samples)
    if peak < QUIETEST_DBFS:
        raise UltraGainError(f"{printable(name)}: is silent, its peak is {peak:.0f} dBFS: record it louder")
    changes = [f"converted from {hertz(found.samplerate)}"] if found.samplerate != sample_rate else []
    changes += [f"the mean of {found.channels} channels"] if found.channels > 1 else []
    story = [f"{found.duration:.1f} s", f"peak {peak:.1f} dBFS", *changes]
    return samples, f"{printable(name)}: {', '.join(story)}"


class OwnFile:
    """A button that takes a file; display `button` and `said`.

    Parameters
    ----------
    sample_rate : int
        That the samples are to have, in Hz.
    arrived : callable
        (name, samples) -> None: called with each file that can be used.
    """

    def __init__(self, sample_rate, arrived):
        self.button = widgets.FileUpload(
            description="your own DI",
            accept=".wav,.flac",
            tooltip=f"WAV or FLAC, any rate, mono or stereo, at most {LONGEST_SECONDS} s",
        )
        self.said = widgets.HTML()
        self._sample_rate, self._arrived = sample_rate, arrived
        self.button.observe(self._take, "value")

    def _take(self, change):
        if not change["new"]:
            return
        (file,) = change["new"]
        self.button.value = ()  # so that the same file can be chosen again
        try:
            samples, story = read_own(file["name"], bytes(file["content"]), self._sample_rate)
        except UltraGainError as error:
            self.said.value = line(f"{error}")
            return
        self.said.value = line(story)
        self._arrived(file["name"], samples)
