"""Context windows: what a model sees, and the one sample that it predicts.

Windows do not overlap: a recording is cut into chunks of `context` dry samples, and a window's
target is the wet sample under the LAST dry sample of its chunk.
"""

from dataclasses import dataclass

import numpy as np

from ultragain.errors import UltraGainError


@dataclass(frozen=True)
class Windows:
    """Model input and target.

    Attributes
    ----------
    x : np.ndarray, shape (n_windows, context, 1), float32
        Dry samples.
    y : np.ndarray, shape (n_windows, 1), float32
        The wet sample under the last dry sample of each window.
    """

    x: np.ndarray
    y: np.ndarray

    def __len__(self):
        return len(self.x)

    @property
    def arrays(self):
        """All that it is."""
        return [self.x, self.y]


@dataclass(frozen=True)
class WindowCounts:
    """How many windows every context uses, and how many the experiment asked for."""

    key = "windows"  # under which a run's record has them

    training: int
    validation: int
    asked_training: int

    @property
    def notice(self):
        """One line if the recordings are too short for what was asked; empty otherwise."""
        if self.training >= self.asked_training:
            return ""
        return (
            f"recordings are short: every context trains on {self.training:,} windows instead of "
            f"{self.asked_training:,} (and validates on {self.validation:,})"
        )


def count_windows(train_lengths, validation_lengths, contexts, training_windows, validation_share):
    """Window counts that every context of an experiment can have.

    Contexts are compared on equal counts, so the longest context, which gets the fewest windows
    out of a recording, sets the limit for all.

    Parameters
    ----------
    train_lengths, validation_lengths : list of int
        Samples of each recording; `validation_lengths` is empty where there is no Val folder, and
        then validation windows are drawn from the training recordings.
    contexts : list of int
        All contexts of the experiment, in samples.
    training_windows : int
        Windows asked for.
    validation_share : float
        Share of all windows that validate.

    Returns
    -------
    WindowCounts

    Raises
    ------
    UltraGainError
        If there is not even one window for training and one for validation.
    """
    longest = max(contexts)
    available = sum(length // longest for length in train_lengths)
    asked_total = round(training_windows / (1 - validation_share))
    if validation_lengths:
        training = min(available, training_windows)
        validation = min(sum(length // longest for length in validation_lengths), asked_total - training_windows)
    else:
        total = min(available, asked_total)
        training = round(total * (1 - validation_share))
        validation = total - training
    if training < 1 or validation < 1:
        which = "training" if training < 1 else "validation"
        raise UltraGainError(
            f"not one {which} window of {longest} samples: {sum(train_lengths)} samples of training audio, "
            f"{training_windows} windows asked for; record more, or ask for more windows or shorter contexts"
        )
    return WindowCounts(training, validation, training_windows)


def cut(train, validation, parameters, rng):
    """Training and validation windows of a run.

    Parameters
    ----------
    train, validation : list of (dry, wet)
        Recordings, np.ndarray of shape (n_samples,) each; `validation` may be empty.
    parameters : dict
        context and longest_context (samples), training_windows, validation_share.
    rng : np.random.Generator

    Returns
    -------
    (Windows, Windows, WindowCounts)
        For training, for validation, and how many of each.

    Raises
    ------
    UltraGainError
        As `count_windows`.
    """
    lengths = ([len(dry) for dry, _ in recordings] for recordings in (train, validation))
    counts = count_windows(
        *lengths, [parameters["longest_context"]], parameters["training_windows"], parameters["validation_share"]
    )
    return *draw_windows(train, validation, parameters["context"], counts, rng), counts


def draw_windows(train, validation, context, counts, rng):
    """Training and validation windows, drawn without replacement over the whole of the audio.

    Neighbouring windows can land on both sides of a random split, so validation scores flatter a
    model; the book draws no conclusion from them. A Val folder avoids this.

    Parameters
    ----------
    train, validation : list of (dry, wet)
        Recordings, np.ndarray of shape (n_samples,) each; `validation` may be empty.
    context : int
        Window length in samples.
    counts : WindowCounts
    rng : np.random.Generator

    Returns
    -------
    (Windows, Windows)
        For training and for validation.
    """
    if validation:
        return (
            _draw(train, context, counts.training, rng),
            _draw(validation, context, counts.validation, rng),
        )
    both = _draw(train, context, counts.training + counts.validation, rng)
    cut = counts.training
    return Windows(both.x[:cut], both.y[:cut]), Windows(both.x[cut:], both.y[cut:])


def _draw(recordings, context, count, rng):
    """`count` of all non-overlapping windows; a last, shorter piece of a recording is left out."""
    ends = np.cumsum([len(dry) // context for dry, _ in recordings])
    chosen = rng.choice(ends[-1], size=count, replace=False)
    x, y = np.empty((count, context, 1), np.float32), np.empty((count, 1), np.float32)
    for (dry, wet), end in zip(recordings, ends, strict=True):
        windows = len(dry) // context
        here = np.flatnonzero((chosen >= end - windows) & (chosen < end))
        which = chosen[here] - (end - windows)
        x[here, :, 0] = dry[: windows * context].reshape(windows, context)[which]
        y[here, 0] = wet[: windows * context].reshape(windows, context)[which, -1]
    return Windows(x, y)
