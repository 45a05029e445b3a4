"""Workers on other machines: jobs of a batch system, or processes started over ssh."""

import contextlib
import importlib
import os
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

import dask
import psutil
from dask.distributed import Client, Scheduler, Security, SpecCluster
from distributed.core import Status
from tornado.ioloop import PeriodicCallback

from ultragain.errors import UltraGainError
from ultragain.experiment import Cluster
from ultragain.files import project_root

CLASSES = {"slurm": "SLURMCluster", "sge": "SGECluster", "pbs": "PBSCluster"}
SUBMIT = {"slurm": "sbatch", "sge": "qsub", "pbs": "qsub"}
REPLACE_EVERY = 10  # s, between two looks for jobs that ended


def job_script(kind, settings=None):
    """The script that starts one worker as a job of a batch system.

    Parameters
    ----------
    kind : {'slurm', 'sge', 'pbs'}
    settings : ultragain.experiment.Cluster, optional
        The experiment's section `cluster`.

    Returns
    -------
    str
        With placeholders in <> for what is known only when a sweep starts.
    """
    job, root = _cluster_class(kind).job_cls, project_root()
    options = _job_options(kind, getattr(settings or Cluster(), kind), root)
    security = _security(_folder(root) / "<credentials>")
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
def submitted(kind, workers, settings, dashboard):
    """A client of a scheduler in this process, whose workers are jobs of a batch system.

    Parameters
    ----------
    kind : {'slurm', 'sge', 'pbs'}
    workers : int
        Jobs to submit.
    settings : ultragain.experiment.Jobs
    dashboard : str
        Address for the scheduler's dashboard.
    """
    made = _cluster_class(kind)
    if not shutil.which(SUBMIT[kind]):
        raise UltraGainError(
            f"--cluster {kind}: there is no command {SUBMIT[kind]} here; run this where jobs are submitted"
        )
    root = project_root()
    options = _job_options(kind, settings, root)
    with _credentials(root) as security:
        scheduler = {"interface": settings.interface, "dashboard_address": dashboard}
        cluster = _started(
            kind, made, security=security, scheduler_options=scheduler, silence_logs="CRITICAL", **options
        )
        with cluster:
            script = _folder(root) / f"{kind}.sh"
            script.write_text(cluster.job_script())
            # not scale(): that submits behind our back, and what the batch system objects to is lost
            for _ in range(workers):
                cluster.worker_spec.update(cluster.new_worker_spec())
            try:
                cluster.sync(_fulfil, cluster)
            except (RuntimeError, OSError, ValueError) as error:
                for job in cluster.workers.values():
                    job.status = Status.failed  # else closing the cluster complains that they were never closed
                raise UltraGainError(
                    f"--cluster {kind}: {SUBMIT[kind]} refused the job ({one_line(error)}); its script is {script}"
                ) from error
            untried = (
                "" if kind == "slurm" else f"; UltraGain was never run on a real {kind.upper()} before, only on SLURM"
            )
            say(
                f"{workers} jobs are submitted; their script is {script}, their logs are in {options['log_directory']}{untried}"
            )
            with _kept_up(cluster), Client(cluster) as client:
                yield client


@contextlib.contextmanager
def over_ssh(workers, settings, dashboard):
    """A client of a scheduler in this process, whose workers are processes on machines that ssh reaches.

    Parameters
    ----------
    workers : int
        Processes to start, shared out among the machines.
    settings : ultragain.experiment.Hosts
    dashboard : str
        Address for the scheduler's dashboard.
    """
    need("asyncssh")
    from distributed.deploy import ssh

    if not settings.hosts:
        raise UltraGainError(
            "--cluster ssh: the experiment names no machines; add  cluster: {ssh: {hosts: [node1, node2]}}"
        )
    root = project_root()
    _check_paths(root)
    spec = {
        number: {
            "cls": ssh.Worker,
            "options": {
                "address": settings.hosts[number % len(settings.hosts)],
                "connect_options": {},
                "kwargs": {
                    "name": number,  # else the cluster would not know which of its workers is lost
                    "nthreads": 1,
                    "death_timeout": 60,  # s, without a scheduler, if this process was killed or another machine failed
                    "dashboard": False,
                    "dashboard_address": "127.0.0.1:0",
                },
                "remote_python": f"env -C {root} {sys.executable}",  # ssh alone would start it in the home folder
            },
        }
        for number in range(workers)
    }
    with _credentials(root) as security, dask.config.set(_as_settings(security)):  # which the workers inherit
        options = {
            "protocol": "tls://",
            "security": security,
            "interface": settings.interface,
            "dashboard_address": dashboard,
        }
        scheduler = {"cls": Scheduler, "options": options}
        cluster = _started("ssh", SpecCluster, spec, scheduler, security=security, name="ssh", silence_logs="CRITICAL")
        with cluster, _kept_up(cluster), Client(cluster) as client:
            yield client


def _started(kind, made, *arguments, **options):
    try:
        return made(*arguments, **options)
    except Exception as error:  # whatever asyncssh, the other machine's shell or its Python has to say
        first = error
        while first.__context__ is not None:  # tidying up after a failed start fails, too
            first = first.__context__
        raise UltraGainError(f"--cluster {kind}: does not start ({one_line(first)})") from error


async def _fulfil(cluster):
    """Start those of the cluster's listed workers that are not there."""
    await cluster


@contextlib.contextmanager
def _kept_up(cluster):
    """Replace, again and again, workers that were at work and are lost, for instance because their job's time was up."""

    async def replace():
        with contextlib.suppress(Exception):  # the batch system is away: the next look may find it
            await _fulfil(cluster)

    looks = PeriodicCallback(replace, 1000 * REPLACE_EVERY)
    cluster.loop.add_callback(looks.start)
    try:
        yield
    finally:
        cluster.loop.add_callback(looks.stop)


def _job_options(kind, settings, root):
    _check_paths(root)
    prologue = [*settings.prologue, f"cd {root}", "export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False"]
    if kind != "slurm":
        prologue.insert(
            0, f"# UltraGain's tests run the SLURM script; this one was never run on a real {kind.upper()}."
        )
    return {
        "cores": 1,
        "processes": 1,
        "memory": settings.memory,
        "queue": settings.queue,
        "project" if kind == "sge" else "account": settings.account,
        "walltime": settings.walltime,
        "job_name": "ultragain",
        "job_extra_directives": list(settings.directives),
        "job_script_prologue": prologue,
        "log_directory": str(_folder(root) / "logs"),
        "python": sys.executable,
        "worker_extra_args": ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"],
    }


def _folder(root):
    return root / "data" / "cluster"


@contextlib.contextmanager
def _credentials(root):
    """A key and a certificate for this sweep alone, in files that only their owner can read."""
    need("cryptography")
    made = Security.temporary()
    _folder(root).mkdir(parents=True, exist_ok=True)
    mine = f".credentials-{socket.gethostname()}~"  # a sign that no name of another host goes on with
    for folder in _folder(root).glob(f"{mine}*"):
        if not psutil.pid_exists(int(folder.name.removeprefix(mine).partition("~")[0])):
            shutil.rmtree(folder, ignore_errors=True)  # of a sweep that was killed
    with tempfile.TemporaryDirectory(prefix=f"{mine}{os.getpid()}~", dir=_folder(root)) as folder:
        security = _security(Path(folder))
        for path, content in (
            (security.tls_worker_cert, made.tls_worker_cert),
            (security.tls_worker_key, made.tls_worker_key),
        ):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(content)
        yield security


def _security(folder):
    certificate, key = str(folder / "certificate.pem"), str(folder / "key.pem")
    roles = ("client", "scheduler", "worker")
    return Security(
        require_encryption=True,
        tls_ca_file=certificate,
        **{f"tls_{role}_cert": certificate for role in roles},
        **{f"tls_{role}_key": key for role in roles},
    )


def _as_settings(security):
    tls = "distributed.comm.tls"
    return {
        f"{tls}.ca-file": security.tls_ca_file,
        f"{tls}.worker.cert": security.tls_worker_cert,
        f"{tls}.worker.key": security.tls_worker_key,
        "distributed.comm.require-encryption": True,
    }


def _cluster_class(kind):
    with _signals_kept():
        need("dask_jobqueue")
    return getattr(importlib.import_module("dask_jobqueue"), CLASSES[kind])


@contextlib.contextmanager
def _signals_kept():
    """Keep what Ctrl-C does here: dask-jobqueue replaces it as soon as it is imported."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():  # no other may
            signal.signal(signal.SIGINT, before)


def need(module):
    """Import a module of the extra `cluster`, or say how to install it."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise UltraGainError(
            f"{module.replace('_', '-')} is not installed: pip install 'ultragain[cluster]'"
        ) from error


def _check_paths(root):
    """Dask writes paths into scripts and command lines as they are."""
    for path in (str(root), sys.executable):
        if shlex.quote(path) != path:
            raise UltraGainError(
                f"{path}: a job script cannot carry this path; move the project to one without spaces or signs"
            )


def one_line(error):
    """What an error says, in a line; a failed command's is what it wrote to stderr."""
    text = str(error).partition("stderr:\n")[2] or str(error)
    return " ".join(text.split())[:200] or type(error).__name__


def say(text):
    """Tell a person something while a sweep starts."""
    print(text, file=sys.stderr, flush=True)
