"""What names and numbers choose, on the lists of several machines."""

import itertools
import re
import shlex
from collections import Counter

import pytest
from device_lists import MACHINES, SYSTEMS, UMC, machine

from ultragain.errors import UltraGainError
from ultragain.rig.devices import choose, listed

KNOWN = {name: listed(*lists) for name, lists in MACHINES.items()}
ASIO, WASAPI, MME, JACK = (SYSTEMS[system] for system in ("asio", "wasapi", "mme", "jack"))
DIRECT, MAC, ALSA = SYSTEMS["sound"], SYSTEMS["mac"], SYSTEMS["alsa"]

FOCUSRITE = ("Analogue 1 + 2 (Focusrite USB Audio)", "Speakers (Focusrite USB Audio)")
FIRST = ("Microphone (Scarlett 2i2 USB)", "Speakers (Scarlett 2i2 USB)")
SECOND = ("Microphone (2- Scarlett 2i2 USB)", "Speakers (2- Scarlett 2i2 USB)")
PLAYBACK = (FOCUSRITE[0], "Playback 1 + 2 (Focusrite USB Audio)")
INPUTS, OUTPUTS = ([f"{way} {pair} ({UMC})" for pair in ("1-2", "3-4")] for way in ("IN", "OUT"))


def chosen(name, words):
    """What the options choose on a machine, in the words of a command line."""
    words = iter(shlex.split(words))
    options = {option[2:].replace("-", "_"): value for option, value in zip(words, words, strict=True)}
    return choose(KNOWN[name], **options)


@pytest.mark.parametrize(
    "name, words, host, recorder, player",
    [
        # the driver of the maker, all inputs in one; then what resamples least
        ("Windows, Scarlett", "--interface focusrite", ASIO, "Focusrite USB ASIO", None),
        ("Windows, Scarlett", "--interface 'Focusrite USB Audio'", WASAPI, *FOCUSRITE),
        ("Windows, Scarlett", "--interface 'focusrite mme'", MME, *FOCUSRITE),
        ("Windows, Scarlett", "--interface 'Focusrite DirectSound'", DIRECT, *FOCUSRITE),
        ("Windows, Scarlett", "--interface 'focusrite wdm-ks'", SYSTEMS["wdm"], *FOCUSRITE),
        # a name of one direction, as it is listed by us, by sounddevice, and by what cuts it off
        ("Windows, Scarlett", "--interface 'Analogue 1 + 2 (Focusrite USB Audio)'", WASAPI, *FOCUSRITE),
        ("Windows, Scarlett", "--interface 'Analogue 1 + 2 (Focusrite USB Audio) (MME)'", MME, *FOCUSRITE),
        ("Windows, Scarlett", "--interface 'analogue 1 + 2 (Focusrite USB Audio), MME'", MME, *FOCUSRITE),
        ("Windows, Scarlett", "--interface 'Analogue 1 + 2 (Focusrite USB A'", WASAPI, *FOCUSRITE),
        ("Windows, Scarlett", "--interface '2: Analogue 1 + 2 (Focusrite USB Audio) (MME)'", MME, *FOCUSRITE),
        ("Windows, Scarlett", "--input-device 'analogue 1'", WASAPI, *FOCUSRITE),
        (
            "Windows, Scarlett",
            "--interface focusrite --output-device 'Speakers (Realtek(R) Audio)'",
            WASAPI,
            FOCUSRITE[0],
            "Speakers (Realtek(R) Audio)",
        ),
        # two inputs and two outputs
        ("Windows, UMC", "--input-device 'in 3-4' --output-device 'out 1-2'", WASAPI, INPUTS[1], OUTPUTS[0]),
        ("Windows, UMC", "--input-device 'IN 3-4 MME' --output-device 'OUT 3-4'", MME, INPUTS[1], OUTPUTS[1]),
        ("Windows, UMC", "--interface UMC --input-device 'IN 1-2' --output-device 3-4", WASAPI, INPUTS[0], OUTPUTS[1]),
        # two of a kind
        ("Windows, two equal", "--interface '2- Scarlett'", WASAPI, *SECOND),
        ("Windows, two equal", f"--interface '{FIRST[0]}'", WASAPI, *FIRST),
        ("Windows, two equal", f"--interface '{FIRST[1]}, {MME}'", MME, *FIRST),
        (
            "Windows, two equal",
            f"--input-device '{FIRST[0]}' --output-device '{SECOND[1]}'",
            WASAPI,
            FIRST[0],
            SECOND[1],
        ),
        (
            "Windows, two equal",
            "--interface ur22",
            WASAPI,
            "Line (3- Steinberg UR22mkII )",
            "Line (2- Steinberg UR22mkII )",
        ),
        # the name of before
        ("Windows, moved", "--interface 'Scarlett 2i2 USB'", WASAPI, *SECOND),
        ("Windows, moved", f"--input-device '{FIRST[0]}'", WASAPI, *SECOND),
        (
            "Windows, 1824c",
            "--input-device 'Mic/Inst/Line In 1/2' --output-device 1824c",
            WASAPI,
            "Mic/Inst/Line In 1/2 (2- Studio 1824c)",
            "Main Out 1/2 (2- Studio 1824c)",
        ),
        (
            "Windows, 1824c",
            "--input-device '3/4 mme'",
            MME,
            "Mic/Line In 3/4 (2- Studio 1824c)",
            "Main Out 1/2 (2- Studio 1824c)",
        ),
        (
            "Windows, 1824c",
            "--interface 'usb audio'",
            WASAPI,
            "マイク (USB Audio CODEC )",
            "スピーカー (USB Audio CODEC )",
        ),
        # copies of what is played are not meant
        ("Windows, loopback", "--interface focusrite", WASAPI, *PLAYBACK),
        ("Windows, loopback", "--interface 'focusrite mme'", MME, *PLAYBACK),
        ("Windows, loopback", f"--interface '{PLAYBACK[1]}'", WASAPI, *PLAYBACK),
        (
            "Windows, loopback",
            "--input-device focusrite --output-device realtek",
            WASAPI,
            PLAYBACK[0],
            "Speakers (Realtek(R) Audio)",
        ),
        (
            "Windows, loopback",
            f"--input-device '{PLAYBACK[1]} [Loopback]' --output-device playback",
            WASAPI,
            f"{PLAYBACK[1]} [Loopback]",
            PLAYBACK[1],
        ),
        (
            "Linux, PulseAudio",
            "--interface scarlett",
            SYSTEMS["pulse"],
            "Scarlett 2i2 USB Analog Stereo",
            "Scarlett 2i2 USB Analog Stereo",
        ),
        (
            "Linux, PulseAudio",
            "--input-device scarlett --output-device built-in",
            SYSTEMS["pulse"],
            "Scarlett 2i2 USB Analog Stereo",
            "Built-in Audio Analog Stereo",
        ),
        # nothing knows the rest of this name
        (
            "Windows, MME alone",
            "--interface focusrite",
            MME,
            "Analogue 1 + 2 (Focusrite USB A",
            "Speakers (Focusrite USB Audio)",
        ),
        (
            "Windows, MME alone",
            "--interface 2",
            MME,
            "Analogue 1 + 2 (Focusrite USB A",
            "Speakers (Focusrite USB Audio)",
        ),
        ("Mac, Scarlett", "--interface scarlett", MAC, "Scarlett 2i2 USB", None),
        ("Mac, Scarlett", "--interface 'hauptgera\u0308t'", MAC, "Hauptgerät", None),
        ("Mac, Scarlett", "--interface macbook", MAC, "MacBook Pro Microphone", "MacBook Pro Speakers"),
        (
            "Mac, Scarlett",
            "--input-device Scarlett --output-device MacBook",
            MAC,
            "Scarlett 2i2 USB",
            "MacBook Pro Speakers",
        ),
        ("Mac, apart", "", MAC, "USB Audio CODEC", "USB Audio CODEC"),
        ("Mac, apart", "--interface codec", MAC, "USB Audio CODEC", "USB Audio CODEC"),
        ("Linux, ALSA", "--interface scarlett", ALSA, "Scarlett 2i2 USB: Audio (hw:3,0)", None),
        ("Linux, ALSA", "--interface hw:2,0", ALSA, "USB PnP Sound Device: Audio (hw:2,0)", None),
        ("Linux, ALSA", "--interface 'HDA Intel PCH: ALC887-VD Analog'", ALSA, KNOWN["Linux, ALSA"][0].name, None),
        ("Linux, ALSA", "--interface pulse", ALSA, "pulse", None),
        ("Linux, JACK", "--interface 'scarlett jack'", JACK, "Scarlett 2i2 USB Analog Stereo", None),
        ("Linux, JACK", "--interface 'scarlett alsa'", ALSA, "Scarlett 2i2 USB: Audio (hw:1,0)", None),
        ("Linux, JACK", "--interface system", JACK, "system", None),
    ],
)
def test_a_name_chooses(name, words, host, recorder, player):
    one, other = chosen(name, words)
    assert (one.host, one.name, other.host, other.name) == (host, recorder, host, player or recorder)
    assert one is other or player


@pytest.mark.parametrize("name", KNOWN)
def test_numbers_choose_every_pair_of_one_system(name):
    for one, other in itertools.product(KNOWN[name], KNOWN[name]):
        words = f"--input-device {one.number} --output-device {other.number}"
        if not one.inputs or not other.outputs:
            with pytest.raises(UltraGainError, match="no audio device with (inputs|outputs) is called"):
                chosen(name, words)
        elif one.host != other.host or (one.host == ASIO and one is not other):
            with pytest.raises(UltraGainError, match="cannot be opened together"):
                chosen(name, words)
        else:
            assert chosen(name, words) == (one, other)


@pytest.mark.parametrize("name", KNOWN)
def test_whole_names_choose_every_pair_of_one_system(name):
    """As sounddevice writes them: with the system after a comma."""
    sides = {
        side: Counter(f"{device.name}, {device.host}" for device in KNOWN[name] if getattr(device, side))
        for side in ("inputs", "outputs")
    }
    for one, other in itertools.product(KNOWN[name], KNOWN[name]):
        ours = f"{one.name}, {one.host}", f"{other.name}, {other.host}"
        is_clear = sides["inputs"][ours[0]] == sides["outputs"][ours[1]] == 1
        if is_clear and one.inputs and other.outputs and one.host == other.host != ASIO:
            assert choose(KNOWN[name], None, *ours) == (one, other)


def refusal(name, words):
    with pytest.raises(UltraGainError) as raised:
        chosen(name, words)
    assert len(str(raised.value).splitlines()) == 1
    return str(raised.value)


@pytest.mark.parametrize(
    "name, words, start, candidates",
    [
        ("Windows, Scarlett", "", "several audio devices could be meant", ["Focusrite USB ASIO", "Realtek ASIO"]),
        ("Windows, UMC", "--interface UMC", "several audio devices could be meant: inputs", [*INPUTS, *OUTPUTS]),
        ("Windows, UMC", f"--interface '{INPUTS[0]}'", "several audio devices with outputs could be meant", OUTPUTS),
        (
            "Windows, UMC",
            "--interface 'umc wasapi' --output-device 'OUT 3-4'",
            "several audio devices with inputs could be meant",
            INPUTS,
        ),
        (
            "Windows, two equal",
            "--interface Scarlett",
            "several audio devices could be meant",
            [*FIRST, *SECOND],
        ),
        ("Mac, Scarlett", "", "several audio devices could be meant", ["Scarlett 2i2 USB", "Hauptgerät"]),
        ("Mac, two equal", "", "several audio devices could be meant: 0: Scarlett 2i2 USB (Core Audio); 1: Scarl", []),
        ("Mac, two equal", "--interface scarlett", "several audio devices could be meant", []),
        ("Mac, two equal", "--output-device scarlett", "several audio devices could be meant", []),
        ("Mac, alone", "", "no audio device both plays and records", ["MacBook Air Microphone"]),
        ("Mac, alone", "--interface microphone", "0: MacBook Air Microphone (Core Audio): has no outputs, and", []),
        ("Mac, alone", "--output-device 1", "1: MacBook Air Speakers (Core Audio): has no inputs, and", []),
        ("Mac, alone", "--interface scarlett", "no audio device with inputs is called scarlett; there are 0:", []),
        ("Mac, alone", "--input-device 1 --output-device 1", "no audio device with inputs is called 1; there", []),
        (
            "Linux, JACK",
            "--interface Scarlett",
            "several audio devices could be meant",
            ["Scarlett 2i2 USB: Audio (hw:1,0) (ALSA)", "Scarlett 2i2 USB Analog Stereo (JACK Audio Connection Kit)"],
        ),
        (
            "Windows, Scarlett",
            "--input-device 'Analogue MME' --output-device 'Speakers (Focusrite USB Audio), Windows WASAPI'",
            "2: Analogue 1 + 2 (Focusrite USB Audio) (MME) and 15: Speakers (Focusrite USB Audio) (Windows WASAPI): "
            "cannot be opened together: one records and one plays, in different sound systems: choose two",
            [],
        ),
        (
            "Windows, Scarlett",
            "--input-device 'Focusrite ASIO' --output-device 'Realtek ASIO'",
            "12: Focusrite USB ASIO (ASIO) and 13: Realtek ASIO (ASIO): cannot be opened together: an ASIO driver",
            [],
        ),
    ],
)
def test_a_name_that_is_not_clear_is_refused_with_words_that_work(name, words, start, candidates):
    reason = refusal(name, words)
    assert reason.startswith(start)
    for each in candidates:
        assert re.search(rf"\b\d+: {re.escape(each)}", reason)
    before, _, advice = reason.rpartition(", as in ")
    if "is called" in reason:  # then it shows only how
        assert advice in ("--interface 0", "--input-device 0")
    elif before:
        one, other = chosen(name, advice)
        assert one.host == other.host and one.inputs and other.outputs


@pytest.mark.parametrize(
    "devices, interface, missing",
    [
        ([("Speakers", 0, 2)], "Scarlett", "inputs"),
        ([], None, "inputs"),
        ([("Microphone", 1, 0)], None, "outputs"),
        ([("Microphone", 1, 0)], "micro", "outputs"),
        ([("Speakers", 0, 2), ("Monitor of Speakers", 2, 0)], None, "inputs"),
    ],
)
def test_an_interface_that_is_not_connected_is_said(devices, interface, missing):
    with pytest.raises(UltraGainError, match=f"no audio device has {missing}: is the interface connected"):
        choose(listed(*machine(mac=devices)), interface)
