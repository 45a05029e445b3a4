"""Listing and opening interfaces, and what is recorded; tests/system records through a real audio server."""

import builtins
import io

import numpy as np
import pytest
from click.testing import CliRunner
from device_lists import MACHINES, UMC
from made_project import REPOSITORY

from ultragain.cli.main import main
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.rig import interface
from ultragain.rig.devices import listed
from ultragain.rig.meters import meters
from ultragain.rig.session import planned_takes, rig_settings

REAL, VIRTUAL = (REPOSITORY / "experiments" / f"{name}.yaml" for name in ("real_amplifier", "dsl20h_ultragain"))


class Portaudio:
    """sounddevice on one of the machines, of which some devices run at no rate."""

    class PortAudioError(Exception):
        pass

    def __init__(self, name, broken=()):
        self.lists, self.broken = MACHINES[name], broken

    def query_devices(self):
        return self.lists[0]

    def query_hostapis(self):
        return self.lists[1]

    def check_input_settings(self, device, channels, samplerate):
        self.check(device, channels, samplerate, "max_input_channels")

    def check_output_settings(self, device, channels, samplerate):
        self.check(device, channels, samplerate, "max_output_channels")

    def check(self, device, channels, samplerate, most):
        if device in self.broken or not 0 < channels <= self.lists[0][device][most]:
            raise self.PortAudioError("Invalid sample rate\n[PaErrorCode -9997]")


@pytest.mark.parametrize("name", MACHINES)
def test_every_device_is_listed_on_one_line(name, monkeypatch):
    monkeypatch.setattr(interface, "_sounddevice", lambda: Portaudio(name))
    outcome = CliRunner().invoke(main, ["devices"])
    assert outcome.exit_code == 0
    lines = outcome.stdout.splitlines()
    for device, line in zip(listed(*MACHINES[name]), lines[1:], strict=False):
        assert line.split()[0] == str(device.number) and device.name in line and line.endswith(device.host)
    assert "--input-device NUMBER and --output-device NUMBER" in outcome.stdout
    assert ("SD_ENABLE_ASIO" in outcome.stdout) == ("Windows" in name and "Focusrite USB ASIO" not in outcome.stdout)


def test_the_commands_options_choose(monkeypatch):
    pair = [f"{channels} ({UMC}) (Windows WASAPI)" for channels in ("IN 3-4", "OUT 1-2")]
    places = {str(device): device.number for device in listed(*MACHINES["Windows, UMC"])}
    command = ["record", str(REPOSITORY / "experiments/real_amplifier.yaml"), "--profile", "smoke"]
    command += ["--input-device", "in 3-4", "--output-device", str(places[pair[1]])]
    for device in pair:
        portaudio = Portaudio("Windows, UMC", [places[device]])
        monkeypatch.setattr(interface, "_sounddevice", lambda portaudio=portaudio: portaudio)
        outcome = CliRunner().invoke(main, command)
        assert outcome.exit_code == 1
        assert outcome.stderr == (
            f"Error: {device}: cannot be used at 44100 Hz (Invalid sample rate [PaErrorCode -9997]): "
            "set this rate in its own settings, and close other programs that use it\n"
        )


def test_an_interface_of_two_devices_says_both(monkeypatch):
    monkeypatch.setattr(interface, "_sounddevice", lambda: Portaudio("Windows, UMC"))
    both = interface.Interface("umc", 44100, 2, "IN 1-2", "OUT 3-4")
    pair = [f"{channels} ({UMC}) (Windows WASAPI)" for channels in ("IN 1-2", "OUT 3-4")]
    assert str(both) == " and ".join(pair)
    assert both.description == {
        "recorder": pair[0],
        "player": pair[1],
        "inputs": 2,
        "output": 2,
        "sample_rate": 44100,
    }
    with pytest.raises(UltraGainError, match=r"OUT 3-4 .*: has no output 3, only 2"):
        interface.Interface("umc", 44100, 3, "IN 1-2", "OUT 3-4")


def test_a_missing_portaudio_is_one_line(monkeypatch):
    original = builtins.__import__

    def broken(name, *arguments, **options):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")  # what sounddevice raises
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", broken)
    outcome = CliRunner().invoke(main, ["devices"])
    assert outcome.exit_code == 1
    assert "apt install libportaudio2" in outcome.stderr and len(outcome.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("path, profile", [(REAL, "smoke"), (REAL, "full"), (VIRTUAL, "smoke")])
def test_all_takes_of_an_experiment_are_planned(path, profile, tmp_path):
    experiment = load_experiment(path, profile)
    if experiment.is_virtual:
        experiment = experiment.with_recordings(tmp_path / "Amp" / "Lead")
    planned = planned_takes(experiment, tmp_path)
    assert [take.gain for take in planned] == sorted((take.gain for take in planned), key=["Low", "Mid", "High"].index)
    each = [f"{take.take.split}/{take.performance.name}" for take in planned if take.gain == "High"]
    assert each[:6] == [f"Test/{riff}" for riff in experiment.test_riffs]
    assert each[6] == "Train/study01" and len(planned) == 3 * len(each)
    assert not any(take.is_recorded for take in planned)
    again = planned_takes(experiment, tmp_path, ["High"], ["battery"], replicates=True)
    assert [str(take) for take in again] == ["Test/High/battery", "Replicate/High/battery"]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"gains": ["Loud"]}, "gain Loud: not in the experiment; it has Low, Mid, High"),
        ({"riffs": ["mine"]}, "riff mine: is not played in this experiment; there are battery, electricEye"),
    ],
)
def test_unknown_gains_and_riffs_are_named(options, message, tmp_path):
    with pytest.raises(UltraGainError, match=message):
        planned_takes(load_experiment(REAL, "smoke"), tmp_path, **options)


def test_the_rig_is_told_gain_by_gain():
    assert rig_settings(load_experiment(REAL), "Mid")["gain"] == 5
    told = rig_settings(load_experiment(VIRTUAL), "High")
    assert (told["gain"], told["volume"], told["tone_shift"], told["taken_at"]) == (8, 10, False, "FX loop send")
    pedal = rig_settings(load_experiment(REPOSITORY / "experiments" / "sd1_ds340.yaml"), "Low")
    assert pedal["drive"] == 2 and "gain" not in pedal
    own = load_experiment(REAL)
    told = rig_settings(own.model_copy(update={"real_rig": {"master": {"Low": 8, "Mid": 6, "High": 5}}}), "High")
    assert (told["gain"], told["master"]) == (8, 5)
    told = rig_settings(own.model_copy(update={"real_rig": {"gain": {"Low": 1, "Mid": 2, "High": 3}}}), "High")
    assert told["gain"] == 3


def fails(*arguments):
    outcome = CliRunner().invoke(main, ["record", *map(str, arguments)])
    assert outcome.exit_code == 1 and len(outcome.stderr.strip().splitlines()) == 1
    return outcome.stderr


def test_what_a_simulated_device_cannot_do_is_said(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    assert "--overwrite: is for recording through an interface" in fails(VIRTUAL, "--overwrite")
    assert "--wet-only: is for recording through an interface" in fails(VIRTUAL, "--wet-only")
    for option in ("--interface", "--input-device", "--output-device"):
        assert "is simulated; a real device needs a folder of its own" in fails(VIRTUAL, option, "Scarlett")
    assert "gain Loud: not in the experiment" in fails(VIRTUAL, "--gain", "Loud")


def test_meters_show_level_highest_and_time_left():
    from rich.console import Console

    console = Console(width=80, record=True, file=io.StringIO())
    console.print(meters("Test/High/battery: 5 s left", [1, 2], np.array([0.5, 0.0]), np.array([1.0, 0.0])))
    text = console.export_text()
    assert "Test/High/battery: 5 s left" in text
    first, second = text.splitlines()[-2:]
    assert first.count("█") == round(40 * (1 - 6.02 / 60)) and "-6.0" in first and "0.0" in first.split()[-1]
    assert "█" not in second and second.split()[-1] == "silent"
