"""What recordings are checked for: an experiment's rate, gains, riffs and windows."""

import dataclasses
import re
from collections import Counter

import numpy as np

from ultragain.recording.virtual import wanted_takes

USUAL_RATE = 44_100
USUAL_ORDER = ("low", "mid", "high")


@dataclasses.dataclass(frozen=True)
class Requirements:
    """What the recordings are for.

    Attributes
    ----------
    sample_rate : int or None
        In Hz; None: what most files have.
    gains : tuple of str or None
        Labels in the order of rising gain. None: all gains of the folder, in the order of rising gain
        where they are numbers, or Low, Mid and High.
    is_rising : bool
        Whether the order of `gains` means something.
    test_riffs : tuple of str or None
        Names of the riffs that models will be scored on. None: whatever the Test folder holds.
    contexts : tuple of int
        Windows that models will have, in samples; the book's if not given. Empty: the models have no windows.
    training_windows : int or None
        How many windows a model shall learn from. None: as many as there are.
    validation_share : float
        Share of the windows, or of every recording, that validates where there is no Val folder.
    takes : frozenset of (str, str, str) or None
        Split, gain and name of the takes to check. None: all of the folder.
    """

    sample_rate: int | None = None
    gains: tuple | None = None
    is_rising: bool = True
    test_riffs: tuple | None = None
    contexts: tuple = (44, 66, 88)
    training_windows: int | None = None
    validation_share: float = 0.2
    takes: frozenset | None = None

    @classmethod
    def of_experiment(cls, experiment, root):
        """What an experiment asks of its recordings.

        Parameters
        ----------
        experiment : Experiment
        root : Path or None
            The project's folder; needed for a virtual device only.
        """
        gains, takes = experiment.rising_gains, None
        if experiment.is_virtual:  # takes of a longer profile may be there too
            wanted = [each.take for each in wanted_takes(experiment, root, gains)]
            takes = frozenset((take.split, take.gain, take.name) for take in wanted)
        return cls(
            sample_rate=experiment.sample_rate,
            gains=tuple(gains),
            test_riffs=tuple(experiment.test_riffs),
            contexts=tuple(experiment.grid.contexts or ()),
            training_windows=experiment.sizes.training_windows,
            validation_share=experiment.training.validation_share,
            takes=takes,
        )

    def completed(self, takes):
        """The same, with what they leave open taken from measured takes, list of MeasuredTake."""
        rates = Counter(of["rate"] for take in takes for _, of in take.files if "rate" in of)
        rate = self.sample_rate or (rates.most_common(1)[0][0] if rates else USUAL_RATE)
        gains, is_rising = (self.gains, self.is_rising) if self.gains else in_order({take.gain for take in takes})
        return dataclasses.replace(self, sample_rate=rate, gains=gains, is_rising=is_rising)


def in_order(labels):
    """Labels of gains in the order of rising gain, tuple of str; and whether that order is known."""
    labels = sorted(labels)
    if all(label.lower() in USUAL_ORDER for label in labels):
        return tuple(sorted(labels, key=lambda label: USUAL_ORDER.index(label.lower()))), True
    numbers = [re.fullmatch(r"\D*(\d+(?:\.\d+)?)", label) for label in labels]
    if all(numbers):
        return tuple(labels[i] for i in np.argsort([float(number[1]) for number in numbers])), True
    return tuple(labels), False
