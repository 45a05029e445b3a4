"""PortAudio's lists of devices on several machines, as sounddevice returns them.

Written by hand from what people show of their machines: names, channels, and the order of systems and
devices are as PortAudio has them. MME cuts names off at 31 characters, WDM-KS has the drivers' own
names, ASIO and most of Core Audio, ALSA and JACK have one device for both directions.
"""

REALTEK = "Realtek High Definition Audio"
UMC = "BEHRINGER UMC 404HD 192k"


def machine(**systems):
    """(query_devices(), query_hostapis()): each system's devices as (name, inputs, outputs[, rate])."""
    entries, hosts = [], []
    for index, (key, devices) in enumerate(systems.items()):
        name = SYSTEMS[key]
        numbers = range(len(entries), len(entries) + len(devices))
        hosts.append(
            {
                "name": name,
                "devices": list(numbers),
                "default_input_device": next((n for n, each in zip(numbers, devices, strict=True) if each[1]), -1),
                "default_output_device": next((n for n, each in zip(numbers, devices, strict=True) if each[2]), -1),
            }
        )
        for number, (device, inputs, outputs, *rate) in zip(numbers, devices, strict=True):
            entries.append(
                {
                    "name": device[:31] if name == "MME" else device,
                    "index": number,
                    "hostapi": index,
                    "max_input_channels": inputs,
                    "max_output_channels": outputs,
                    "default_low_input_latency": 0.01 if inputs else 0.0,
                    "default_low_output_latency": 0.01 if outputs else 0.0,
                    "default_high_input_latency": 0.1 if inputs else 0.0,
                    "default_high_output_latency": 0.1 if outputs else 0.0,
                    "default_samplerate": rate[0] if rate else 44100.0,
                }
            )
    return entries, tuple(hosts)


SYSTEMS = {
    "mme": "MME",
    "sound": "Windows DirectSound",
    "asio": "ASIO",
    "wasapi": "Windows WASAPI",
    "wdm": "Windows WDM-KS",
    "mac": "Core Audio",
    "alsa": "ALSA",
    "oss": "OSS",
    "jack": "JACK Audio Connection Kit",
    "pulse": "PulseAudio",
}


def windows(inputs, outputs, wdm, asio=(), loopbacks=()):
    """A Windows machine: what has two channels each, in all its systems; WASAPI lists outputs first, copies last."""
    record, play = [(name, 2, 0) for name in inputs], [(name, 0, 2) for name in outputs]
    systems = {
        "mme": [
            ("Microsoft Sound Mapper - Input", 2, 0),
            *record,
            ("Microsoft Sound Mapper - Output", 0, 2),
            *play,
        ],
        "sound": [("Primary Sound Capture Driver", 2, 0), *record, ("Primary Sound Driver", 0, 2), *play],
        "asio": list(asio),
        "wasapi": [(*each, 48000.0) for each in [*play, *record, *loopbacks]],
        "wdm": list(wdm),
    }
    return machine(**{name: devices for name, devices in systems.items() if devices})


MACHINES = {
    # One stereo input with a long name, ASIO switched on, and a Bluetooth headset with a line break in its name.
    "Windows, Scarlett": windows(
        ["Microphone (Realtek(R) Audio)", "Analogue 1 + 2 (Focusrite USB Audio)"],
        ["Speakers (Realtek(R) Audio)", "Speakers (Focusrite USB Audio)"],
        [
            ("Speakers (Realtek HD Audio output)", 0, 2, 48000.0),
            ("Stereo Mix (Realtek HD Audio Stereo input)", 2, 0, 48000.0),
            ("Microphone (Realtek HD Audio Mic input)", 2, 0, 48000.0),
            ("Speakers (Focusrite USB Audio)", 0, 2),
            ("Analogue 1 + 2 (Focusrite USB Audio)", 2, 0),
            ("Output (@System32\\drivers\\bthhfenum.sys,#4;%1 Hands-Free HF Audio%0\r\n;(WH-1000XM4))", 0, 1, 8000.0),
        ],
        [("Focusrite USB ASIO", 2, 2), ("Realtek ASIO", 2, 2, 48000.0)],
    ),
    # Two inputs and two outputs of one interface in every system; no ASIO. German.
    "Windows, UMC": windows(
        [f"Mikrofon ({REALTEK})", f"IN 1-2 ({UMC})", f"IN 3-4 ({UMC})"],
        [
            f"Lautsprecher ({REALTEK})",
            "Digital Audio (S/PDIF) (High Definition Audio Device)",
            f"OUT 1-2 ({UMC})",
            f"OUT 3-4 ({UMC})",
        ],
        [
            ("IN 1-2 (UMC404HD 192k WDM In)", 2, 0),
            ("IN 3-4 (UMC404HD 192k WDM In)", 2, 0),
            ("OUT 1-2 (UMC404HD 192k WDM Out)", 0, 2),
            ("OUT 3-4 (UMC404HD 192k WDM Out)", 0, 2),
        ],
    ),
    # Two equal interfaces, which Windows counts; and one, whose two directions it has counted apart.
    "Windows, two equal": windows(
        [
            "Microphone (Scarlett 2i2 USB)",
            "Microphone (2- Scarlett 2i2 USB)",
            "Line (3- Steinberg UR22mkII )",
        ],
        [
            "Speakers (Scarlett 2i2 USB)",
            "Speakers (2- Scarlett 2i2 USB)",
            "Line (2- Steinberg UR22mkII )",
        ],
        [],
    ),
    # The same interface at another socket.
    "Windows, moved": windows(["Microphone (2- Scarlett 2i2 USB)"], ["Speakers (2- Scarlett 2i2 USB)"], []),
    # Neither label nor interface fits into 31 characters; and a Japanese Windows.
    "Windows, 1824c": windows(
        ["Mic/Inst/Line In 1/2 (2- Studio 1824c)", "Mic/Line In 3/4 (2- Studio 1824c)", "マイク (USB Audio CODEC )"],
        ["Main Out 1/2 (2- Studio 1824c)", "スピーカー (USB Audio CODEC )"],
        [],
    ),
    # Inputs that are copies of what is played: the interface's own, and those of newer builds of PortAudio.
    "Windows, loopback": windows(
        ["Analogue 1 + 2 (Focusrite USB Audio)", "Loopback 1 + 2 (Focusrite USB Audio)"],
        ["Playback 1 + 2 (Focusrite USB Audio)", "Speakers (Realtek(R) Audio)"],
        [],
        [],
        [
            (f"{name} [Loopback]", 2, 0)
            for name in ("Playback 1 + 2 (Focusrite USB Audio)", "Speakers (Realtek(R) Audio)")
        ],
    ),
    # MME alone, as in a build of PortAudio with nothing else: names stay cut off.
    "Windows, MME alone": machine(
        mme=[
            ("Analogue 1 + 2 (Focusrite USB Audio)", 2, 0),
            ("Microphone (Realtek(R) Audio)", 2, 0),
            ("Speakers (Focusrite USB Audio)", 0, 2),
            ("Speakers (Realtek(R) Audio)", 0, 2),
        ]
    ),
    "Mac, Scarlett": machine(
        mac=[
            ("Anna’s iPhone Microphone", 1, 0, 48000.0),
            ("Scarlett 2i2 USB", 2, 2),
            ("MacBook Pro Microphone", 1, 0, 48000.0),
            ("MacBook Pro Speakers", 0, 2, 48000.0),
            ("ZoomAudioDevice", 2, 2, 48000.0),
            ("Hauptgerät", 3, 4, 48000.0),
        ]
    ),
    # The directions of this interface are two devices of one name.
    "Mac, apart": machine(
        mac=[
            ("MacBook Air Microphone", 1, 0, 48000.0),
            ("MacBook Air Speakers", 0, 2, 48000.0),
            ("USB Audio CODEC", 0, 2),
            ("USB Audio CODEC", 2, 0),
        ]
    ),
    "Mac, two equal": machine(
        mac=[
            ("Scarlett 2i2 USB", 2, 2),
            ("Scarlett 2i2 USB", 2, 2),
            ("Mac mini Speakers", 0, 2, 48000.0),
        ]
    ),
    "Mac, alone": machine(
        mac=[
            ("MacBook Air Microphone", 1, 0, 48000.0),
            ("MacBook Air Speakers", 0, 2, 48000.0),
        ]
    ),
    "Linux, ALSA": machine(
        alsa=[
            ("HDA Intel PCH: ALC887-VD Analog (hw:0,0)", 2, 8),
            ("HDA Intel PCH: ALC887-VD Digital (hw:0,1)", 0, 2),
            ("HDA Intel PCH: ALC887-VD Alt Analog (hw:0,2)", 2, 0),
            ("HDA Intel PCH: HDMI 0 (hw:0,3)", 0, 8),
            ("USB PnP Sound Device: Audio (hw:1,0)", 1, 2),
            ("USB PnP Sound Device: Audio (hw:2,0)", 1, 2),
            ("Scarlett 2i2 USB: Audio (hw:3,0)", 2, 2),
            ("sysdefault", 128, 128, 48000.0),
            ("surround40", 0, 8),
            ("pulse", 32, 32),
            ("pipewire", 64, 64),
            ("default", 64, 64),
        ],
        oss=[],
    ),
    "Linux, JACK": machine(
        alsa=[
            ("Scarlett 2i2 USB: Audio (hw:1,0)", 2, 2),
            ("default", 32, 32),
        ],
        jack=[
            ("system", 2, 2),
            ("Scarlett 2i2 USB Analog Stereo", 2, 2),
        ],
        pulse=[("Scarlett 2i2 USB Analog Stereo", 2, 2)],
    ),
    "Linux, PulseAudio": machine(
        pulse=[
            ("Scarlett 2i2 USB Analog Stereo", 0, 2),
            ("Built-in Audio Analog Stereo", 0, 2),
            ("Monitor of Scarlett 2i2 USB Analog Stereo", 2, 0),
            ("Scarlett 2i2 USB Analog Stereo", 2, 0),
            ("Monitor of Built-in Audio Analog Stereo", 2, 0),
        ]
    ),
}
