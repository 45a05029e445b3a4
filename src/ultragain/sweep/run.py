"""The sweep: every model of the grid as one papermill run, side by side on a Dask cluster."""

import contextlib
import os
import shutil
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import papermill
from dask.distributed import wait
from dask.system import CPU_COUNT
from distributed.client import FuturesCancelledError

from ultragain.errors import UltraGainError
from ultragain.models.untrained import make_untrained
from ultragain.sweep.cluster import connect
from ultragain.sweep.lock import only_sweep, only_training
from ultragain.training import runs
from ultragain.training.checkpoint import STOP

TEMPLATE = "notebooks/training.ipynb"
KERNEL_LOG = "kernel.log"
LOOK_EVERY = 1.0  # s, between two looks at how far the runs are


@dataclass(frozen=True)
class Outcome:
    """How a run ended: kept, stopped (its state is kept) or failed, why, and where its notebook is if it failed."""

    run: runs.Run
    state: str
    reason: str = ""
    notebook: Path | None = None


def run_sweep(
    plan, experiment, experiment_path, root, watch, recordings=None, workers=CPU_COUNT, tensorboard=None, **where
):
    """Train every run of a plan that is not done, one process for each.

    A failed run does not stop the others. However the sweep ends, a run's folder is there whole
    or not at all and the state of unfinished trainings is kept, so the same command goes on where
    it stopped. The first Ctrl-C lets every training finish its epoch; a second one ends at once.
    A damaged run is moved aside, to be trained again.

    Parameters
    ----------
    plan : Plan
    experiment : Experiment
        For its section `cluster`, and the cores that a model is trained on.
    experiment_path : path-like
        The experiment file, for the notebooks to read.
    root : Path
        The project's folder.
    watch : callable
        Called every second with the outcomes so far (list of Outcome) and the dashboard's address.
    recordings : path-like, optional
        Recordings folder that replaces the experiment's own.
    workers : int
    tensorboard : path-like, optional
        Folder for a TensorBoard log of each run.
    **where
        `scheduler` or `cluster`, for `cluster.connect`.

    Returns
    -------
    list of Outcome

    Raises
    ------
    UltraGainError
        If another sweep is at work on these runs, or the cluster is lost.
    """
    if not plan.to_do:
        return []
    (place,) = {run.folder(root).parent for run in plan.to_do}
    with only_sweep(place), _stop_on_interrupt(place / "unfinished" / STOP):
        runs.remove_abandoned(place)
        for folder in (run.folder(root) for run in plan.damaged):
            if folder.exists() and runs.problem_with(folder):  # another sweep may have seen to it since
                runs.set_aside(folder)
        plan.damaged.clear()
        with contextlib.suppress(UltraGainError):  # then the run that it is about fails with the reason, and no other
            make_untrained({run.untrained(root): run.parameters for run in plan.to_do})
        try:
            cores = experiment.training.threads or 1
            with connect(min(workers, len(plan.to_do)), settings=experiment.cluster, cores=cores, **where) as client:
                futures = client.map(
                    execute_run,
                    plan.to_do,
                    # One name for all: a worker then holds the run it does and no other, so that a worker's death
                    # is held against that run alone.
                    key=[("run", run.id) for run in plan.to_do],
                    pure=False,
                    experiment_path=str(experiment_path),
                    root=str(root),
                    recordings=str(recordings or ""),
                    tensorboard=str(tensorboard or ""),
                )
                return _collect(futures, plan.to_do, lambda outcomes: watch(outcomes, client.dashboard_link))
        finally:
            runs.remove_abandoned(place)


def _collect(futures, to_do, watch):
    outcomes, waiting = {}, dict(zip(futures, to_do, strict=True))
    while waiting:
        try:
            wait(list(waiting), timeout=LOOK_EVERY, return_when="FIRST_COMPLETED")
        except TimeoutError:
            pass
        except FuturesCancelledError:
            raise UltraGainError(
                "the scheduler is gone; finished runs and trained epochs are kept: the same command goes on"
            ) from None
        for future in [future for future in waiting if future.done()]:
            run = waiting.pop(future)
            if future.status == "finished":
                outcomes[run.id] = future.result()
                future.release()  # or Dask would train the run again to have its outcome, should this worker die later
            else:
                outcomes[run.id] = Outcome(run, "failed", f"its worker died repeatedly ({future.exception()!r:.200})")
        watch(list(outcomes.values()))
    return list(outcomes.values())


@contextlib.contextmanager
def _stop_on_interrupt(flag):
    """Turn the first Ctrl-C into a request that every training can see, wherever it runs."""
    flag.parent.mkdir(parents=True, exist_ok=True)
    flag.unlink(missing_ok=True)

    def request(number, frame):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        flag.touch()
        print("\nfinishing the epochs that are under way; Ctrl-C again ends at once", flush=True)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    before = signal.signal(signal.SIGINT, request)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        flag.unlink(missing_ok=True)


def execute_run(run, experiment_path, root, recordings, tensorboard):
    """Run the training notebook for one combination and keep its folder, on a Dask worker.

    Returns
    -------
    Outcome
    """
    final, state = run.folder(root), run.unfinished(root)
    stop = state.parent / STOP
    if stop.exists():
        return Outcome(run, "stopped")
    with only_training(state, give_up=stop.exists) as is_held:
        if not is_held:
            return Outcome(run, "stopped")
        if final.exists():  # whoever trained it could not tell this sweep
            shutil.rmtree(state, ignore_errors=True)
            return Outcome(run, "done")
        return _trained(run, final, state, experiment_path, root, recordings, tensorboard)


def _trained(run, final, state, experiment_path, root, recordings, tensorboard):
    p = run.parameters
    # Dask has its workers return freed memory at once. Where TensorFlow trains, a kernel that inherits that asks for
    # the same megabytes again at every step, and trains the largest models at half the speed.
    os.environ.pop("MALLOC_TRIM_THRESHOLD_", None)
    try:
        with runs.whole_folder(final) as partial:
            try:
                with _stderr_to(partial / KERNEL_LOG):
                    papermill.execute_notebook(
                        Path(root) / TEMPLATE,
                        partial / runs.NOTEBOOK,
                        parameters={
                            **{name: p[name] for name in (*run.family.dimensions, "seed")},
                            "experiment": experiment_path,
                            "profile": run.profile,
                            "recordings": recordings,
                            "tensorboard": tensorboard and str(Path(tensorboard, run.id)),
                            "folder": str(partial),
                        },
                        cwd=root,
                        progress_bar=False,
                        shutdown_kernel="immediate",  # all is on disk
                    )
            except Exception as error:
                if getattr(error, "ename", "") != "TrainingStopped":
                    _keep_failed(partial, final)
                raise
            if problem := runs.problem_with(partial):
                _keep_failed(partial, final)
                raise UltraGainError(f"the notebook ended, but {problem}")
    except Exception as error:
        name, reason = (
            getattr(error, "ename", type(error).__name__),
            str(getattr(error, "evalue", error)).partition("\n")[0],
        )
        if name == "TrainingStopped":
            return Outcome(run, "stopped", reason)
        notebook = runs.failed_notebook(final)
        log = notebook.with_name(KERNEL_LOG)
        if not hasattr(error, "ename") and log.exists():  # no cell says why
            reason += f" (what the kernel printed is in {log})"
        return Outcome(run, "failed", f"{name}: {reason}", notebook if notebook.exists() else None)
    shutil.rmtree(runs.failed_notebook(final).parent, ignore_errors=True)
    shutil.rmtree(state, ignore_errors=True)
    return Outcome(run, "done")


@contextlib.contextmanager
def _stderr_to(path):
    """Let a kernel started meanwhile write what it prints at its start and end to a file, not over the progress bar."""
    saved = os.dup(2)
    with open(path, "wb") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _keep_failed(partial, final):
    kept = runs.failed_notebook(final).parent
    shutil.rmtree(kept, ignore_errors=True)  # of an earlier try
    with contextlib.suppress(OSError):  # a full disk is a reason to fail, not to hide why
        shutil.copytree(partial, kept)
