"""JupyterLab as the tests start it: on this machine alone, with its own files in a folder of the test's."""

import contextlib
import json
import os
import subprocess
import sys
import time

SERVER = {
    "ServerApp": {"ip": "127.0.0.1", "port": 0, "open_browser": False, "allow_root": True},
    # what would ask the world for news, newer versions and extensions
    "LabApp": {
        "news_url": None,
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "extension_manager": "readonly",
        "expose_app_in_browser": True,  # as `jupyterapp`
    },
}
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "extensionmanager-extension/plugin": {"enabled": False},
}
SECONDS = 60  # to start or to stop


@contextlib.contextmanager
def jupyterlab(root, home, environment=None, theme="JupyterLab Light"):
    """Start JupyterLab on a folder, and stop it with its kernels.

    Parameters
    ----------
    root : Path
        The folder that it shows.
    home : Path
        Where it keeps its own files.
    environment : dict of str to str, optional
        For it and its kernels, besides this process's.
    theme : str

    Yields
    ------
    url, token : str
        Of the server; the URL ends in a slash.
    """
    names = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"]
    names += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
    places = {name: home / name.lower() for name in names}
    files = {places["JUPYTER_CONFIG_DIR"] / "jupyter_lab_config.json": SERVER}
    for name, content in (SETTINGS | {"apputils-extension/themes": {"theme": theme}}).items():
        files[places["JUPYTERLAB_SETTINGS_DIR"] / f"@jupyterlab/{name}.jupyterlab-settings"] = content
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    log = home / "log.txt"
    with log.open("w") as told:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}"],
            cwd=root,
            env=os.environ | {name: f"{path}" for name, path in places.items()} | (environment or {}),
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    try:
        running = _address(server, places["JUPYTER_RUNTIME_DIR"] / f"jpserver-{server.pid}.json", log)
        yield running["url"], running["token"]
    finally:
        server.terminate()
        server.wait(SECONDS)


def _address(server, path, log):
    """What the server writes about itself once it listens."""
    deadline = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            return json.loads(path.read_text())
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)
