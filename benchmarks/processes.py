"""Fresh processes that begin to measure together."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

LONGEST_WARM_UP = 300  # seconds; then another process has failed, and waiting for it would never end


def side_by_side(function, arguments, processes):
    """Results of one function in several fresh processes at once.

    Parameters
    ----------
    function : callable
        Of a module, called as `function(meet, *arguments)`. It prepares itself, calls `meet()`, which
        returns when all processes have called it, and then measures.
    arguments : tuple
    processes : int

    Returns
    -------
    list
        One result a process.
    """
    context = get_context("spawn")
    barrier = context.Barrier(processes)
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_remember, initargs=(barrier,)) as pool:
        futures = [pool.submit(_measure, function, arguments) for _ in range(processes)]
        return [future.result() for future in futures]


class Stopwatch:
    """Wall and processor seconds since it was made; the latter of all the process's threads."""

    def __init__(self):
        self._started = time.perf_counter(), time.process_time()

    def read(self):
        return time.perf_counter() - self._started[0], time.process_time() - self._started[1]


def _remember(barrier):
    global _barrier
    _barrier = barrier
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # TensorFlow's greetings; errors travel as exceptions


def _measure(function, arguments):
    try:
        return function(partial(_barrier.wait, LONGEST_WARM_UP), *arguments)
    except BaseException:
        _barrier.abort()  # or the others would wait for this process
        raise
