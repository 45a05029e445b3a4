"""The files of the players, named after their content.

They stand in `LISTENING`, from where they are copied to `audio/` in the built HTML. Nothing is normalised: a file is
as loud as its signal is.
"""

import base64
import io

import numpy as np
import soundfile

from ultragain.audio import samples_digest
from ultragain.book.kit import LISTENING
from ultragain.book.kit.players import pictures
from ultragain.files import project_root, whole_file

FOLDER = f"{LISTENING}/audio"
SUFFIXES = (".flac", ".js", ".png")


def write(samples, sample_rate):
    """Write one signal's files, unless they are there.

    Three of them: a mono 16-bit FLAC; the same FLAC in base64 in a call of a function of `player.js`, because browsers
    let a page on disk load scripts but not read files; and a picture.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
        Clipped at full scale.
    sample_rate : int
        In Hz.

    Returns
    -------
    str
        The files' name without its suffix, one of `SUFFIXES`.
    """
    samples = np.clip(samples, -1, 1)
    name = f"{samples_digest(samples)[:24]}-{sample_rate}"
    paths = [project_root() / FOLDER / f"{name}{suffix}" for suffix in SUFFIXES]
    if not all(path.is_file() for path in paths):
        flac = _flac(samples, sample_rate)
        script = f'ultragainAudio("{name}","{base64.b64encode(flac).decode()}");\n'.encode()
        for path, content in zip(paths, (flac, script, pictures.draw(samples, sample_rate)), strict=True):
            with whole_file(path) as temporary:
                temporary.write_bytes(content)
    return name


def _flac(samples, sample_rate):
    with io.BytesIO() as file:
        soundfile.write(file, samples, sample_rate, subtype="PCM_16", format="FLAC")
        return file.getvalue()
