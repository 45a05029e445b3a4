"""What workers on other machines need, however they are started: credentials, a path, somebody who replaces them."""

import contextlib
import importlib
import os
import shlex
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import psutil
from dask.distributed import Client, Security
from tornado.ioloop import PeriodicCallback

from ultragain.errors import UltraGainError

REPLACE_EVERY = 10  # s, between two looks for workers that are lost


def cluster_folder(root):
    """Where a project keeps credentials, job scripts and logs of its workers."""
    return root / "data" / "cluster"


@contextlib.contextmanager
def credentials(root):
    """A key and a certificate for this sweep alone, in files that only their owner can read.

    Parameters
    ----------
    root : Path
        The project's folder, which the workers see too.

    Yields
    ------
    distributed.Security
    """
    made = Security.temporary()
    cluster_folder(root).mkdir(parents=True, exist_ok=True)
    mine = f".credentials-{socket.gethostname()}~"  # a sign that no name of another host goes on with
    for folder in cluster_folder(root).glob(f"{mine}*"):
        if not psutil.pid_exists(int(folder.name.removeprefix(mine).partition("~")[0])):
            shutil.rmtree(folder, ignore_errors=True)  # of a sweep that was killed
    with tempfile.TemporaryDirectory(prefix=f"{mine}{os.getpid()}~", dir=cluster_folder(root)) as folder:
        security = security_in(Path(folder))
        for path, content in (
            (security.tls_worker_cert, made.tls_worker_cert),
            (security.tls_worker_key, made.tls_worker_key),
        ):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(content)
        yield security


def security_in(folder):
    """Settings that name the certificate and the key in a folder for every role."""
    certificate, key = str(folder / "certificate.pem"), str(folder / "key.pem")
    roles = ("client", "scheduler", "worker")
    return Security(
        require_encryption=True,
        tls_ca_file=certificate,
        **{f"tls_{role}_cert": certificate for role in roles},
        **{f"tls_{role}_key": key for role in roles},
    )


def start(kind, made, *arguments, **options):
    """Make a Dask cluster; whatever keeps it from starting is one line."""
    try:
        return made(*arguments, **options)
    except Exception as error:  # whatever asyncssh, the other machine's shell or its Python has to say
        first = error
        while first.__context__ is not None:  # tidying up after a failed start fails, too
            first = first.__context__
        raise UltraGainError(f"--cluster {kind}: does not start ({one_line(first)})") from error


async def fulfil(cluster):
    """Start those of the cluster's listed workers that are not there."""
    await cluster


@contextlib.contextmanager
def client_of(cluster):
    """A client of a cluster whose lost workers are replaced, for instance those whose job's time was up."""

    async def replace():
        with contextlib.suppress(Exception):  # the batch system is away: the next look may find it
            await fulfil(cluster)

    looks = PeriodicCallback(replace, 1000 * REPLACE_EVERY)
    cluster.loop.add_callback(looks.start)
    try:
        with Client(cluster) as client:
            yield client
    finally:
        cluster.loop.add_callback(looks.stop)


def need(module):
    """Import a module of the extra `cluster`, or say how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UltraGainError(
            f"{module.replace('_', '-')} is not installed: pip install -r requirements.lock"
        ) from error


def check_paths(root):
    """Refuse paths that Dask, which writes them into scripts and command lines as they are, would break."""
    for path in (str(root), sys.executable):
        if shlex.quote(path) != path:
            raise UltraGainError(
                f"{path}: a job script cannot carry this path; move the project to one without spaces or signs"
            )


def one_line(error):
    """What an error says, in a line; a failed command's is what it wrote to stderr."""
    text = str(error).partition("stderr:\n")[2] or str(error)
    return " ".join(text.split())[:200] or type(error).__name__


def notify(text):
    """Tell a person something while a sweep starts."""
    print(text, file=sys.stderr, flush=True)
