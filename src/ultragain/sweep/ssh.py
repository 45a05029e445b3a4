"""Workers as processes on machines that ssh reaches."""

import contextlib
import sys

import dask
from dask.distributed import Scheduler, SpecCluster

from ultragain.errors import UltraGainError
from ultragain.files import project_root
from ultragain.sweep.remote import check_paths, client_of, credentials, need, start


@contextlib.contextmanager
def over_ssh(workers, settings, dashboard):
    """A client of a scheduler in this process, whose workers are processes on machines that ssh reaches.

    Parameters
    ----------
    workers : int
        Processes to start, shared out among the machines.
    settings : ultragain.cluster_settings.Hosts
    dashboard : str
        Address for the scheduler's dashboard.

    Yields
    ------
    distributed.Client

    Raises
    ------
    UltraGainError
        If no machines are named, or one cannot be reached.
    """
    need("asyncssh")
    from distributed.deploy import ssh

    if not settings.hosts:
        raise UltraGainError(
            "--cluster ssh: the experiment names no machines; add  cluster: {ssh: {hosts: [node1, node2]}}"
        )
    root = project_root()
    check_paths(root)
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
    with credentials(root) as security, dask.config.set(_as_settings(security)):  # which the workers inherit
        options = {
            "protocol": "tls://",
            "security": security,
            "interface": settings.interface,
            "dashboard_address": dashboard,
        }
        scheduler = {"cls": Scheduler, "options": options}
        cluster = start("ssh", SpecCluster, spec, scheduler, security=security, name="ssh", silence_logs="CRITICAL")
        with cluster, client_of(cluster) as client:
            yield client


def _as_settings(security):
    tls = "distributed.comm.tls"
    return {
        f"{tls}.ca-file": security.tls_ca_file,
        f"{tls}.worker.cert": security.tls_worker_cert,
        f"{tls}.worker.key": security.tls_worker_key,
        "distributed.comm.require-encryption": True,
    }
