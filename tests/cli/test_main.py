"""What a person sees on the command line when something is wrong: one line, a non-zero exit, nothing lost."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from made_project import SAMPLE_RATE, plucks, write_take

from ultragain.cli.main import main

RECORDINGS = "data/recordings/TestAmp/Lead"


def fails(*arguments):
    outcome = CliRunner().invoke(main, arguments)
    assert outcome.exit_code == 1
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) == 1, outcome.output
    return lines[0]


@pytest.mark.parametrize("command", ["sweep", "results"])
def test_a_missing_experiment(project, command):
    assert "none.yaml: cannot be read (No such file or directory)" in fails(command, "none.yaml")


def test_an_unknown_profile(project):
    assert "--profile huge: unknown; allowed: tiny, longer" in fails(
        "sweep", "experiments/test.yaml", "--profile", "huge"
    )


def test_an_unknown_key(project):
    with open("experiments/test.yaml", "a") as file:
        file.write("colour: red\n")
    assert "unknown key colour; allowed here: title, device" in fails("sweep", "experiments/test.yaml")


def test_an_empty_recordings_folder(project):
    shutil.rmtree(RECORDINGS)
    assert "no such recordings folder" in fails("sweep", "experiments/test.yaml")
    (project / RECORDINGS).mkdir()
    assert "holds no recordings: it needs {Train,Val,Test,Replicate}/<gain>/" in fails("sweep", "experiments/test.yaml")
    for given in ("elsewhere", "C:\\MyAmp\\Lead", "MyAmp/Lead:2"):
        message = fails("sweep", "experiments/test.yaml", "--recordings", given)
        assert message == f"Error: --recordings {given}: no such recordings folder"


def test_a_folder_is_found_in_either_form_of_its_umlauts(project):
    """As one that was copied from a Mac, whose umlauts are two signs, and is typed elsewhere."""
    (project / "Ga\u0308ste").mkdir()
    (project / RECORDINGS).rename(project / "Ga\u0308ste" / "Lead")
    outcome = CliRunner().invoke(main, ["status", "experiments/test.yaml", "--recordings", "G\u00e4ste/Lead"])
    assert outcome.exit_code == 0 and "0 of 8 runs done" in outcome.stdout


def test_a_dry_file_without_its_wet_one(project):
    (project / RECORDINGS / "Train/Low/Wet/w_study.wav").unlink()
    assert "w_study.wav: is missing" in fails("sweep", "experiments/test.yaml")


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda dry: (dry, dry[:-1], SAMPLE_RATE), "samples, its dry file"),
        (lambda dry: (dry, dry, 48000), "48000 Hz"),
        (lambda dry: (dry, 0 * dry, SAMPLE_RATE), "is silent"),
    ],
)
def test_a_bad_recording(project, change, message):
    write_take(project / RECORDINGS, "Test", "High", "one", *change(plucks(0.5, np.random.default_rng(0))))
    assert message in fails("sweep", "experiments/test.yaml")
    assert not (project / "data/runs").exists()


def test_no_runs_yet(project):
    assert "no finished runs of 'test' at profile tiny" in fails("results", "experiments/test.yaml")


def test_outside_a_project(tmp_path, monkeypatch, project):
    monkeypatch.chdir(tmp_path)
    assert "not inside an UltraGain checkout" in fails("sweep", str(project / "experiments/test.yaml"))


def test_every_key_is_explained():
    outcome = CliRunner().invoke(main, ["keys"])
    assert outcome.exit_code == 0
    lines = outcome.stdout.splitlines()
    assert all(line.split(maxsplit=1)[1:] for line in lines)
    assert any(line.strip().startswith("contexts") for line in lines)


ULTRAGAIN = Path(sys.executable).with_name("ultragain")


def printed(*command, **options):
    return subprocess.run([ULTRAGAIN, *command], stderr=subprocess.PIPE, timeout=120, **options)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_a_sign_that_the_terminal_lacks_is_no_error(project, encoding):
    (project / RECORDINGS / "Test/High").rename(project / RECORDINGS / "Test/H\u00f6he \u30b2")
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    outcome = printed("check", RECORDINGS, stdout=subprocess.PIPE, env=environment)
    assert outcome.returncode == 1  # gains that do not have all takes
    assert "Test/H\u00f6he \u30b2/Dry/d_one.wav".encode(encoding, "backslashreplace") in outcome.stdout
    assert outcome.stderr == b""


@pytest.mark.parametrize("command, code", [(["keys"], 0), (["check", RECORDINGS], 0), (["check", "nowhere"], 1)])
def test_a_pipe_that_nobody_reads_is_no_error(project, command, code):
    """As with `ultragain check DIR | head`: the command goes on to its own end."""
    reader, writer = os.pipe()
    os.close(reader)
    outcome = printed(*command, stdout=writer)
    os.close(writer)
    assert (outcome.returncode, outcome.stderr) == (code, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's full disk")
def test_a_full_disk_is_an_error(project):
    with open("/dev/full", "wb") as full:
        outcome = printed("keys", stdout=full)
    assert outcome.returncode == 1
    assert outcome.stderr.decode().splitlines() == ["Error: system: No space left on device"]
