"""The workers of a sweep: on this machine, of a scheduler that runs elsewhere, or on a cluster."""

import contextlib
import importlib.metadata
import ipaddress
import logging
import os
import socket
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import dask
from dask.distributed import Client, LocalCluster, Security

from ultragain.cluster_settings import Cluster
from ultragain.engine.constants import SOURCE
from ultragain.errors import UltraGainError
from ultragain.files import project_root
from ultragain.sweep.batch import submitted
from ultragain.sweep.remote import notify, one_line
from ultragain.sweep.ssh import over_ssh
from ultragain.training.runs import RECIPE

DASHBOARD_PORT = 8787  # Dask's usual one, if it is free
ANSWER_WITHIN = 10  # s, in which a scheduler that is to be joined must answer

# A worker process that dies closes its connections, so the scheduler knows within a fraction of a
# second and gives its run to another worker; its nanny, or a new job, replaces it.
SETTINGS = {
    "distributed.worker.profile.enabled": False,  # it would sample every worker each 10 ms
    # Every run on a worker that dies is a suspect, those that wait there too: so the scheduler
    # keeps them back, and a worker has one at a time.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 2,  # a run whose third worker dies is given up
}
# A machine that loses its power closes nothing: TCP notices after 30 s, or this after 60.
# Not for workers on this machine: silence from them only means that a laptop was asleep.
TIME_TO_LIVE = "distributed.scheduler.worker-ttl"
LINK = "distributed.dashboard.link"
#: Dask's own settings. What a site or a user has set is meant for clusters: TLS, memory, preloads, a scratch disk.
PLAIN = dask.config.merge(*dask.config.defaults)


@contextlib.contextmanager
def connect(workers, scheduler=None, cluster=None, settings=None, cores=1):
    """Single-threaded Dask workers for a sweep: processes that do one run at a time.

    Without `scheduler` and `cluster` they are started on this machine. Whatever is started here or on a
    cluster talks TLS, with credentials made for this sweep, so that nobody else can have it run code as you.

    Parameters
    ----------
    workers : int
        How many to start; a scheduler that is joined brings its own.
    scheduler : str, optional
        Address of one to join: tls://host:port, or tcp://127.0.0.1:port.
    cluster : {'slurm', 'sge', 'pbs', 'ssh'}, optional
        Where to start workers instead. They must see the project's folder and its Python under the
        same paths as this machine.
    settings : ultragain.cluster_settings.Cluster, optional
        The experiment's section `cluster`.
    cores : int
        That a run computes on; a job of a batch system asks for as many.

    Yields
    ------
    distributed.Client
        Connected to one worker at least. If its scheduler dies, all futures are cancelled at once;
        `result` then raises `distributed.client.FutureCancelledError`.

    Raises
    ------
    UltraGainError
        If there is no such scheduler or cluster, it cannot be talked to safely, or its workers
        would run the sweep otherwise than this machine would.
    """
    settings = settings or Cluster()
    if scheduler:
        started = _joined(scheduler)
    elif cluster == "ssh":
        started = over_ssh(workers, settings.ssh, _dashboard())
    elif cluster:
        started = submitted(cluster, workers, cores, getattr(settings, cluster), _dashboard())
    else:
        started = _local(workers)
    is_away = bool(scheduler or cluster)
    needed = SETTINGS | {TIME_TO_LIVE: "60s" if is_away else None, LINK: _link()}
    with dask.config.set({} if is_away else PLAIN), dask.config.set(needed), started as client:
        if is_away:
            if not client.scheduler_info()["workers"]:
                notify("waiting for the first worker")
                client.wait_for_workers(1)
            _check_workers(client, project_root())
        yield client


# Ctrl-C in a terminal reaches every process started from it. The sweep decides what it means for the trainings;
# workers that it had ended could not finish their epoch.
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"


@contextlib.contextmanager
def _local(workers):
    with contextlib.ExitStack() as started:
        started.enter_context(dask.config.set({"distributed.worker.preload": [DEAF]}))
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                protocol="tls://",
                security=Security.temporary(),  # in memory: this machine's other users can reach the port, too
                dashboard_address=_dashboard(),
                silence_logs="ERROR",
            )
            client = started.enter_context(Client(started.enter_context(cluster)))
        except Exception as error:  # whatever Dask, the disk or the network have to say
            raise UltraGainError(f"the workers do not start on this machine ({one_line(error)})") from error
        yield client


def _link():
    """How the dashboard's address is written: as the site has it, for JupyterHub perhaps, if that can be filled in."""
    template = dask.config.get(LINK, default=None)
    try:
        template.format(**os.environ | dict.fromkeys(("scheme", "host", "port"), ""))
    except (AttributeError, KeyError, ValueError, IndexError):
        return PLAIN["distributed"]["dashboard"]["link"]
    return template


def _dashboard():
    """An address for the dashboard that only this machine can reach."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", DASHBOARD_PORT))
        except OSError:
            return "127.0.0.1:0"
    return f"127.0.0.1:{DASHBOARD_PORT}"


@contextlib.contextmanager
def _joined(address):
    security = _security_for(address)
    try:
        client = Client(address, security=security, timeout=ANSWER_WITHIN)
    except (OSError, ValueError, RuntimeError) as error:
        raise UltraGainError(f"--scheduler {address}: no scheduler responds there ({one_line(error)})") from error
    try:
        yield client
    finally:
        with _quiet(client.status != "running"):  # the caller already reports that the scheduler is gone
            client.close()


@contextlib.contextmanager
def _quiet(is_quiet):
    """Keep Dask's client from logging tracebacks."""
    logger = logging.getLogger("distributed.client")
    level = logger.level
    if is_quiet:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _security_for(address):
    """Check that an address is safe to send tasks to; return the credentials it takes."""
    parts = urlsplit(address)
    try:
        is_whole = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:
        is_whole = False
    if not is_whole:
        raise UltraGainError(f"--scheduler {address}: must be tls://host:port, or tcp://127.0.0.1:port on this machine")
    if parts.scheme == "tcp":
        if not _is_loopback(parts.hostname):
            raise UltraGainError(
                f"--scheduler {address}: over plain tcp:// anybody on that network could run code as you; use tls:// "
                f"(dask's settings distributed.comm.tls) or a tunnel: "
                f"ssh -L {parts.port}:localhost:{parts.port} {parts.hostname}"
            )
        return None
    security = Security(require_encryption=True)
    credentials = security.get_tls_config_for_role("client")
    for name, key in (("ca_file", "ca-file"), ("cert", "client.cert"), ("key", "client.key")):
        if not credentials[name] and name != "key":  # a key may stand in its certificate's file
            raise UltraGainError(
                f"--scheduler {address}: tls:// takes dask's setting distributed.comm.tls.{key} (in ~/.config/dask)"
            )
        if credentials[name] and not Path(credentials[name]).is_file():
            raise UltraGainError(
                f"--scheduler {address}: distributed.comm.tls.{key}: there is no file {credentials[name]}"
            )
    return security


def _is_loopback(host):
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _check_workers(client, root):
    """Refuse workers that would run the sweep otherwise than here; those that come later are taken at their word."""
    known = client.scheduler_info(n_workers=-1)["workers"]
    if threaded := [worker["host"] for worker in known.values() if worker["nthreads"] != 1]:
        raise UltraGainError(
            f"the worker on {threaded[0]} has several threads: start workers with `dask worker --nthreads 1`"
        )
    (root / "data").mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=root / "data", prefix=".seen-") as seen:
        mine = _surroundings(str(root), seen.name)
        answers = client.run(_surroundings, str(root), seen.name, on_error="return")
    for address, theirs in answers.items():
        host = urlsplit(address).hostname
        if isinstance(theirs, Exception):
            raise UltraGainError(f"the worker on {host} cannot run UltraGain ({one_line(theirs)})")
        for name, value in mine.items():
            if theirs.get(name) != value:
                raise UltraGainError(
                    f"the worker on {host} has another {name} than this machine: {theirs.get(name)}, not {value}"
                )


def _surroundings(root, seen):
    """What must be the same wherever runs of one sweep are trained; `seen` is a file just made below `root`."""
    return {
        "project folder": root if os.path.isfile(seen) else "one on a disk of its own",
        "training recipe": RECIPE,
        "source of the engine": SOURCE,
        **{
            f"version of {name}": importlib.metadata.version(name)
            for name in ("ultragain", "tensorflow", "keras", "numpy", "numba", "llvmlite")
        },
    }
