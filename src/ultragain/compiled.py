"""Numba's compiler, and its cache wherever a folder can be written to."""

from numba import njit


def compiled(function=None, **options):
    """`numba.njit` that keeps its machine code on disk, and does without where no folder can be written to.

    Numba looks for one beside the source file, then in the user's own cache (`NUMBA_CACHE_DIR`
    names another); where it finds none it refuses to compile at all. Here the function is then
    compiled in every process anew.

    Numba goes by the date of the source file that defines a function, and does not see a change in
    another file that the function calls: such functions share one file, or take a
    `ultragain.engine.constants.Constants`.

    Parameters
    ----------
    function : callable
    **options
        For `numba.njit`.

    Returns
    -------
    callable
    """
    if function is None:
        return lambda function: compiled(function, **options)
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # "no locator available"
        return njit(**options)(function)
