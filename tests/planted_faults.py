"""Faults planted in the recordings of `planted`."""

import numpy as np
import soundfile
from planted import (
    KNOBS,
    RATE,
    Case,
    changed,
    clicks,
    clip,
    db,
    dithered,
    filtered,
    hissing,
    humming,
    late,
    padded,
    through,
)

from ultragain.checks.requirements import Requirements


def is_take(split=None, gain=None, name=None):
    """Which takes: those that have all that is named."""
    return lambda *key: all(wanted in (None, own) for wanted, own in zip((split, gain, name), key, strict=True))


HIGH_TEST = is_take("Test", "High", "holywar")
WET_FILE, DRY_FILE = "Test/High/Wet/w_holywar.wav", "Test/High/Dry/d_holywar.wav"


def _file(path, act):
    return lambda folder: act(folder / path)


def _rewrite(path, change, rate=RATE, subtype="PCM_24"):
    def spoil(folder):
        samples, _ = soundfile.read(folder / path)
        soundfile.write(folder / path, change(samples), rate, subtype=subtype)

    return spoil


def _copy(source, target):
    return lambda folder: (folder / target).write_bytes((folder / source).read_bytes())


def _move(source, target):
    return lambda folder: (folder / source).rename(folder / target)


def _limited(samples, level):
    top = level * np.abs(samples).max()
    return np.clip(samples, -top, top)


def _knee(samples):
    """A limiter with a soft knee."""
    scaled = 2 * samples / np.abs(samples).max()
    bent = np.where(np.abs(scaled) < 1, scaled, np.sign(scaled) * (1 + 0.25 * (1 - np.exp(-8 * (np.abs(scaled) - 1)))))
    return 0.4 * np.clip(bent, -1.2, 1.2)


def _gap(samples, seconds=0.06):
    loudest = int(np.argmax(np.abs(samples[RATE // 2 : -RATE // 2]))) + RATE // 2
    return np.concatenate(
        [samples[: loudest - 100], np.zeros(round(seconds * RATE)), samples[loudest - 100 + round(seconds * RATE) :]]
    )


def _with_nan(value):
    def change(samples):
        spoilt = samples.copy()
        spoilt[1000] = value
        return spoilt

    return change


def _noisy_rests(dry, wet):
    dry, wet = padded(dry, wet)
    return dry, hissing(wet, 20 * np.log10(np.std(wet)) - 8)


def _swapped(takes, one, other):
    """Two labels exchanged."""

    def change(played):
        names = {one: other, other: one}
        return {(split, names.get(gain, gain), name): pair for (split, gain, name), pair in takes(played).items()}

    return change


def _other_playing(played):
    takes, other = played(), played(riffs={"electricEye": ("Test", 2.0, 2.0)})
    return takes | {("Test", "Mid", "holywar"): other["Test", "Mid", "electricEye"]}


def _knob_moved(played):
    takes, moved = played(), played(knobs={"Low": 4})
    return takes | {("Replicate", "Low", "holywar"): moved["Replicate", "Low", "holywar"]}


def _knob_touched(played):
    takes, touched = played(circuit="sd1"), played(circuit="sd1", knobs={"Mid": 7})
    return takes | {("Replicate", "Mid", "holywar"): touched["Replicate", "Mid", "holywar"]}


def _replayed(played):
    takes = played()
    return takes | {("Replicate", "Low", "holywar"): takes["Test", "Low", "shadowlove"]}


def _wrong_partners(played):
    takes = played()
    one, other = takes["Test", "High", "holywar"], takes["Test", "High", "shadowlove"]
    return takes | {("Test", "High", "holywar"): (one[0], other[1]), ("Test", "High", "shadowlove"): (other[0], one[1])}


def _test_in_training(played):
    takes = played()
    return takes | {("Train", gain, "more"): takes["Test", gain, "holywar"] for gain in KNOBS}


def _passage_in_training(played):
    """Training audio that goes on into a test riff, exported at another level with other dither."""
    takes = played()
    for gain in KNOBS:
        pair = zip(takes["Train", gain, "study01"], takes["Test", gain, "shadowlove"], strict=True)
        dry, wet = (np.concatenate([one, other[: round(1.8 * RATE)]]) for one, other in pair)
        takes["Train", gain, "study01"] = dithered(0.8 * dry, 5), wet
    return takes


def _val_in_training(played):
    takes = played()
    return takes | {("Val", gain, "held_out"): takes["Train", gain, "study01"] for gain in KNOBS}


def _twice(played):
    takes = played()
    return takes | {("Train", gain, "study01again"): takes["Train", gain, "study01"] for gain in KNOBS}


def _drifting(played):
    """12 s whose wet side was recorded by a clock that runs 50 millionths fast."""
    dry = np.concatenate(
        [
            clip(name, start, 2.0)
            for name, start in (
                ("holywar", 0.5),
                ("shadowlove", 0.0),
                ("battery", 4.0),
                ("electricEye", 2.0),
                ("study01", 0.0),
                ("study03", 1.0),
            )
        ]
    )
    wet = np.tanh(6 * filtered(dry, 1, [200, 6000], "bandpass"))
    wet = np.interp(np.arange(len(wet)) * (1 + 50e-6), np.arange(len(wet)), wet)
    return played() | {("Train", gain, "long"): (dry, (0.5 + 0.1 * i) * wet) for i, gain in enumerate(KNOBS)}


def _fault(
    name,
    expected,
    where,
    change=lambda dry, wet: (dry, wet),
    which=HIGH_TEST,
    spoil=None,
    takes=None,
    subtype="PCM_24",
    says="",
    **required,
):
    takes, required = takes or changed(change, which), Requirements(**required)
    return Case(name, takes, subtype, RATE, required, spoil, expected, where, says)


ASKED = {"sample_rate": RATE, "gains": tuple(KNOBS), "test_riffs": ("holywar", "shadowlove")}
FAULTS = [
    _fault("one file says 48 kHz", "sample rate", WET_FILE, spoil=_rewrite(WET_FILE, lambda x: x, 48_000)),
    _fault(
        "a take at 22 kHz",
        "sample rate",
        DRY_FILE,
        spoil=lambda folder: [_rewrite(path, lambda x: x[::2], 22_050)(folder) for path in (DRY_FILE, WET_FILE)],
    ),
    _fault("stereo", "channels", WET_FILE, spoil=_rewrite(WET_FILE, lambda x: np.stack([x, x], axis=1))),
    _fault("dry file missing", "pairing", DRY_FILE, spoil=_file(DRY_FILE, lambda path: path.unlink())),
    _fault("wet file missing", "pairing", WET_FILE, spoil=_file(WET_FILE, lambda path: path.unlink())),
    _fault("wet file shorter", "length", WET_FILE, spoil=_rewrite(WET_FILE, lambda x: x[:-1000])),
    _fault("wet file one sample longer", "length", WET_FILE, spoil=_rewrite(WET_FILE, lambda x: np.append(x, 0))),
    _fault("NaN", "finite", WET_FILE, spoil=_rewrite(WET_FILE, _with_nan(np.nan), subtype="FLOAT")),
    _fault("infinity", "finite", DRY_FILE, spoil=_rewrite(DRY_FILE, _with_nan(np.inf), subtype="FLOAT")),
    _fault("not audio", "readable", WET_FILE, spoil=_file(WET_FILE, lambda path: path.write_text("Lorem ipsum"))),
    _fault("empty file", "readable", WET_FILE, spoil=_file(WET_FILE, lambda path: path.write_bytes(b""))),
    _fault("no samples", "readable", WET_FILE, spoil=_rewrite(WET_FILE, lambda x: x[:0])),
    _fault(
        "cut off by a full disk",
        "length",
        WET_FILE,
        spoil=_file(WET_FILE, lambda path: path.write_bytes(path.read_bytes()[:90_000])),
    ),
    _fault("file without its prefix", "layout", "Wet/holywar.wav", spoil=_move(WET_FILE, "Test/High/Wet/holywar.wav")),
    _fault("offset on wet", "DC offset", WET_FILE, lambda dry, wet: (dry, wet + 0.02)),
    _fault("offset on dry", "DC offset", DRY_FILE, lambda dry, wet: (dry - 0.01, wet)),
    _fault(
        "wet clipped", "clipping", WET_FILE, lambda dry, wet: (dry, np.clip(4 * wet, -1, 1)), says="stays at full scale"
    ),
    _fault("dry clipped", "clipping", DRY_FILE, lambda dry, wet: (np.clip(3 * dry, -1, 1), wet)),
    _fault(
        "dry clipped at times",
        "clipping",
        DRY_FILE,
        lambda dry, wet: (np.clip(1.25 * dry / np.abs(dry).max(), -1, 1), wet),
    ),
    _fault("wet clipped, then turned down", "clipping", WET_FILE, lambda dry, wet: (dry, 0.5 * _limited(wet, 0.5))),
    _fault("dry clipped, then turned down", "clipping", DRY_FILE, lambda dry, wet: (0.7 * _limited(dry, 0.6), wet)),
    _fault("limiter on dry", "clipping", DRY_FILE, lambda dry, wet: (_knee(dry), wet)),
    _fault(
        "float beyond full scale",
        "clipping",
        WET_FILE,
        lambda dry, wet: (dry, 2.5 * wet),
        subtype="FLOAT",
        says="of full scale: turn it down and export it again",
    ),
    _fault("wet too quiet", "level", WET_FILE, lambda dry, wet: (dry, db(-40) * wet)),
    _fault("dry too quiet", "level", DRY_FILE, lambda dry, wet: (db(-40) * dry, wet)),
    _fault(
        "wet input turned down between takes",
        "same level",
        WET_FILE,
        lambda dry, wet: (dry, db(-1) * wet),
        spoil=clicks({WET_FILE: {"wet": -1}}),
        says="dB quieter",
    ),
    _fault(
        "dry input turned up between takes",
        "same level",
        DRY_FILE,
        lambda dry, wet: (db(1) * dry, wet),
        spoil=clicks({WET_FILE: {"dry": 1}}),
        says="dB louder",
    ),
    _fault("wet silent", "silence", WET_FILE, lambda dry, wet: (dry, 0 * wet)),
    _fault("dry silent", "silence", DRY_FILE, lambda dry, wet: (0 * dry, wet)),
    _fault("wet nothing but noise far down", "silence", WET_FILE, lambda dry, wet: (dry, hissing(0 * wet, -100))),
    _fault("dropout", "silence", WET_FILE, lambda dry, wet: (dry, _gap(wet))),
    _fault("hum of 50 Hz on dry", "hum", DRY_FILE, lambda dry, wet: (humming(dry, -20), wet)),
    _fault("hum of 60 Hz on dry", "hum", DRY_FILE, lambda dry, wet: (humming(dry, -20, 60), wet)),
    _fault(
        "hum of 60 Hz on wet",
        "hum",
        "w_shadowlove.wav",
        lambda dry, wet: (dry, humming(wet, -20, 60)),
        is_take("Test", "High"),
    ),
    _fault("hiss on dry", "noise", DRY_FILE, lambda dry, wet: (hissing(dry, -50), wet)),
    _fault("noise on wet", "noise", WET_FILE, _noisy_rests),
    *(
        _fault(f"{samples} samples late", "latency", WET_FILE, late(samples), is_take())
        for samples in (20, 44, 100, 700, 5000)
    ),
    *(_fault(f"{samples} samples early", "latency", WET_FILE, late(-samples), is_take()) for samples in (12, 64, 3000)),
    _fault("30000 samples late", "latency", "w_shadowlove.wav", late(30_000), is_take()),
    _fault("one gain late", "latency", WET_FILE, late(150), is_take(gain="High")),
    _fault("one take 20 samples late", "same latency", WET_FILE, late(20)),
    _fault("one take late and inverted", "latency", WET_FILE, lambda dry, wet: late(300)(dry, -wet)),
    _fault("two clocks", "drift", "Train/High/Wet/w_long.wav", takes=_drifting),
    _fault("one take inverted", "polarity", WET_FILE, lambda dry, wet: (dry, -wet)),
    _fault(
        "one take inverted, pedal",
        "polarity",
        WET_FILE,
        takes=changed(lambda dry, wet: (dry, -wet), HIGH_TEST, circuit="sd1"),
    ),
    _fault("wet files of two riffs swapped", "partners", WET_FILE, takes=_wrong_partners),
    _fault(
        "wet file of another gain",
        "identical files",
        "w_holywar.wav",
        spoil=_copy("Test/Mid/Wet/w_holywar.wav", WET_FILE),
    ),
    _fault("another playing at one gain", "same playing", "Test/Mid/Dry/d_holywar.wav", takes=_other_playing),
    _fault("knob moved between replicates", "replicate", "Replicate/Low/Wet/w_holywar.wav", takes=_knob_moved),
    _fault(
        "knob touched between replicates, pedal", "replicate", "Replicate/Mid/Wet/w_holywar.wav", takes=_knob_touched
    ),
    _fault(
        "noise between replicates",
        "replicate",
        "Replicate/High/Wet/w_holywar.wav",
        lambda dry, wet: (dry, hissing(wet, -32)),
        is_take("Replicate", "High", "holywar"),
    ),
    _fault("replicate of other playing", "replicate", "Replicate/Low/Dry/d_holywar.wav", takes=_replayed),
    _fault("training too short for the windows", "enough audio", "Train/High", **ASKED, training_windows=75_000),
    _fault(
        "no training at a gain",
        "enough audio",
        "Train/High",
        spoil=lambda folder: [path.unlink() for path in folder.glob("Train/High/*/*")],
        **ASKED,
    ),
    _fault("a test riff not recorded", "test riffs", "d_battery.wav", **ASKED | {"test_riffs": ("holywar", "battery")}),
    _fault("a take copied under another name", "identical files", "study01again.wav", takes=_twice),
    _fault("test riff among the training", "overlap", "Test/Low/Dry/d_holywar.wav", takes=_test_in_training),
    _fault(
        "passage of a test riff in the training", "overlap", "Test/Low/Dry/d_shadowlove.wav", takes=_passage_in_training
    ),
    _fault("training take as validation", "overlap", "Val/Low/Dry/d_held_out.wav", takes=_val_in_training),
    _fault("wet is dry", "bypass", WET_FILE, lambda dry, wet: (dry, dry)),
    _fault("wet is dry, quieter and inverted", "bypass", WET_FILE, lambda dry, wet: (dry, -0.4 * dry)),
    _fault(
        "wet is dry through a cable and converters",
        "bypass",
        WET_FILE,
        lambda dry, wet: (dry, hissing(filtered(filtered(dry, 1, 5, "highpass"), 1, 20_000, "lowpass"), -95)),
    ),
    _fault("labels Low and High swapped", "gain order", "Train/", takes=_swapped(through(), "Low", "High")),
    _fault("labels Low and Mid swapped", "gain order", "Train/", takes=_swapped(through(), "Low", "Mid")),
    _fault(
        "labels Mid and High swapped, pedal",
        "gain order",
        "Train/",
        takes=_swapped(through(circuit="sd1"), "Mid", "High"),
    ),
]
