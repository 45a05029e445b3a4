"""The passages of the test riffs that models are scored on."""

import numpy as np

from ultragain.errors import UltraGainError


def excerpt(dry, seconds, sample_rate):
    """The passage of a riff that is scored, the same for every model and gain.

    The riff is cut into passages of `seconds`; the one with the median energy is taken (the upper
    median of an even number), so it is neither the riff's silence nor its loudest moment.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
    seconds : float or "whole"
    sample_rate : int
        In Hz.

    Returns
    -------
    slice
    """
    if seconds == "whole":
        return slice(0, len(dry))
    n = max(1, round(seconds * sample_rate))
    if n >= len(dry):
        return slice(0, len(dry))
    passages = len(dry) // n
    energy = np.sum(dry[: passages * n].reshape(passages, n) ** 2, axis=1)
    chosen = int(np.argsort(energy, kind="stable")[passages // 2])
    return slice(chosen * n, (chosen + 1) * n)


def check_excerpts(riffs, seconds, longest_context, sample_rate):
    """See that every test riff can be scored, before hours of training and not after.

    Parameters
    ----------
    riffs : dict of str to (dry, wet)
        np.ndarray of shape (n_samples,) each.
    seconds : float or "whole"
        How much of each riff is scored.
    longest_context : int
        In samples; the first longest_context - 1 samples of a passage cannot be scored.
    sample_rate : int
        In Hz.

    Raises
    ------
    UltraGainError
        If a passage is no longer than the context, or its wet signal is silent.
    """
    for name, (dry, wet) in riffs.items():
        part = excerpt(dry, seconds, sample_rate)
        where = f"test riff {name}, {part.start / sample_rate:.2f} to {part.stop / sample_rate:.2f} s"
        if part.stop - part.start <= longest_context:
            raise UltraGainError(
                f"{where}: is not longer than the context of {longest_context} samples; score more seconds, "
                "or use a longer riff"
            )
        if not wet[part][longest_context:].any():
            raise UltraGainError(
                f"{where}: the wet signal is silent there, so it has no ESR; score the whole riff, or use another"
            )
