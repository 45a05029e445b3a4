"""What a family with memory sets for its training."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Recipe:
    """How a model with memory is trained.

    Attributes
    ----------
    samples : int
        Of a segment, those with a loss.
    lead : int
        Samples of run-in before them.
    piece : float
        Seconds of the pieces that validate.
    level : float
        RMS of the dry training audio, as the model hears it; that of the wet audio is 1.
    rate : float
        The highest learning rate.
    rise : float
        Share of the training in which the rate rises to it, in a line.
    fall : callable
        Share of the training that is over, np.ndarray -> share of the rate that is left: `linear` or `cosine`.
    fold : callable
        (weights, dry, wet) -> weights in Keras's order that hear dry audio and put out wet audio as recorded, from
        those that hear the dry one divided by `dry` and put out the wet one divided by `wet`.
    """

    samples: int
    lead: int
    piece: float
    level: float
    rate: float
    rise: float
    fall: Callable
    fold: Callable

    def rates(self, first, count, total):
        """Learning rates of updates number `first` to `first + count - 1`, from 0, of `total`; np.ndarray (count,)."""
        updates = first + np.arange(count)
        risen = np.minimum(1.0, (updates + 1) / max(1.0, self.rise * total))
        return self.rate * risen * self.fall(updates / total)


def linear(progress):
    """A rate that falls to 0 in a line."""
    return 1 - progress


def cosine(progress):
    """A rate that falls to 0 as half a period of a cosine (Loshchilov and Hutter, "SGDR", ICLR 2017)."""
    return 0.5 * (1 + np.cos(np.pi * progress))
