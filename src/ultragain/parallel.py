"""Work that is spread over the machine's cores, with a progress bar."""

from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from tqdm.auto import tqdm

from ultragain.errors import UltraGainError


def side_by_side(function, jobs, workers, description, unit):
    """Call a function once for each job, in processes of their own; in this one if there is but one.

    Parameters
    ----------
    function : callable
        Of a module, so that another process finds it.
    jobs : list of tuple
        Arguments of each call.
    workers : int
        Processes side by side.
    description, unit : str
        For the progress bar.

    Raises
    ------
    UltraGainError
        If a process dies. Whatever a call raises is raised here; jobs not begun are dropped.
    """
    if not jobs:
        return
    if workers == 1:
        for job in tqdm(jobs, desc=description, unit=unit):
            function(*job)
        return
    context = get_context("spawn")  # threads of libraries already loaded do not survive a fork
    bar = tqdm(total=len(jobs), desc=description, unit=unit)
    with bar, ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        try:
            for future in as_completed([pool.submit(function, *job) for job in jobs]):
                future.result()
                bar.update()
        except BrokenProcessPool as error:
            raise UltraGainError(
                f"{description}: a process died, perhaps for want of memory; try --workers 1"
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
