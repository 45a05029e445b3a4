"""Where a sweep's workers come from: what can be said without starting any."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import dask
import pytest

from ultragain.cluster_settings import Cluster
from ultragain.errors import UltraGainError
from ultragain.sweep import batch, cluster
from ultragain.sweep.batch import job_script
from ultragain.sweep.cluster import connect


def refused(message, **where):
    with pytest.raises(UltraGainError, match=message) as error, connect(1, **where):
        pass
    assert "\n" not in str(error.value)
    return str(error.value)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# addresses


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8786", "localhost", "tcp://127.0.0.1", "ws://127.0.0.1:1", "tls://:1", "tcp://127.0.0.1:x"]
)
def test_an_address_is_whole(address):
    refused("must be tls://host:port, or tcp://127.0.0.1:port", scheduler=address)


@pytest.mark.parametrize("host", ["10.0.0.7", "0.0.0.0", "node1", "127.0.0.1.example.org", "[fe80::1]"])
def test_plain_tcp_goes_no_further_than_this_machine(host):
    assert "tls://" in refused("anybody on that network could run code as you", scheduler=f"tcp://{host}:8786")


def test_tls_needs_credentials(tmp_path):
    refused(r"distributed.comm.tls.ca-file \(in", scheduler="tls://127.0.0.1:8786")
    with dask.config.set({"distributed.comm.tls.ca-file": str(tmp_path / "none.pem")}):
        refused("there is no file .*none.pem", scheduler="tls://127.0.0.1:8786")


def test_nobody_answers(monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_WITHIN", 0.3)
    refused("no scheduler responds there", scheduler=f"tcp://127.0.0.1:{free_port()}")


# what a site or a user has set for Dask

SITE = {
    "distributed.comm.require-encryption": True,
    "distributed.comm.tls.min-version": 1.4,  # which there is not
    "distributed.comm.timeouts.connect": 0.01,
    "distributed.dashboard.link": "/user/{NO_SUCH_VARIABLE}/proxy/{port}/status",
    "distributed.nanny.preload": ["no_such_module"],
    "distributed.scheduler.dashboard.tls.cert": "/none.pem",
    "distributed.scheduler.http.routes": ["no_such_module"],
    "distributed.admin.event-loop": "uvloop",  # which is not installed
    "temporary-directory": "/proc/none",
}


def test_a_sites_settings_are_not_for_this_machine(project):
    with dask.config.set(SITE):
        with connect(1) as client:
            assert client.submit(os.getpid).result() != os.getpid()
            assert client.dashboard_link.startswith("http://127.0.0.1:")
        assert {key: dask.config.get(key) for key in SITE} == SITE


def test_a_dashboard_that_a_site_shows_elsewhere_is_named_there(project, monkeypatch):
    monkeypatch.setenv("SOMEBODY", "me")
    link = {"distributed.dashboard.link": "/user/{SOMEBODY}/proxy/{port}/status"}
    with dask.config.set(link), connect(1) as client:
        assert re.fullmatch("/user/me/proxy/[0-9]+/status", client.dashboard_link)


def test_workers_that_do_not_start_are_one_line(monkeypatch):
    def fail(**options):
        raise RuntimeError("Nanny failed\nto start")

    monkeypatch.setattr(cluster, "LocalCluster", fail)
    refused(r"the workers do not start on this machine \(Nanny failed to start\)")


@pytest.mark.parametrize(
    "name, value, command, message",
    [
        ("DASK_CONFIG", "bad.yaml", ["keys"], "bad.yaml' is malformed"),
        ("DASK_LOGGING__distributed", "loud", ["sweep", "experiments/test.yaml"], "Dask cannot be loaded .*LOUD"),
    ],
)
def test_settings_that_dask_cannot_read_are_one_line(project, name, value, command, message):
    (project / "bad.yaml").write_text("distributed: [")
    outcome = subprocess.run(
        [Path(sys.executable).with_name("ultragain"), *command],
        env=os.environ | {name: value},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert outcome.returncode == 1
    assert len(outcome.stderr.splitlines()) == 1 and re.search(message, outcome.stderr)


# batch systems


SETTINGS = {
    "queue": "long",
    "account": "guitar",
    "walltime": "10:00:00",
    "memory": "6GB",
    "directives": ["-M me@example.org"],
    "prologue": ["module load gcc"],
}


@pytest.mark.parametrize(
    "kind, lines",
    [
        (
            "slurm",
            [
                "#SBATCH -p long",
                "#SBATCH -A guitar",
                "#SBATCH -t 10:00:00",
                "#SBATCH --mem=6G",
                "#SBATCH --cpus-per-task=1",
                "#SBATCH -M me@example.org",
            ],
        ),
        ("sge", ["#$ -q long", "#$ -P guitar", "#$ -l h_rt=10:00:00", "#$ -M me@example.org"]),
        (
            "pbs",
            [
                "#PBS -q long",
                "#PBS -A guitar",
                "#PBS -l walltime=10:00:00",
                "#PBS -l select=1:ncpus=1:mem=5723MB",
                "#PBS -M me@example.org",
            ],
        ),
    ],
)
def test_a_job_script_asks_for_what_the_experiment_says(project, kind, lines):
    script = job_script(kind, Cluster(**{kind: SETTINGS})).splitlines()
    assert set(lines) <= set(script)
    command = next(line for line in script if "dask_worker" in line)
    assert command.startswith(f"{sys.executable} -m distributed.cli.dask_worker tls://")
    assert "--nthreads 1 " in command and "--tls-key" in command
    assert script.index("module load gcc") < script.index(f"cd {project}") < script.index(command)
    assert not (project / "data" / "cluster").exists()
    assert any("this one was never run on a real system" in line for line in script) == (kind != "slurm")


@pytest.mark.parametrize("kind, line", [("slurm", "--cpus-per-task=2"), ("pbs", "ncpus=2")])
def test_a_job_has_the_cores_that_a_run_computes_on(project, kind, line):
    script = job_script(kind, cores=2).splitlines()
    assert any(line in each for each in script)
    command = next(each.split() for each in script if "dask_worker" in each)
    *_, last = (i for i, word in enumerate(command) if word == "--nthreads")
    assert command[last + 1] == "1"


@pytest.mark.parametrize("kind", ["slurm", "sge", "pbs"])
def test_a_job_script_needs_no_settings(project, kind):
    assert "8:00:00" in job_script(kind)


@pytest.mark.parametrize("module, where", [("dask_jobqueue", "slurm"), ("asyncssh", "ssh")])
def test_without_the_extra_it_is_named(project, monkeypatch, module, where):
    monkeypatch.setattr(batch.shutil, "which", lambda command: command)
    monkeypatch.setitem(sys.modules, module, None)
    settings = Cluster(ssh={"hosts": ["localhost"]})
    refused(
        rf"{module.replace('_', '-')} is not installed: pip install -r requirements.lock",
        cluster=where,
        settings=settings,
    )


def test_ssh_needs_machines(project):
    refused("names no machines", cluster="ssh")


def test_an_ssh_that_refuses_is_one_line(project):
    refused(
        "--cluster ssh: does not start",
        cluster="ssh",
        settings=Cluster(ssh={"hosts": ["nowhere.invalid"], "interface": "lo"}),
    )


def test_jobs_are_submitted_where_that_is_possible(project, monkeypatch):
    monkeypatch.setenv("PATH", "")
    refused("there is no command sbatch here", cluster="slurm")


def test_a_path_that_a_script_cannot_carry(project, monkeypatch):
    folder = project.parent / "two words"
    project.rename(folder)
    monkeypatch.chdir(folder)
    with pytest.raises(UltraGainError, match="two words: a job script cannot carry this path"):
        job_script("slurm")
