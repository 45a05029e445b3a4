"""Energies added up group by group: what all tables of the anatomy share.

`played` is what one model played: a list of (dry, wet, predicted), one a riff, np.ndarray of shape
(n_samples,) each, aligned, as `passages.scored_signals` returns them. The energies of all riffs are added
up, and divided then: a loud riff weighs more than a soft one. The first `unpredicted` samples of a riff have
no prediction and are not scored. Groups depend on dry and wet alone, so models are compared on the same samples.

A table has one row a group, an empty group too. Its index are intervals (pd.IntervalIndex, closed on the
left), the outer ones perhaps infinite. Its columns:

esr
    Energy of the error over that of the wet signal, both within the group. NaN if both are zero.
error_share, signal_share, time_share
    What part of the error's energy, of the wet signal's and of the samples the group holds. Each column adds
    up to 1 unless groups are left out. NaN if there is none to be shared out.
"""

import numpy as np
import pandas as pd


def table(played, unpredicted, groups, index):
    """ESR and shares of each group of samples.

    Parameters
    ----------
    played : list of (np.ndarray, np.ndarray, np.ndarray)
        dry, wet, predicted of each riff, shape (n_samples,).
    unpredicted : int
        Samples at the beginning of each that are not scored.
    groups : list of np.ndarray of int, shape (n_samples,)
        For each riff, the row that each sample belongs to. Samples beyond the last row are in no
        group, but count for the whole that the shares are of.
    index : pd.Index
        Of the rows.

    Returns
    -------
    pd.DataFrame
        See the module.
    """
    sums = np.zeros((3, len(index) + 1))
    for (_, wet, predicted), group in zip(played, groups, strict=True):
        wet, group = wet[unpredicted:], group[unpredicted:]
        for row, weights in enumerate([np.square(wet - predicted[unpredicted:]), np.square(wet), None]):
            sums[row] += np.bincount(group, weights, minlength=len(index) + 1)
    return shared_out(*sums[:2], index).assign(time_share=ratio(sums[2], sums[2].sum())[: len(index)])


def shared_out(error, signal, index):
    """The columns esr, error_share and signal_share from energies, shape (n,) each, n no less than the rows."""
    columns = {
        "esr": ratio(error, signal),
        "error_share": ratio(error, error.sum()),
        "signal_share": ratio(signal, signal.sum()),
    }
    return pd.DataFrame({name: values[: len(index)] for name, values in columns.items()}, index=index)


def ratio(part, whole):
    """part / whole: NaN where both are zero, infinite where only the second is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(part, whole)


def intervals(first, bounds, last, name):
    """Index of the groups that `np.digitize` makes of `bounds`; `first` and `last` are the outer ends."""
    return pd.IntervalIndex.from_breaks([float(x) for x in (first, *bounds, last)], closed="left", name=name)
