"""Work that is spread over the machine's cores, with a progress bar."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from tqdm.auto import tqdm

from ultragain.errors import UltraGainError


def side_by_side(function, calls, workers, description, unit):
    """Call a function again and again, in processes of their own; in this one if `workers` is 1.

    The processes end with this one, however it ends.

    Parameters
    ----------
    function : callable
        Of a module, so that another process finds it.
    calls : list of tuple
        Arguments of each call.
    workers : int
        Processes side by side.
    description, unit : str
        For the progress bar.

    Returns
    -------
    list
        What each call returned, in the order of `calls`.

    Raises
    ------
    UltraGainError
        If a process dies. Whatever a call raises is raised here; calls not begun are dropped.
    """
    if not calls:
        return []
    if workers == 1:
        return [function(*arguments) for arguments in tqdm(calls, desc=description, unit=unit)]
    context = multiprocessing.get_context("spawn")  # threads of libraries already loaded do not survive a fork
    workers = min(workers, len(calls))
    bar = tqdm(total=len(calls), desc=description, unit=unit)
    with bar, ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool:
        try:
            futures = [pool.submit(function, *arguments) for arguments in calls]
            for future in as_completed(futures):
                future.result()
                bar.update()
            return [future.result() for future in futures]
        except BrokenProcessPool as error:
            raise UltraGainError(f"{description}: a process died, possibly out of memory; try --workers 1") from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _end_with_parent():
    """Have this process end as soon as the one that started it is gone; a killed one cannot end it."""

    def watch():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
