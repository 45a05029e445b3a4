"""Choosing an interface, and what is recorded through it; tests/system records through a real audio server."""

import builtins
import io
import re

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import REPOSITORY

from ultragain.cli.main import main
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.rig import interface
from ultragain.rig.interface import AudioDevice
from ultragain.rig.meters import meters
from ultragain.rig.session import planned_takes, rig_settings

REAL, VIRTUAL = (REPOSITORY / "experiments" / f"{name}.yaml" for name in ("real_amplifier", "dsl20h_ultragain"))

SCARLETT = AudioDevice(0, "Scarlett 2i2 USB", "ALSA", 2, 2, 44100.0)
SCARLETT_JACK = AudioDevice(1, "Scarlett 2i2 USB", "JACK Audio Connection Kit", 2, 2, 44100.0)
MICROPHONE = AudioDevice(2, "Built-in Microphone", "ALSA", 1, 0, 48000.0)
SPEAKER = AudioDevice(3, "Built-in Output", "ALSA", 0, 2, 48000.0)
KNOWN = [SCARLETT, SCARLETT_JACK, MICROPHONE, SPEAKER]
# Windows lists the two directions apart, and the oldest of its systems cuts names off.
MME_IN = AudioDevice(2, "Analogue 1 + 2 (Focusrite USB A", "MME", 2, 0, 44100.0)
MME_OUT = AudioDevice(5, "Speakers (Focusrite USB Audio)", "MME", 0, 2, 44100.0)
WASAPI_IN = AudioDevice(6, "Analogue 1 + 2 (Focusrite USB Audio)", "Windows WASAPI", 2, 0, 44100.0)
WASAPI_OUT = AudioDevice(7, "Speakers (Focusrite USB Audio)", "Windows WASAPI", 0, 2, 44100.0)
WINDOWS = [
    AudioDevice(0, "Microsoft Sound Mapper - Input", "MME", 2, 0, 44100.0),
    AudioDevice(1, "Microphone (Realtek(R) Audio)", "MME", 2, 0, 44100.0),
    MME_IN,
    AudioDevice(3, "Microsoft Sound Mapper - Output", "MME", 0, 2, 44100.0),
    AudioDevice(4, "Speakers (Realtek(R) Audio)", "MME", 0, 2, 44100.0),
    MME_OUT,
    WASAPI_IN,
    WASAPI_OUT,
]


@pytest.mark.parametrize(
    "name, known, direction, chosen",
    [
        (None, [SCARLETT, MICROPHONE, SPEAKER], "inputs", SCARLETT),
        ("1", KNOWN, "inputs", SCARLETT_JACK),
        ("scarlett alsa", KNOWN, "inputs", SCARLETT),
        ("jack", KNOWN, "inputs", SCARLETT_JACK),
        ("built-in", KNOWN, "inputs", MICROPHONE),
        ("built-in", KNOWN, "outputs", SPEAKER),
        ("3", KNOWN, "outputs", SPEAKER),
        *((number, WINDOWS, "inputs", MME_IN) for number in "25"),
        *((number, WINDOWS, "outputs", MME_OUT) for number in "25"),
        *((number, WINDOWS, "inputs", WASAPI_IN) for number in "67"),
        *((number, WINDOWS, "outputs", WASAPI_OUT) for number in "67"),
    ],
)
def test_an_interface_is_known_by_its_name_or_number(name, known, direction, chosen):
    assert interface._choose(name, known, direction) == chosen


@pytest.mark.parametrize(
    "name, known, message",
    [
        (
            "Scarlett",
            KNOWN,
            "several audio devices could be meant: 0: Scarlett 2i2 USB (ALSA); 1: Scarlett 2i2 USB (JACK",
        ),
        (None, KNOWN, "several audio devices could be meant: 0: Scarlett"),
        ("3", KNOWN, "no audio device with inputs is called 3; there are 0: Scarlett"),
        ("3", WINDOWS, "no audio device with inputs is called 3; there are 0: Microsoft Sound Mapper - Input"),
        ("9", KNOWN, "no audio device with inputs is called 9"),
        ("Focusrite", KNOWN, "no audio device with inputs is called Focusrite"),
        ("Scarlett", [SPEAKER], "no audio device has inputs: is the interface connected"),
    ],
)
def test_a_name_that_is_not_clear_is_refused(name, known, message):
    with pytest.raises(UltraGainError, match=re.escape(message)):
        interface._choose(name, known, "inputs")


@pytest.mark.parametrize("number", ["2", "5"])
def test_an_interface_in_two_entries_plays_and_records_by_the_number_of_either(number, monkeypatch):
    class Portaudio:
        PortAudioError = OSError

        @staticmethod
        def check_input_settings(device, channels, samplerate):
            assert (device, channels, samplerate) == (2, 2, 44100)

        @staticmethod
        def check_output_settings(device, channels, samplerate):
            assert (device, channels, samplerate) == (5, 1, 44100)

    monkeypatch.setattr(interface, "audio_devices", lambda: WINDOWS)
    monkeypatch.setattr(interface, "_sounddevice", lambda: Portaudio)
    chosen = interface.Interface(number, 44100)
    assert (chosen.recorder, chosen.player) == (MME_IN, MME_OUT)


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
    assert "is simulated; a real device needs a folder of its own" in fails(VIRTUAL, "--interface", "Scarlett")
    assert "gain Loud: not in the experiment" in fails(VIRTUAL, "--gain", "Loud")


def test_meters_show_level_highest_and_time_left():
    from rich.console import Console

    console = Console(width=80, record=True, file=io.StringIO())
    console.print(meters("Test/High/battery", 5.2, np.array([0.5, 0.0]), np.array([1.0, 0.0])))
    text = console.export_text()
    assert "Test/High/battery: 5 s left" in text
    first, second = text.splitlines()[-2:]
    assert first.count("█") == round(40 * (1 - 6.02 / 60)) and "-6.0" in first and "0.0" in first.split()[-1]
    assert "█" not in second and second.split()[-1] == "silent"
