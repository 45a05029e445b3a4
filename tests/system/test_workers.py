"""Workers that die, schedulers that die, and a batch system that a few lines of shell stand in for."""

import asyncio
import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import dask
import distributed
import psutil
import pytest
from dask.distributed import Security, wait
from distributed.client import FutureCancelledError, FuturesCancelledError

from ultragain.cluster_settings import Cluster
from ultragain.errors import UltraGainError
from ultragain.sweep import cluster, remote
from ultragain.sweep.cluster import connect

pytestmark = pytest.mark.system


def refused(message, **where):
    with pytest.raises(UltraGainError, match=message) as error, connect(1, **where):
        pass
    assert "\n" not in str(error.value)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def nap(seconds, marks):
    """Leave a mark for each try, sleep, and say who did."""
    Path(marks, f"{os.getpid()}-{time.monotonic_ns()}").touch()
    time.sleep(seconds)
    return os.getpid()


# schedulers that others started


@contextlib.contextmanager
def scheduler_and_workers(*options, workers=2, threads=1, scheme="tcp"):
    port = free_port()
    address, quiet = f"{scheme}://127.0.0.1:{port}", {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    quiet["env"] = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}  # so that they find this module's tasks
    dask_command = [sys.executable, "-m", "dask"]
    processes = [subprocess.Popen([*dask_command, "scheduler", "--host", address, "--no-dashboard", *options], **quiet)]
    processes += [
        subprocess.Popen(
            [*dask_command, "worker", address, "--nthreads", str(threads), "--no-dashboard", *options], **quiet
        )
        for _ in range(workers)
    ]
    try:
        yield address, processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def test_join_a_scheduler_and_see_it_die(project, tmp_path, capfd):
    with scheduler_and_workers() as (address, processes):
        with connect(2, scheduler=address) as client:
            client.wait_for_workers(2)
            assert set(client.run(os.getcwd).values()) == {str(project)}
            futures = [client.submit(nap, 4, tmp_path, key=f"run-{n}", pure=False) for n in range(4)]
            until(lambda: any(client.processing().values()))
            processes[0].kill()
            killed = time.monotonic()
            with pytest.raises(FuturesCancelledError):
                wait(futures, timeout=10)
            assert time.monotonic() - killed < 5
            assert {future.status for future in futures} == {"cancelled"}
            with pytest.raises(FutureCancelledError):
                futures[0].result()
        for worker in processes[1:]:
            worker.wait(60)  # they follow their scheduler, half a minute after it if a run goes on for so long
    assert "Traceback" not in capfd.readouterr().err


def test_join_a_scheduler_with_tls(project):
    with remote.credentials(project) as security:
        worker = security.get_tls_config_for_role("worker")
        options = [f"--tls-{name.replace('_', '-')}={worker[name]}" for name in ("ca_file", "cert", "key")]
        settings = client_settings(worker["ca_file"], worker["key"])
        with scheduler_and_workers(*options, workers=1, scheme="tls") as (address, _):
            with dask.config.set(settings), connect(1, scheduler=address) as client:
                assert client.submit(int, "7").result(20) == 7


def test_workers_must_be_single_threaded_and_see_the_project(project, tmp_path, monkeypatch):
    with scheduler_and_workers(workers=1, threads=2) as (address, _):
        refused("has several threads", scheduler=address)
    with scheduler_and_workers(workers=1) as (address, _):
        monkeypatch.setattr(cluster, "RECIPE", 0)
        refused(
            "the worker on 127.0.0.1 has another training recipe than this machine: [0-9]+, not 0", scheduler=address
        )


# this machine


def test_a_worker_that_dies_is_replaced_and_its_run_done_again(project, tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    with connect(2) as client:
        addresses = [*client.scheduler_info()["workers"], client.scheduler.address]
        assert all(address.startswith("tls://127.0.0.1:") for address in addresses)
        assert client.dashboard_link.startswith("http://127.0.0.1:")
        futures = client.map(nap, [1.5] * 6, marks=marks, key=[("run", n) for n in range(6)], pure=False)
        until(lambda: len(list(marks.iterdir())) == 2)
        assert sorted(map(len, client.processing().values())) == [1, 1]  # nobody else is a suspect
        victim = int(next(marks.iterdir()).name.split("-")[0])
        os.kill(victim, signal.SIGKILL)
        assert victim not in client.gather(futures)
        assert len(list(marks.iterdir())) == 7
        assert len(client.scheduler_info()["workers"]) == 2


def test_other_users_of_this_machine_cannot_reach_the_scheduler_or_a_worker(project):
    with connect(1) as client:
        addresses = [client.scheduler.address, *client.scheduler_info()["workers"]]
        mine = client.security.get_connection_args("client")
        for address in addresses:
            assert asyncio.run(reaches(address, **mine))  # whoever has the credentials does
            assert not asyncio.run(reaches(address, **Security.temporary().get_connection_args("client")))
            assert not asyncio.run(reaches(address.replace("tls://", "tcp://")))


async def reaches(address, **credentials):
    """Whether somebody who connects gets an answer."""
    try:
        comm = await distributed.comm.connect(address, timeout=2, **credentials)
    except OSError:
        return False
    await comm.close()
    return True


def test_a_run_that_kills_its_workers_is_given_up(project, tmp_path):
    with connect(2) as client:
        deadly = client.submit(os._exit, 1, key="deadly", pure=False)
        with pytest.raises(Exception, match="deadly"):
            deadly.result(60)


# batch systems


QSUB = """cp "$1" "$0.$$"
setsid bash "$0.$$" >/dev/null 2>&1 &
echo "Your job $! (ultragain) has been submitted"
"""


def stand_in_for_sge(project, monkeypatch, qsub=QSUB):
    folder = project / "bin"
    folder.mkdir(exist_ok=True)
    for name, content in (("qsub", qsub), ("qdel", 'kill -- -"$1"')):
        (folder / name).write_text(f"#!/usr/bin/env bash\n{content}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_what_the_batch_system_objects_to_is_one_line(project, monkeypatch):
    stand_in_for_sge(project, monkeypatch, 'echo "queue is closed" >&2\nexit 1')
    refused(
        r"--cluster sge: qsub refused the job \(queue is closed\); its script is .*data/cluster/sge.sh",
        cluster="sge",
        settings=LOOPBACK,
    )
    assert list((project / "data" / "cluster").glob(".credentials*")) == []


LOOPBACK = Cluster(sge={"interface": "lo"})


def test_jobs_come_with_credentials_of_their_own_and_are_replaced_when_they_end(project, monkeypatch, capfd):
    stand_in_for_sge(project, monkeypatch)
    monkeypatch.setattr(remote, "REPLACE_EVERY", 0.5)
    abandoned = project / "data" / "cluster" / f".credentials-{socket.gethostname()}~{dead_pid()}~x"
    abandoned.mkdir(parents=True)
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "500ms"}):
        with connect(1, cluster="sge", settings=LOOPBACK) as client:
            assert client.scheduler.address.startswith("tls://")
            (folder,) = (project / "data" / "cluster").glob(".credentials*")
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
            (first,) = client.run(os.getpid).values()
            nanny = psutil.Process(first).parent()
            nanny.kill()
            until(lambda: first not in client.run(os.getpid, on_error="ignore").values())
            client.wait_for_workers(1, timeout=60)
            with pytest.raises(UltraGainError, match="no scheduler responds there"):  # not without the key
                with dask.config.set(stranger(project)), connect(1, scheduler=client.scheduler.address):
                    pass
        assert list((project / "data" / "cluster").glob(".credentials*")) == []
    said = capfd.readouterr().err
    assert "1 jobs are submitted; their script is" in said and "never run on a real system" in said
    assert "Traceback" not in said


def dead_pid():
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def stranger(folder):
    """Credentials that somebody else made."""
    made = Security.temporary()
    (folder / "cert.pem").write_text(made.tls_client_cert)
    (folder / "key.pem").write_text(made.tls_client_key)
    return client_settings(str(folder / "cert.pem"), str(folder / "key.pem"))


def client_settings(certificate, key):
    tls = "distributed.comm.tls"
    return {f"{tls}.ca-file": certificate, f"{tls}.client.cert": certificate, f"{tls}.client.key": key}
