"""What a recording looks like when something in its way had no more room."""

import numpy as np

# The last code of 16 bits; a file of 24 bits that was clipped before it was converted stops there too.
FULL_SCALE = 1 - 2.0**-15
# A sine that just touches full scale stays on the last code for one sample, or two at a guitar's lowest note.
FULL_SCALE_RUN = 3
# At a hard limit the wave stands still. Over 57 takes of the virtual devices and 33 of a captured amplifier,
# dry and wet, no wave stays for more than 2 samples within this distance of its highest one.
FLAT_WITHIN = 1e-4
FLAT_RUN = 5
QUIETEST_FLAT = 2.0**-5  # below it, one step of 16 bits is more than FLAT_WITHIN many times over


def full_scale_runs(samples):
    """Passages that stay at full scale.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)

    Returns
    -------
    int, int
        How many there are, and the samples in them.
    """
    lengths = np.concatenate([_runs(samples >= FULL_SCALE), _runs(samples <= -FULL_SCALE)])
    lengths = lengths[lengths >= FULL_SCALE_RUN]
    return len(lengths), int(lengths.sum())


def flat_tops(samples):
    """Half waves that end at one and the same level below full scale, flat.

    A guitar's loudest half waves differ in height, and an amplifier's, for all their clipping, are
    bent by its capacitors. Many flat ones of equal height come from a limit in the recording: a
    file that was clipped and then turned down, or a limiter.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)

    Returns
    -------
    int, float
        How many, on the side that has more of them; and their level, 1 being full scale.
    """
    best = 0, 0.0
    for side in (1, -1):
        top = float(np.max(side * samples, initial=0))
        if QUIETEST_FLAT <= top < FULL_SCALE:
            count = int((_runs(side * samples >= top * (1 - FLAT_WITHIN)) >= FLAT_RUN).sum())
            best = max(best, (count, top))
    return best


def _runs(mask):
    """Lengths of the runs of True, shape (n_runs,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).view(np.int8)))
    return edges[1::2] - edges[::2]


def longest_silence(wet, dry, audible):
    """Longest stretch in which the wet file is exactly zero though the dry one is not silent.

    Parameters
    ----------
    wet, dry : np.ndarray, shape (n_samples,)
    audible : float
        RMS above which the dry signal should come back.

    Returns
    -------
    int
        In samples.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wet == 0, [False]]).view(np.int8)))
    longest = 0
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start > longest and np.sqrt(np.mean(np.square(dry[start:stop], dtype=np.float64))) > audible:
            longest = int(stop - start)
    return longest
