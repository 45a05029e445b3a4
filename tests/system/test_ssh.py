"""Workers started over ssh, on a machine that asyncssh's own server plays."""

import asyncio
import contextlib
import getpass
import os
import threading

import asyncssh
import pytest

from ultragain.cluster_settings import Cluster
from ultragain.errors import UltraGainError
from ultragain.sweep.cluster import connect

pytestmark = pytest.mark.system


@pytest.fixture
def machines(tmp_path, monkeypatch):
    """Two names of this machine that ~/.ssh/config knows, behind a server that wants a key."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    user, host_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    user.write_private_key(home / ".ssh" / "id")
    user.write_public_key(home / ".ssh" / "authorized")

    async def run(process):
        child = await asyncio.create_subprocess_shell(
            process.command, cwd=home, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        await asyncio.gather(pass_on(child.stdout, process.stdout), pass_on(child.stderr, process.stderr))
        process.exit(await child.wait())

    async def pass_on(source, target):
        with contextlib.suppress(BrokenPipeError):  # the client is gone
            while data := await source.read(2**16):
                target.write(data)

    async def serve():
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            process_factory=run,
            encoding=None,
            line_editor=False,
            authorized_client_keys=str(home / ".ssh" / "authorized"),
        )

    async def finish(server):
        server.close()
        if others := asyncio.all_tasks() - {asyncio.current_task()}:  # whatever still watches a command
            await asyncio.wait(others, timeout=30)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    port = server.get_port()
    (home / ".ssh" / "known").write_text(f"[127.0.0.1]:{port} {host_key.export_public_key().decode()}")
    (home / ".ssh" / "config").write_text(
        f"Host one two three\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n"
        f" UserKnownHostsFile {home}/.ssh/known\nHost one two\n IdentityFile {home}/.ssh/id\n"
    )
    yield
    asyncio.run_coroutine_threadsafe(finish(server), loop).result(40)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_workers_are_shared_out_among_machines(machines, project):
    settings = Cluster(ssh={"hosts": ["one", "two"], "interface": "lo"})
    with connect(3, cluster="ssh", settings=settings) as client:
        client.wait_for_workers(3, timeout=60)
        assert client.scheduler.address.startswith("tls://")
        assert set(client.run(os.getcwd).values()) == {str(project)}
        assert {worker["nthreads"] for worker in client.scheduler_info()["workers"].values()} == {1}
    assert list((project / "data" / "cluster").iterdir()) == []


def test_a_machine_that_lets_nobody_in_is_one_line(machines, project):
    settings = Cluster(ssh={"hosts": ["three"], "interface": "lo"})
    with pytest.raises(UltraGainError, match="--cluster ssh: does not start .*Permission denied") as error:
        with connect(1, cluster="ssh", settings=settings):
            pass
    assert "\n" not in str(error.value)
