"""What the exploring notebook plays: riffs and files of the reader's own, and what models make of them."""

import numpy as np
import soundfile

from ultragain.audio import samples_digest
from ultragain.models.keras_file import weights_of
from ultragain.recording.load import load_riffs
from ultragain.training.runs import MODEL


class Playing:
    """The signals of an experiment's test riffs and of own files, each read or predicted once.

    A test riff is the passage of it that the models are scored on. Signals are np.ndarray of shape (n_samples,) at the
    experiment's sample rate.

    Parameters
    ----------
    results : Results
    root : Path
        The project's folder.
    """

    def __init__(self, results, root):
        self._results, self._root = results, root
        self._riffs, self._own, self._predicted = {}, {}, {}

    def add(self, samples):
        """Take in a file of the reader's own; the key by which it is known here."""
        key = samples_digest(samples)
        self._own[key] = samples
        return key

    def is_own(self, key):
        """Whether no amplifier has played it."""
        return key in self._own

    def start(self, key):
        """When a riff's passage begins in it, in seconds; 0 for an own file."""
        return 0.0 if self.is_own(key) else float(self._scores(key)["start"])

    def signals(self, key, gain):
        """Dry and wet of a riff at a gain; of an own file there is no wet, None."""
        if self.is_own(key):
            return self._own[key], None
        if gain not in self._riffs:
            self._riffs[gain] = load_riffs(self._results.experiment, self._root, gain)
        row, rate = self._scores(key), self._results.experiment.sample_rate
        begin, count = round(row["start"] * rate), round(row["seconds"] * rate)
        return tuple(part[begin : begin + count] for part in self._riffs[gain][key])

    def predicted(self, key, run):
        """What a run's model makes of it; None where it was not predicted yet."""
        file = self._results.folders[run] / "audio" / f"{key}.flac"
        if (key, run) not in self._predicted and not self.is_own(key) and file.is_file():
            self._predicted[key, run], _ = soundfile.read(file, dtype="float64")
        return self._predicted.get((key, run))

    def predict(self, key, run, progress=iter):
        """Have a run's model play it: seconds of computing for each second of audio.

        Parameters
        ----------
        key, run : str
        progress : callable
            Wraps the iteration over parts of the audio.
        """
        what = self._results.runs[run]
        weights = weights_of((self._results.folders[run] / MODEL).read_bytes())
        play = what.family.play(what.family.model(weights, what.parameters), what.parameters)
        dry, _ = self.signals(key, what.parameters["gain"])
        # a model that diverged predicts NaN: silence, as in the runs' own files
        self._predicted[key, run] = np.nan_to_num(play(dry, progress), posinf=0, neginf=0)

    def _scores(self, riff):
        """Where the scored passage of a riff is: it is the same for all models."""
        scores = self._results.scores
        return scores[scores["riff"] == riff].iloc[0]
