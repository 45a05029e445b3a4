"""A guitar through a trained model, over a real audio server: JACK with its dummy driver."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from jack_server import serve
from made_networks import decibels
from made_project import REPOSITORY, SAMPLE_RATE, plucks

from ultragain.experiment import load_experiment
from ultragain.export.find import best_run
from ultragain.models.keras_file import weights_of
from ultragain.training import runs

pytestmark = pytest.mark.system

BLOCK = 256
ULTRAGAIN = Path(sys.executable).with_name("ultragain")
GUITAR = Path(__file__).with_name("guitar.py")


@pytest.fixture(scope="module")
def jack(tmp_path_factory):
    server, environment = serve(tmp_path_factory.mktemp("jack") / "log", BLOCK)
    yield environment
    server.terminate()
    server.wait(10)


def best_of(family):
    """The best published run of a family on the virtual preamp."""
    device = load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml").device
    return best_run({"family": family, "gain": "High"}, device, "full", REPOSITORY)


def played(finished, dry, folder, environment):
    """Play a guitar live for some seconds: the last line that is said, and what came back."""
    np.save(folder / "dry.npy", dry)
    files = [folder / "dry.npy", folder / "wet.npy"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    guitar = subprocess.Popen([sys.executable, GUITAR, "Guitar", *files], env=environment, **pipes)
    assert guitar.stdout.readline() == "ready\n"
    command = [ULTRAGAIN, "play", finished.folder, "--live", "--interface", "Guitar", "--block", f"{BLOCK}"]
    options = {"env": environment, "capture_output": True, "text": True, "cwd": REPOSITORY, "timeout": 120}
    done = subprocess.run([*command, "--seconds", "3"], **options)
    guitar.communicate(timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1], np.load(files[1]).astype(np.float64)


@pytest.mark.parametrize("family", ["wavenet", "lstm-stateful"])
def test_it_is_played_as_predicted_and_no_block_is_lost(jack, tmp_path, family):
    finished, dry = best_of(family), plucks(1.0, np.random.default_rng(5))
    for _ in range(3):  # a machine that is busy with something else loses some, now and then
        said, recorded = played(finished, dry, tmp_path, jack)
        if said.endswith("; 0 blocks lost"):
            break
    assert f"in blocks of {BLOCK} samples" in said and said.endswith("; 0 blocks lost"), said
    assert float(re.search(r"(\d+) % of a core", said)[1]) < 100
    parameters = finished.parameters | {"threads": 1}
    weights = weights_of((finished.folder / runs.MODEL).read_bytes())
    effect = finished.family.play(finished.family.model(weights, parameters), parameters)
    silence = np.zeros(SAMPLE_RATE // 2)  # after which the model has come to rest there, too
    predicted = effect(np.concatenate([silence, dry]))[len(silence) :].astype(np.float64)
    start = int(np.argmax(np.correlate(recorded, predicted, "valid")))
    assert decibels(predicted, recorded[start : start + len(predicted)]) < -90
