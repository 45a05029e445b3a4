"""Workers as jobs of a batch system."""

import contextlib
import shutil
import signal
import sys
import tempfile
import threading
from dataclasses import dataclass

from distributed.core import Status

from ultragain.cluster_settings import Cluster
from ultragain.errors import UltraGainError
from ultragain.files import project_root
from ultragain.sweep.remote import (
    check_paths,
    client_of,
    cluster_folder,
    credentials,
    fulfil,
    need,
    notify,
    one_line,
    security_in,
    start,
)


@dataclass(frozen=True)
class BatchSystem:
    """What differs between batch systems: dask-jobqueue's class, its word for who pays, the command, our experience."""

    made_by: str
    account: str
    submit: str
    experience: str


NEVER_RUN = "UltraGain's tests run SLURM's script; this one was never run on a real system"
SYSTEMS = {
    "slurm": BatchSystem("SLURMCluster", "account", "sbatch", "UltraGain's tests run this script"),
    "sge": BatchSystem("SGECluster", "project", "qsub", NEVER_RUN),
    "pbs": BatchSystem("PBSCluster", "account", "qsub", NEVER_RUN),
}


def job_script(kind, settings=None, cores=1):
    """The script that starts one worker as a job of a batch system.

    Parameters
    ----------
    kind : {'slurm', 'sge', 'pbs'}
    settings : ultragain.cluster_settings.Cluster, optional
        The experiment's section `cluster`.
    cores : int
        That a run computes on.

    Returns
    -------
    str
        With placeholders in <> for what is known only when a sweep starts.
    """
    job, root = _cluster_class(kind).job_cls, project_root()
    options = _job_options(kind, getattr(settings or Cluster(), kind), cores, root)
    security = security_in(cluster_folder(root) / "<credentials>")
    with tempfile.TemporaryDirectory() as elsewhere:  # a job makes the folder of its logs even if it is only looked at
        script = job(
            "tls://<this machine>:<port>",
            name="<number>",
            protocol="tls://",
            security=security,
            **options | {"log_directory": elsewhere},
        ).job_script()
        return script.replace(elsewhere, options["log_directory"])


@contextlib.contextmanager
def submitted(kind, workers, cores, settings, dashboard):
    """A client of a scheduler in this process, whose workers are jobs of a batch system.

    Parameters
    ----------
    kind : {'slurm', 'sge', 'pbs'}
    workers : int
        Jobs to submit.
    cores : int
        That each of them asks for.
    settings : ultragain.cluster_settings.BatchJobs
    dashboard : str
        Address for the scheduler's dashboard.

    Yields
    ------
    distributed.Client

    Raises
    ------
    UltraGainError
        If jobs cannot be submitted here, or the batch system refuses them.
    """
    system, made = SYSTEMS[kind], _cluster_class(kind)
    if not shutil.which(system.submit):
        raise UltraGainError(
            f"--cluster {kind}: there is no command {system.submit} here; run this where jobs are submitted"
        )
    root = project_root()
    options = _job_options(kind, settings, cores, root)
    with credentials(root) as security:
        scheduler = {"interface": settings.interface, "dashboard_address": dashboard}
        with start(
            kind, made, security=security, scheduler_options=scheduler, silence_logs="CRITICAL", **options
        ) as cluster:
            script = cluster_folder(root) / f"{kind}.sh"
            script.write_text(cluster.job_script())
            _submit(cluster, workers, f"--cluster {kind}: {system.submit} refused the job", script)
            notify(
                f"{workers} jobs are submitted; their script is {script} ({system.experience}), "
                f"their logs are in {options['log_directory']}"
            )
            with client_of(cluster) as client:
                yield client


def _submit(cluster, workers, refusal, script):
    # not scale(): that submits behind our back, and what the batch system objects to is lost
    for _ in range(workers):
        cluster.worker_spec.update(cluster.new_worker_spec())
    try:
        cluster.sync(fulfil, cluster)
    except (RuntimeError, OSError, ValueError) as error:
        for job in cluster.workers.values():
            job.status = Status.failed  # else closing the cluster complains that they were never closed
        raise UltraGainError(f"{refusal} ({one_line(error)}); its script is {script}") from error


def _job_options(kind, settings, cores, root):
    check_paths(root)
    return {
        "cores": cores,
        "processes": 1,
        "memory": settings.memory,
        "queue": settings.queue,
        SYSTEMS[kind].account: settings.account,
        "walltime": settings.walltime,
        "job_name": "ultragain",
        "job_extra_directives": list(settings.directives),
        "job_script_prologue": [
            f"# {SYSTEMS[kind].experience}.",
            *settings.prologue,
            f"cd {root}",
            "export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False",
        ],
        "log_directory": str(cluster_folder(root) / "logs"),
        "python": sys.executable,
        # one run at a time: what dask-jobqueue says itself is as many as there are cores, and the last word counts
        "worker_extra_args": ["--nthreads", "1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"],
    }


def _cluster_class(kind):
    with _signals_kept():
        return getattr(need("dask_jobqueue"), SYSTEMS[kind].made_by)


@contextlib.contextmanager
def _signals_kept():
    """Keep what Ctrl-C does here: dask-jobqueue replaces it as soon as it is imported."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():  # no other may
            signal.signal(signal.SIGINT, before)
