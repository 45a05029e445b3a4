"""Recording sessions through a real audio server: JACK with its dummy driver, and a rig that plays an amplifier."""

import functools
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from jack_server import serve
from made_project import SAMPLE_RATE, plucks

from ultragain import audio
from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.circuits.solver import Simulation
from ultragain.experiment import load_experiment
from ultragain.metrics import esr
from ultragain.recording.layout import Take
from ultragain.recording.load import load_recordings
from ultragain.rig.calibration import CLICK_LEVEL, with_clicks

pytestmark = pytest.mark.system

ULTRAGAIN = Path(sys.executable).with_name("ultragain")
RIG = Path(__file__).with_name("rig.py")
# Long, so that a busy machine keeps up: 186 ms. The loop through the rig is late by one of them.
PERIOD = 8192
FOLDER = "data/recordings/TestAmp/Lead"
RECORD = ("record", "experiments/test.yaml", "--interface", "Scarlett")
SETTINGS = {
    "name": "Scarlett",
    "inputs": 2,
    "dry": 2,
    "wet": 1,
    "circuit": "dsl20h",
    "gain": 8,
    "latency": 1234,
    "wet_delay": 0,
    "dry_level": 0.5,
    "wet_level": 0.9,
    "drop_at": 0,
    "noise_volts": 1e-6,
    "loopbacks": [],
    "input_noise": 0.0,
}


@pytest.fixture(scope="module")
def jack(tmp_path_factory):
    """The environment of a JACK server that lasts for all tests."""
    server, environment = serve(tmp_path_factory.mktemp("jack") / "log", PERIOD)
    yield environment
    server.terminate()
    server.wait(10)


@pytest.fixture
def rig(jack):
    """Start rigs, each with some settings of its own; they end with the test."""
    started = []

    def start(*rigs, environment=jack):
        commands = [[sys.executable, RIG, json.dumps(SETTINGS | settings)] for settings in rigs]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes = [subprocess.Popen(command, env=environment, **pipes) for command in commands]
        started.extend(processes)
        assert all(process.stdout.readline() == "ready\n" for process in processes)

    yield start
    for process in started:
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture
def project(tmp_path, settings, monkeypatch):
    """An experiment on one's own amplifier that plays two short files, and has no recordings yet."""
    settings["device"] |= {"gains": {"High": 8}, "dry": "inputs", "controls": {"treble": 5}}
    settings["real_rig"] = {"channel": "Ultra Gain", "tone_shift": False, "gain": {"Low": 2, "High": 8}}
    settings["test_riffs"] = ["one"]
    root = tmp_path / "project"
    (root / "experiments").mkdir(parents=True)
    (root / "_toc.yml").touch()
    (root / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings))
    for number, name in enumerate(("one", "study")):
        audio.write_wav(root / "data/inputs" / f"{name}.wav", plucks(0.25, np.random.default_rng(number)), SAMPLE_RATE)
    monkeypatch.chdir(root)
    return root


class Command:
    """An ultragain command, begun at once; its end is waited for when something of it is asked."""

    def __init__(self, environment, *arguments, answers=None):
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self.process = subprocess.Popen([ULTRAGAIN, *arguments], env=environment, text=True, **pipes)
        self.answers = answers

    @functools.cached_property
    def _ended(self):
        return self.process.communicate(self.answers, timeout=120)

    @property
    def out(self):
        return self._ended[0]

    @property
    def err(self):
        return self._ended[1]

    @property
    def code(self):
        assert self._ended
        return self.process.returncode


@pytest.fixture
def ultragain(jack, project):
    """Start a command in the project, with these answers to its questions; none outlives the test."""
    started = []

    def start(*arguments, environment=jack, answers=None):
        started.append(Command(environment, *arguments, answers=answers))
        return started[-1]

    yield start
    for command in started:
        command.process.kill()
        command.process.wait()


def loaded(split, gain, name):
    take = Take(FOLDER, split, gain, name)
    known = json.loads(take.wet.with_suffix(".json").read_text())
    return audio.read(take.dry, SAMPLE_RATE), audio.read(take.wet, SAMPLE_RATE), known


def played(name):
    return audio.read(f"data/inputs/{name}.wav", SAMPLE_RATE)


def amplified(dry, circuit="dsl20h", gain=8):
    """What the rig's amplifier makes of a performance between its clicks, simulated in one piece."""
    programme = with_clicks(dry, SAMPLE_RATE)
    netlist = build(circuit, gain, {})
    simulation = Simulation(netlist, 2 * SAMPLE_RATE)
    fast = np.empty(2 * len(programme.played))
    fast[1::2] = programme.played
    fast[0::2] = (np.concatenate([[0], programme.played[:-1]]) + programme.played) / 2
    wet = simulation.run(fast)[1::2] - simulation.operating_point[netlist.output]
    return wet[programme.music] / CIRCUITS[circuit].full_scale_volts


def files():
    return {path: path.stat().st_mtime_ns for path in Path("data/recordings").rglob("*") if path.is_file()}


def test_a_session(ultragain, rig):
    rig({})
    listed = ultragain("devices")
    assert listed.code == 0 and "Scarlett" in listed.out and "JACK" in listed.out

    session = ultragain(*RECORD, "--replicates", answers="y\n" * 10)  # a busy machine may ask for a take again
    assert session.code == 0, session.out + session.err
    for line in (
        "gain High: set the rig like this",
        "treble      5",
        "tone shift  off",
        "gain        8",
        "Ready to play",
    ):
        assert line in session.out
    assert f"dry on input 2, wet on input 1, wet inverted, latency {PERIOD + 1234} samples" in session.out
    for split, name in (("Test", "one"), ("Train", "study"), ("Replicate", "one")):
        dry, wet, known = loaded(split, "High", name)
        np.testing.assert_allclose(dry, 0.5 * played(name), atol=2**-23)
        assert esr(0.9 * amplified(played(name)), wet) < 1e-5  # one sample off would be 0.1
        assert known["latency_samples"] == PERIOD + 1234
        assert known["inputs"] == {"dry": 2, "wet": 1}
        assert known["polarity"] == {"dry": 1, "wet": -1}
        assert known["click_dbfs"]["dry"] == pytest.approx(20 * np.log10(0.5 * CLICK_LEVEL), abs=0.01)
        knobs = {"gain": 8, "treble": 5, "channel": "Ultra Gain", "tone_shift": False}
        assert known["settings"] == {"gain": "High", "knobs": knobs}
        assert known["interface"]["recorder"].startswith("Scarlett (JACK")
        assert known["peak_dbfs"]["wet"] == pytest.approx(audio.peak_dbfs(wet), abs=0.01)
        assert known["wet_noise_floor_dbfs"] < known["rms_dbfs"]["wet"] - 30
    assert 0 < esr(loaded("Test", "High", "one")[1], loaded("Replicate", "High", "one")[1]) < 1e-5
    assert len(files()) == 9
    recordings = load_recordings(load_experiment("experiments/test.yaml"), Path(), "High")
    assert (len(recordings.train), list(recordings.riffs), list(recordings.replicates)) == (1, ["one"], ["one"])

    before = files()
    session = ultragain(*RECORD)
    assert session.code == 0 and "all 2 takes are recorded" in session.out
    assert files() == before
    session = ultragain(*RECORD, "--riff", "one", "--overwrite", "--yes")
    assert session.code == 0, session.err
    changed = {str(path) for path, time in files().items() if before[path] != time}
    assert changed == {f"{FOLDER}/Test/High/{name}" for name in ("Dry/d_one.wav", "Wet/w_one.wav", "Wet/w_one.json")}


def test_an_interrupted_session_goes_on_at_the_next_riff(ultragain, rig):
    rig({})
    session = ultragain(*RECORD, "--yes")
    while "kept: Test/High/one" not in session.process.stdout.readline():
        assert session.process.poll() is None
    time.sleep(1)  # in the middle of the second
    session.process.send_signal(signal.SIGINT)
    assert "interrupted: 1 take recorded" in session.err
    assert session.code == 130
    before = files()
    assert {path.name for path in before} == {"d_one.wav", "w_one.wav", "w_one.json"}
    session = ultragain(*RECORD, "--yes")
    assert session.code == 0 and "1 of 2 takes to record" in session.out
    assert {path: time for path, time in files().items() if path in before} == before
    assert len(files()) == 6


def test_a_lost_buffer_is_found_and_the_take_recorded_again(ultragain, rig):
    for attempt in range(3):
        rig({"name": f"Scarlett{attempt}", "circuit": "sd1", "latency": PERIOD + 1000, "drop_at": 60_000})
        session = ultragain(*RECORD[:2], "--interface", f"Scarlett{attempt}", "--riff", "one", "--yes", "--overwrite")
        if "the computer was too slow" not in session.err:
            break  # a buffer that JACK itself lost hides the one that the rig loses, once
    assert f"refused: Test/High/one: {PERIOD} samples were lost between the clicks" in session.err
    assert session.code == 0 and "kept: Test/High/one" in session.out
    # the rig has lost that buffer for good: its latency is shorter now
    assert loaded("Test", "High", "one")[2]["latency_samples"] == PERIOD + 1000


def test_a_rig_without_a_splitter_and_one_with_a_digital_delay(ultragain, rig):
    rig(
        {"latency": 777, "wet_delay": 300, "dry": 1, "wet": 2, "wet_level": -0.9},
        {"name": "Babyface", "latency": 444, "dry": None, "inputs": 1},
    )
    split = ultragain(*RECORD, "--riff", "one", "--yes")
    apart = ("--input-device", "babyface", "--output-device", "babyface jack")
    lone = ultragain(*RECORD[:2], *apart, "--riff", "study", "--yes", "--wet-only")

    assert split.code == 0, split.err
    dry, wet, known = loaded("Test", "High", "one")
    np.testing.assert_allclose(dry, 0.5 * played("one"), atol=2**-23)
    assert esr(-0.9 * amplified(played("one")), wet) < 1e-5
    assert (known["latency_samples"], known["wet_delay_samples"]) == (PERIOD + 777, 300)
    assert (known["inputs"], known["polarity"]) == ({"dry": 1, "wet": 2}, {"dry": 1, "wet": 1})

    assert lone.code == 0, lone.err
    dry, wet, known = loaded("Train", "High", "study")
    np.testing.assert_array_equal(dry, played("study"))
    assert esr(0.9 * amplified(dry), wet) < 1e-5
    assert (known["latency_samples"], known["inputs"]) == (PERIOD + 444, {"dry": None, "wet": 1})


def test_an_interface_with_loopback_inputs(ultragain, rig):
    rig(
        {"inputs": 4, "loopbacks": [3, 4], "input_noise": 1e-4},
        {"name": "Babyface", "inputs": 3, "dry": None, "wet": 2, "loopbacks": [1, 3], "input_noise": 1e-4},
    )
    split = ultragain(*RECORD, "--riff", "one", "--yes")
    lone = ultragain(*RECORD[:2], "--interface", "Babyface", "--riff", "study", "--yes", "--wet-only")
    assert split.code == 0, split.err
    dry, wet, known = loaded("Test", "High", "one")
    assert (known["inputs"], known["latency_samples"]) == ({"dry": 2, "wet": 1}, PERIOD + 1234)
    np.testing.assert_allclose(dry, 0.5 * played("one"), atol=1e-3)
    assert esr(0.9 * amplified(played("one")), wet) < 1e-4
    assert lone.code == 0, lone.err
    assert loaded("Train", "High", "study")[2]["inputs"] == {"dry": None, "wet": 2}
    assert esr(0.9 * amplified(played("study")), loaded("Train", "High", "study")[1]) < 1e-4


def test_a_level_that_is_turned_down_between_takes(ultragain, rig):
    rig({}, {"name": "Turned", "wet_level": 0.45})
    first = ultragain(*RECORD, "--riff", "one", "--yes")
    assert first.code == 0, first.err
    before = files()
    turned = (*RECORD[:2], "--interface", "Turned", "--yes")
    rest = ultragain(*turned)
    assert (
        "the clicks come back 6.0 dB quieter on the wet input (1) than in Test/High/one: a level or a knob" in rest.err
    )
    assert rest.code == 1 and files() == before
    again = ultragain(*turned, "--overwrite")
    assert again.code == 0 and "2 takes recorded" in again.out, again.err
    levels = [loaded(*take)[2]["click_dbfs"]["wet"] for take in (("Test", "High", "one"), ("Train", "High", "study"))]
    assert levels[0] == pytest.approx(levels[1], abs=0.05)  # the amplifier hisses


def test_bad_rigs_are_refused_with_the_reason(ultragain, rig):
    reasons = {
        "Loud": ({"wet_level": 3}, "input 1 clips: turn its level down"),
        "Off": ({"circuit": None}, "the wet signal is silent"),
        "Unsplit": ({"dry": None}, "no input returns what was played"),
    }
    rig(*({"name": name} | settings for name, (settings, _) in reasons.items()))
    sessions = {name: ultragain(*RECORD[:2], "--interface", name, "--riff", "one", "--yes") for name in reasons}
    for name, (_, reason) in reasons.items():
        assert sessions[name].err.strip().splitlines()[-1].startswith(f"Error: Test/High/one: refused: {reason}")
        assert sessions[name].code == 1
    asked = ultragain(*RECORD[:2], "--interface", "Loud", "--riff", "one", answers="y\nn\n")
    assert "Record it again? [Y/n]" in asked.out
    assert asked.code == 1 and "1 of 1 still missing" in asked.err
    assert files() == {}


def test_an_interface_that_is_not_there_or_runs_at_another_rate(ultragain, rig, project):
    rig({"circuit": None})
    missing = ultragain(*RECORD[:2], "--interface", "Focusrite")
    unclear = ultragain(*RECORD[:2])
    # this machine may have a sound card
    assert re.search(r"no audio device with inputs is called Focusrite; there are .*\b\d+: system \(JACK", missing.err)
    assert re.search(r"several audio devices could be meant: .*\b\d+: system \(JACK", unclear.err)
    file = project / "experiments/test.yaml"
    file.write_text(file.read_text().replace("sample_rate: 44100", "sample_rate: 48000"))
    faster = ultragain(*RECORD)
    assert faster.code == 1 and len(faster.err.strip().splitlines()) == 1
    assert "Scarlett (JACK Audio Connection Kit): cannot be used at 48000 Hz (Invalid sample rate" in faster.err


def test_a_server_that_dies_in_the_middle_of_a_take(ultragain, rig, tmp_path):
    (tmp_path / "dies").mkdir()
    server, environment = serve(tmp_path / "dies" / "log", PERIOD)
    rig({"circuit": "sd1"}, environment=environment)
    session = ultragain(*RECORD, "--yes", environment=environment)
    while "PortAudio:in_0" not in subprocess.run(["jack_lsp"], env=environment, capture_output=True, text=True).stdout:
        assert session.process.poll() is None
        time.sleep(0.1)
    time.sleep(1)  # of the 4 s that a take lasts
    server.terminate()  # killed, it would leave its entry in JACK's table of eight servers
    server.wait(10)
    assert "stopped in the middle of a take: is it connected" in session.err
    assert session.code == 1 and files() == {}
    for left in Path("/dev/shm").glob(f"jack_sem.*_{environment['JACK_DEFAULT_SERVER']}_*"):
        left.unlink()
