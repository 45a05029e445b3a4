"""Execute chapters: in a few kernels, one chapter after another in each.

A kernel of its own for every chapter would import the same libraries again and again, which takes longer than most
chapters do. A chapter still begins with no names but Python's.
"""

import asyncio
import os
import time
from pathlib import Path

import numpy as np
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from ultragain.guitar.likeness import find_onsets

RATE = 44_100  # Hz, of any audio
FORGET = "get_ipython().reset()"  # IPython's own: every name that a chapter made


def execute_waiting(cache, timeout):
    """Execute the notebooks of a cache's project that it does not hold, on all cores, and cache them.

    A kernel in which a cell fails takes no more chapters. What is not cached in the end Sphinx executes, in a kernel
    of its own, and tells what failed.

    Parameters
    ----------
    cache : jupyter_cache.cache.main.JupyterCacheBase
    timeout : float
        Seconds that a cell may take.
    """
    waiting = cache.list_unexecuted()
    if waiting:
        # librosa is compiled on its first use, and Numba's cache of it is damaged where two kernels do so at a time
        # (see `ultragain.compiled`): from then on every process that uses it ends in a segmentation fault
        find_onsets(np.eye(1, RATE, RATE // 2)[0], RATE)
        asyncio.run(_execute(cache, waiting, timeout))


async def _execute(cache, records, timeout):
    left = iter(records)  # every kernel takes the next
    kernels = min(len(records), os.cpu_count() or 1)
    await asyncio.gather(*(_execute_in_turn(cache, left, timeout) for _ in range(kernels)))


async def _execute_in_turn(cache, records, timeout):
    client = NotebookClient(new_notebook(), timeout=timeout, record_timing=False)  # times would not match the cache
    async with client.async_setup_kernel():
        for record in records:
            notebook, started = cache.get_project_notebook(record.pk).nb, time.perf_counter()
            try:
                await _run(client, new_notebook(cells=[new_code_cell(_beginning(record.uri))]))
                await _run(client, notebook)
            except (CellControlSignal, DeadKernelError):
                return
            bundle = CacheBundleIn(notebook, record.uri, data={"execution_seconds": time.perf_counter() - started})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


async def _run(client, notebook):
    client.nb = notebook
    await client.async_execute(cleanup_kc=False)


def _beginning(path):
    return f"{FORGET}\nimport os\nos.chdir({str(Path(path).parent)!r})\ndel os"
