"""The sweep: every model of the grid as one papermill run, side by side on a Dask cluster."""

import contextlib
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import dask
import papermill
from dask.distributed import Client, LocalCluster, as_completed
from dask.system import CPU_COUNT
from tqdm.auto import tqdm

from ultragain.errors import UltraGainError
from ultragain.recording.load import load_recordings
from ultragain.recording.virtual import make_recordings
from ultragain.training import runs
from ultragain.windowing import check_excerpts, count_windows

TEMPLATE = "notebooks/training.ipynb"


@dataclass
class Plan:
    """What a sweep will do.

    Attributes
    ----------
    to_do, done : list of Run
        `to_do` begins with the dearest run, so that no core waits long for the last one.
    notices : list of str
        What a person should know before it starts, one line each.
    """

    to_do: list = field(default_factory=list)
    done: list = field(default_factory=list)
    notices: list = field(default_factory=list)


@dataclass
class Failure:
    """A run that did not finish: why, and where its notebook is (None if there is none)."""

    run: runs.Run
    reason: str
    notebook: Path | None


def plan_sweep(experiment, root, workers=CPU_COUNT):
    """Check the recordings (virtual ones are made), and see which runs of the grid are missing.

    A damaged run is moved aside and trained again.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    workers : int
        Processes that may record side by side.

    Returns
    -------
    Plan

    Raises
    ------
    UltraGainError
        If the recordings are missing or bad.
    """
    plan = Plan()
    make_recordings(experiment, root, workers)
    longest = max(experiment.grid.contexts)
    for gain in experiment.gain_labels:
        recordings = load_recordings(experiment, root, gain)
        counts = count_windows(
            [len(dry) for dry, _ in recordings.train],
            [len(dry) for dry, _ in recordings.validation],
            experiment.grid.contexts,
            experiment.sizes.training_windows,
            experiment.training.validation_share,
        )
        check_excerpts(recordings.riffs, experiment.sizes.scored_seconds, longest, experiment.sample_rate)
        if counts.notice:
            plan.notices.append(f"gain {gain}: {counts.notice}")
        for run in runs.grid_runs(experiment, gain, recordings.identity):
            folder = run.folder(root)
            problem = runs.problem_with(folder) if folder.exists() else ""
            if problem:
                plan.notices.append(f"{folder}: {problem}; moved to {runs.set_aside(folder)}, will be trained again")
            (plan.done if folder.exists() else plan.to_do).append(run)
    plan.to_do.sort(key=_cost, reverse=True)
    return plan


def run_sweep(plan, experiment_path, root, recordings=None, workers=CPU_COUNT):
    """Train every run of a plan that is not done, one process a core and one thread each.

    A failed run does not stop the others. However the sweep ends, a run's folder is there whole
    or not at all, so the same command goes on where it stopped.

    Parameters
    ----------
    plan : Plan
    experiment_path : path-like
        The experiment file, for the notebooks to read.
    root : Path
        The project's folder.
    recordings : path-like, optional
        Recordings folder that replaces the experiment's own.
    workers : int

    Returns
    -------
    list of Failure
    """
    if not plan.to_do:
        return []
    for folder in {run.folder(root).parent for run in plan.to_do}:
        runs.remove_abandoned(folder)
    failures = []
    with (
        dask.config.set({"distributed.worker.profile.enabled": False}),  # it would sample every 10 ms
        _local_cluster(min(workers, len(plan.to_do))) as cluster,
        Client(cluster) as client,
        _progress(plan) as bar,
    ):
        futures = {
            client.submit(execute_run, run, str(experiment_path), str(root), str(recordings or ""), key=run.id, pure=False): run
            for run in plan.to_do
        }
        for ended, future in enumerate(as_completed(futures), start=1):
            run = futures[future]
            if future.status == "error":
                failures.append(Failure(run, f"its worker died ({future.exception()!r:.200})", None))
            elif (failure := future.result()) is not None:
                failures.append(failure)
                bar.write(f"failed: {run.id}: {failure.reason}")
            bar.set_description_str(_done_text(plan, ended, failures))
            bar.update(_cost(run))
    return failures


def execute_run(run, experiment_path, root, recordings):
    """Run the training notebook for one combination and keep its folder, on a Dask worker.

    Returns
    -------
    Failure or None
    """
    final = run.folder(root)
    p = run.parameters
    try:
        with runs.whole_folder(final) as partial:
            try:
                with _stderr_to(partial / "kernel.log"):
                    papermill.execute_notebook(
                        Path(root) / TEMPLATE,
                        partial / runs.NOTEBOOK,
                        parameters={
                            **{name: p[name] for name in ("gain", "context", "units", "learning_rate")},
                            "experiment": experiment_path,
                            "profile": run.profile,
                            "recordings": recordings,
                            "folder": str(partial),
                        },
                        cwd=root,
                        progress_bar=False,
                    )
            except BaseException:
                _keep_failed(partial, final)
                raise
            if problem := runs.problem_with(partial):
                raise UltraGainError(f"the notebook ended, but {problem}")
    except Exception as error:
        reason = f"{getattr(error, 'ename', type(error).__name__)}: {getattr(error, 'evalue', error)}".splitlines()[0]
        notebook = _failed_notebook(final)
        return Failure(run, reason, notebook if notebook.exists() else None)
    shutil.rmtree(_failed_notebook(final).parent, ignore_errors=True)
    return None


@contextlib.contextmanager
def _stderr_to(path):
    """Let a kernel started meanwhile write its greetings and last words to a file, not over the progress bar."""
    saved = os.dup(2)
    with open(path, "wb") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _failed_notebook(final):
    return final.parent / "failed" / final.name / runs.NOTEBOOK


def _keep_failed(partial, final):
    kept = _failed_notebook(final).parent
    shutil.rmtree(kept, ignore_errors=True)  # of an earlier try
    shutil.copytree(partial, kept)


def _local_cluster(workers):
    """Single-threaded processes that only this machine can reach."""
    return LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )


def _cost(run):
    """Relative time of a run: its matrix products, and what its notebook takes to start."""
    p = run.parameters
    return p["context"] * p["units"] * (p["units"] + 100) + 200_000


def _progress(plan):
    return tqdm(
        total=sum(map(_cost, plan.to_do)),
        desc=_done_text(plan, 0, []),
        bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed} elapsed, {remaining} left",
    )


def _done_text(plan, ended, failures):
    done = len(plan.done) + ended - len(failures)
    text = f"{done} of {len(plan.done) + len(plan.to_do)} runs done"
    return text + (f", {len(failures)} failed" if failures else "")
