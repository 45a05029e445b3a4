"""JACK with its dummy driver, which needs no sound card."""

import os
import shutil
import subprocess
import time

import pytest
from made_project import SAMPLE_RATE


def serve(log, period):
    """Start a JACK server of our own, in blocks of so many samples; its process, and the environment of its clients."""
    if not shutil.which("jackd"):
        assert not os.environ.get("CI"), "jackd is missing: apt install jackd2 libportaudio2"
        pytest.skip("needs jackd (apt install jackd2 libportaudio2)")
    name = f"ultragain-{os.getpid()}-{log.parent.name}"
    environment = os.environ | {
        "JACK_DEFAULT_SERVER": name,
        "JACK_NO_START_SERVER": "1",
        "JACK_NO_AUDIO_RESERVATION": "1",
    }
    command = ["jackd", "--name", name, "--no-realtime", "--no-mlock", "--timeout", "5000"]
    command += ["-d", "dummy", "-r", str(SAMPLE_RATE), "-p", str(period)]
    with log.open("w") as file:
        server = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    for _ in range(100):
        time.sleep(0.1)
        listed = subprocess.run(["jack_lsp"], env=environment, capture_output=True, text=True)
        if "system:playback_1" in listed.stdout:
            return server, environment
        assert server.poll() is None, log.read_text()
    raise TimeoutError(log.read_text())
