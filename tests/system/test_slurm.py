"""A real SLURM of one node, started for these tests: Debian's slurm-wlm and munge."""

import contextlib
import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import dask
import pytest
import yaml

from ultragain.cluster_settings import Cluster
from ultragain.errors import UltraGainError
from ultragain.sweep import remote
from ultragain.sweep.cluster import connect
from ultragain.training import runs

pytestmark = pytest.mark.system

DAEMONS = ("munged", "slurmctld", "slurmd")
LOOPBACK = {"interface": "lo", "memory": "1GB", "queue": "tests"}

# The node says that it has four cores whatever it has: what runs here is small. No cgroups, no
# accounting, and everything as this user: a container has no more to give.
CONFIGURATION = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000
PartitionName=tests Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(number):
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A SLURM whose commands (sbatch, squeue, scancel) work for the tests' processes."""
    for daemon in DAEMONS:
        if not shutil.which(daemon, path=f"{os.environ['PATH']}:/usr/sbin"):
            assert not os.environ.get("CI"), f"{daemon} is not installed: apt-get install slurm-wlm munge"
            pytest.skip(f"{daemon} is not installed")
    folder = tmp_path_factory.mktemp("slurm")
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    key = folder / "munge.key"
    key.touch(0o600)
    key.write_bytes(secrets.token_bytes(128))
    control_port, node_port = free_ports(2)
    host, user = socket.gethostname().split(".")[0], getpass.getuser()
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(**locals()))
    munge = [
        "munged",
        "--foreground",
        "--force",
        "--num-threads=2",  # force: pytest's folders are closed to other users
        *(
            f"--{name}={folder}/munge.{name.split('-')[0]}"
            for name in ("socket", "key-file", "log-file", "pid-file", "seed-file")
        ),
    ]
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.setenv("SLURM_CONF", str(configuration))
        patch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")

        def start(*command):
            output = stack.enter_context(open(folder / f"{command[0]}.output", "wb"))
            process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
            stack.callback(end, process)

        start(*munge)
        until((folder / "munge.socket").exists)
        start("slurmctld", "-D")
        start("slurmd", "-D", "-N", host)
        until(lambda: b"idle" in subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True).stdout)
        yield
        for number in queued():  # of a test that failed: jobs would outlive the daemons
            subprocess.run(["scancel", "--signal=KILL", "--full", number])
        until(lambda: not queued())


def end(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def queued():
    """Ids of jobs that wait, run or end."""
    return set(subprocess.run(["squeue", "-h", "-o", "%A"], capture_output=True, text=True, check=True).stdout.split())


def job_of_this_worker(seconds=0):
    time.sleep(seconds)
    return os.environ["SLURM_JOB_ID"], os.getcwd(), os.environ["SLURM_JOB_PARTITION"]


@pytest.fixture(autouse=True)
def workers_find_this_module(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__))


def test_every_worker_is_a_job_and_no_job_is_left(slurm, project, capfd):
    with connect(2, cluster="slurm", settings=Cluster(slurm=LOOPBACK)) as client:
        client.wait_for_workers(2, timeout=60)
        assert client.scheduler.address.startswith("tls://")
        done = client.gather(client.map(job_of_this_worker, [0.5] * 6, pure=False))
        numbers, folders, partitions = map(set, zip(*done, strict=True))
        assert numbers == queued() and len(numbers) == 2
        assert (folders, partitions) == ({str(project)}, {"tests"})
    until(lambda: not queued())
    said = capfd.readouterr().err
    assert f"their script is {project}/data/cluster/slurm.sh" in said
    script = (project / "data" / "cluster" / "slurm.sh").read_text()
    assert "#SBATCH -p tests" in script and "KEY" not in script
    assert sorted(path.suffix for path in (project / "data" / "cluster" / "logs").iterdir()) == [
        ".err",
        ".err",
        ".out",
        ".out",
    ]


def test_a_job_that_ends_is_replaced_and_its_run_done_elsewhere(slurm, project, monkeypatch):
    monkeypatch.setattr(remote, "REPLACE_EVERY", 0.5)
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "500ms"}):
        with connect(1, cluster="slurm", settings=Cluster(slurm=LOOPBACK)) as client:
            (first,) = queued()
            run = client.submit(job_of_this_worker, 2)
            until(lambda: any(client.processing().values()))
            subprocess.run(["scancel", "--signal=KILL", first], check=True)
            second, *_ = run.result(60)
            assert second != first
    until(lambda: not queued())


def test_what_slurm_objects_to_is_one_line(slurm, project):
    settings = Cluster(slurm=LOOPBACK | {"queue": "long"})
    with pytest.raises(UltraGainError, match=r"sbatch refused the job \(.*invalid partition") as error:
        with connect(1, cluster="slurm", settings=settings):
            pass
    assert "\n" not in str(error.value)
    assert not queued()


SWEEP = """
import sys, time
from ultragain.cluster_settings import Cluster
from ultragain.sweep.cluster import connect

if __name__ == "__main__":
    with connect(1, cluster="slurm", settings=Cluster(slurm={"interface": "lo", "memory": "1GB"})) as client:
        client.submit(time.sleep, 5)  # a worker waits half a minute for its run before it follows its scheduler
        print("at work", flush=True)
        time.sleep(60)
"""


def test_jobs_do_not_outlive_a_sweep_that_is_killed(slurm, project):
    with subprocess.Popen(
        [sys.executable, "-c", SWEEP], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as sweep:
        assert sweep.stdout.readline() == "at work\n"
        assert queued()
        sweep.send_signal(signal.SIGKILL)
    until(lambda: not queued(), 40)


def test_a_whole_sweep(slurm, project, settings):
    settings["grid"] |= {"learning_rates": [0.01], "contexts": [8]}
    settings["cluster"] = {"slurm": LOOPBACK}
    (project / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings))
    command = [
        Path(sys.executable).with_name("ultragain"),
        "sweep",
        "experiments/test.yaml",
        "--cluster",
        "slurm",
        "--workers",
        "2",
    ]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert outcome.returncode == 0, outcome.stderr
    assert "all runs are done" in outcome.stdout
    finished = [
        folder for folder in (project / "data/runs/TestAmp/Lead/tiny").glob("*-*") if not folder.name.startswith(".")
    ]
    assert sorted(folder.name.split("-")[0] for folder in finished) == ["High", "Low"]
    assert all(runs.problem_with(folder) == "" for folder in finished)
