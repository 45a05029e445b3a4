"""What a training loop asks of a model while it learns, whatever it learns from."""

from typing import Protocol

import numpy as np


class Learner(Protocol):
    """One model, the data that it learns from, and how. `ultragain.training.train` is the loop.

    Attributes
    ----------
    epochs : int
        The most that are trained.
    patience : float
        Epochs without a better `val_esr` after which the training stops; infinite where it never does.
    steps : int
        Training steps of one epoch, the most of any, for a bar.
    state : list of np.ndarray
        All that learning goes on from, after an epoch; copies. Can be set.
    weights : list of np.ndarray
        In Keras's order: those that the latest row's `val_esr` is of.
    """

    epochs: int
    patience: float
    steps: int
    state: list[np.ndarray]
    weights: list[np.ndarray]

    def epoch(self, number, stepped):
        """Train one epoch.

        Parameters
        ----------
        number : int
            Counted from 0.
        stepped : callable
            Is called with the steps taken so far in this epoch, now and then.

        Returns
        -------
        dict of str to float
            The epoch's row of the history: the same names every time, among them esr and val_esr.
        """
