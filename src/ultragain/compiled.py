"""Numba's compiler, and its cache wherever a folder can be written to."""

from contextlib import suppress

from numba import njit
from numba.core import sigutils
from numba.core.caching import FunctionCache


class _Cache(FunctionCache):
    """Numba's cache of one function, for files that are damaged, cannot be written, or hold another function's code.

    Numba's own raises an error in the first two cases. The third comes from two processes that add to one index at
    once: each takes the next free number for its file, and whoever is later overwrites what the other's
    entry leads to. Numba then runs code that was compiled for arguments of other types.
    """

    def load_overload(self, sig, target_context):
        try:
            found = super().load_overload(sig, target_context)
            if found is None or found.signature.args == sigutils.normalize_signature(sig)[0]:
                return found
        except Exception:  # unpickling a damaged file can raise anything
            pass
        try:
            self.flush()
        except OSError:
            self.disable()
        return None

    def save_overload(self, sig, data):
        with suppress(OSError):
            super().save_overload(sig, data)


def compiled(function=None, **options):
    """`numba.njit` that keeps its machine code on disk, and does without where no folder can be written to.

    Numba looks for one beside the source file, then in the user's own cache (`NUMBA_CACHE_DIR`
    names another); where it finds none it refuses to compile at all. Here the function is then
    compiled in every process anew, and so it is where the cache is damaged.

    Numba goes by the source file that defines a function, and does not see a change in
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
    dispatcher = njit(**options)(function)
    with suppress(RuntimeError):  # "no locator available"
        dispatcher._cache = _Cache(function)  # what njit(cache=True) does
    return dispatcher
