"""What a device plays, virtual or real: the project's own guitar, people's own DI files, or both."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from ultragain import audio
from ultragain.errors import UltraGainError
from ultragain.fields import name_problem
from ultragain.files import file_digest, one_form, printable
from ultragain.guitar import library
from ultragain.recording.layout import TEST, TRAIN

SUFFIXES = (".wav", ".flac")


@dataclass(frozen=True)
class Performance:
    """Something to play: a score, or a file.

    Attributes
    ----------
    name : str
        Of the take.
    score : str or None
        As `ultragain.guitar.score` describes it.
    file : Path or None
        WAV or FLAC, any rate, mono or stereo.
    """

    name: str
    score: str | None = None
    file: Path | None = None

    @property
    def identity(self):
        """JSON-able value that changes whenever the dry audio would."""
        return {"file": file_digest(self.file)} if self.file else {"score": self.score, "guitar": library.VERSION}

    def dry(self, sample_rate, seed=None):
        """The dry audio.

        Parameters
        ----------
        sample_rate : int
            In Hz.
        seed : int, optional
            Of the virtual guitarist's hands; a file needs none. With one seed a name is always the same
            playing: at every gain, in a replicate, and for a real device as for a virtual one.

        Returns
        -------
        np.ndarray, shape (n_samples,)

        Raises
        ------
        UltraGainError
            If the score or the file cannot be read.
        """
        if self.file:
            return audio.load(self.file, sample_rate)
        from ultragain.guitar.strings import render  # it loads a compiler; most who ask what is played play nothing

        hands = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        return render(self.score, sample_rate, hands)


def performances(experiment, root):
    """What is played for an experiment.

    Files in data/inputs that are named after a test riff are played for that riff, all others for
    the training.

    Parameters
    ----------
    experiment : Experiment
        Its `device.dry` chooses between the project's guitar and the files.
    root : Path
        The project's folder.

    Returns
    -------
    dict of str to list of Performance
        Under Train and Test.

    Raises
    ------
    UltraGainError
        If a test riff has neither a score nor a file, there is nothing to train on, or a file
        cannot be used.
    """
    folder = Path(root) / "data" / "inputs"
    own = {} if experiment.device.dry == "synthetic" else {p.name: p for p in find_files(folder)}
    scores = {} if experiment.device.dry == "inputs" else library.TEST_RIFFS
    test = [own.pop(name, None) or _scored(name, scores, folder, experiment) for name in experiment.test_riffs]
    return {TEST: test, TRAIN: _training(experiment, list(own.values()), folder)}


def _scored(name, scores, folder, experiment):
    if name in scores:
        return Performance(name, score=scores[name])
    if experiment.device.dry == "synthetic":
        raise UltraGainError(f"test_riffs: the virtual guitar has no score for {name}; it plays {', '.join(scores)}")
    raise UltraGainError(f"test_riffs: {folder} holds no {name}.wav or {name}.flac")


def _training(experiment, files, folder):
    wanted = experiment.sizes.train_seconds
    if experiment.device.dry == "inputs":
        if not files:
            raise UltraGainError(f"{folder}: holds no WAV or FLAC besides the test riffs: nothing to train on")
        return files
    missing = wanted - sum(soundfile.info(own.file).duration for own in files)
    studies = library.training_studies(missing) if missing > 0 else {}
    shared = [own.name for own in files if own.name in studies]
    if shared:
        raise UltraGainError(f"{folder}: {shared[0]} is the name of one of the project's studies: rename the file")
    return files + [Performance(name, score=score) for name, score in studies.items()]


def find_files(folder):
    """All WAV and FLAC files of a folder as performances, sorted by name.

    Raises
    ------
    UltraGainError
        If two share a name, a name cannot name a take, or a file is not audio.
    """
    found = {}
    for path in sorted(
        p for p in Path(folder).glob("*") if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")
    ):
        name = one_form(path.stem)
        if problem := name_problem(name):
            raise UltraGainError(f"{printable(path)}: rename it: its name {problem}")
        if name in found:
            raise UltraGainError(f"{path}: {found[name].file.name} has the same name: keep one of them")
        try:
            soundfile.info(path)
        except (soundfile.LibsndfileError, OSError) as error:
            raise UltraGainError(f"{path}: cannot be read as audio ({error})") from error
        found[name] = Performance(name, file=path)
    return list(found.values())
