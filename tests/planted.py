"""Good recordings, variations of them that are as good, and faults planted in them.

For the tests of the checks, and for `benchmarks/checks.py`, which prints the whole table. Everything
is played by the project's own guitar through its own circuits, a few seconds at each gain.
"""

import functools
import json
import zlib
from dataclasses import dataclass, field

import numpy as np
import soundfile
from scipy import signal

from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.circuits.parts import TUBES
from ultragain.guitar import library
from ultragain.guitar.strings import render
from ultragain.recording import virtual
from ultragain.recording.layout import take_at

RATE = 44_100
KNOBS = {"Low": 2, "Mid": 5, "High": 8}
ENDS = {"Low": 2, "High": 8}
RIFFS = {"study01": ("Train", 0.0, 2.0), "holywar": ("Test", 0.5, 2.0), "shadowlove": ("Test", 0.0, 2.0)}
TWICE = "holywar"  # recorded again, as a replicate
FEW = {"study01": RIFFS["study01"], "holywar": RIFFS["holywar"]}
OTHER_RIFFS = {"study03": ("Train", 1.0, 2.0), "battery": ("Test", 4.0, 2.0), "electricEye": ("Test", 2.0, 2.0)}
LEADS = {"study02": ("Train", 0.0, 2.0), "ohwell": ("Test", 3.0, 2.0), "sanitarium": ("Test", 3.5, 2.0)}


@dataclass
class Case:
    """A folder of recordings to check.

    Attributes
    ----------
    name : str
    takes : callable
        Returns a dict of (split, gain, name) to (dry, wet).
    subtype : str
        Of the WAV files.
    rate : int
        In Hz.
    options : dict
        Of `check_recordings`.
    spoil : callable, optional
        Of the folder, once the takes are written.
    expected : str
        The check that has to find something; empty where none must.
    where : str
        Part of the file's name that it has to name.
    says : str
        Part of what it has to say.
    """

    name: str
    takes: object
    subtype: str = "PCM_24"
    rate: int = RATE
    options: dict = field(default_factory=dict)
    spoil: object = None
    expected: str = ""
    where: str = ""
    says: str = ""

    def write(self, folder):
        """Write the recordings below `folder`."""
        for (split, gain, name), (dry, wet) in self.takes().items():
            take = take_at(folder, split, gain, name)
            for path, samples in ((take.dry, dry), (take.wet, wet)):
                path.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(path, samples, self.rate, subtype=self.subtype)
        if self.spoil:
            self.spoil(folder)


@functools.cache
def clip(name, start, seconds):
    """A passage of one of the project's riffs, shape (n_samples,)."""
    scores = library.TEST_RIFFS | library.training_studies(30)
    dry = render(scores[name], RATE, np.random.default_rng(zlib.crc32(name.encode())))
    first = round(start * RATE)
    return dry[first : first + round(seconds * RATE)]


@functools.cache
def _wet(circuit, knob, controls, volts, room, name, start, seconds):
    rng = np.random.default_rng([room, zlib.crc32(f"{circuit}{knob}{name}".encode())]) if room else None
    netlist = build(circuit, knob, dict(controls))
    return virtual.play(clip(name, start, seconds), RATE, netlist, volts, CIRCUITS[circuit].full_scale_volts, rng)


def played(circuit="dsl20h", knobs=KNOBS, volts=1.0, noise=True, riffs=None, **controls):
    """The riffs through a circuit: a dict of (split, gain, name) to (dry, wet)."""
    takes = {}
    for gain, knob in knobs.items():
        for name, (split, *part) in (riffs or RIFFS).items():
            setting = circuit, knob, tuple(sorted(controls.items())), volts
            takes[split, gain, name] = clip(name, *part), _wet(*setting, 1 if noise else 0, name, *part)
            if name == TWICE and noise:
                takes["Replicate", gain, name] = clip(name, *part), _wet(*setting, 2, name, *part)
    return takes


def changed(change, which=lambda split, gain, name: True, **device):
    """The riffs as played, some takes changed: `change(dry, wet)` returns the new pair."""

    def takes():
        return {key: change(*pair) if which(*key) else pair for key, pair in played(**device).items()}

    return takes


def _set(**device):
    return functools.partial(played, **device)


# what a take may go through without harm --------------------------------------------------------


def late(samples):
    """Wet later than dry; earlier where negative."""

    def change(dry, wet):
        n, s = len(dry), abs(samples)
        if samples >= 0:
            return dry, np.concatenate([np.zeros(s), wet])[:n]
        return np.concatenate([np.zeros(s), dry])[:n], wet

    return change


def db(decibels):
    return 10 ** (decibels / 20)


def hissing(samples, decibels, seed=1):
    """With white noise of this RMS level in dBFS."""
    return samples + np.random.default_rng(seed).normal(size=len(samples)) * db(decibels)


def humming(samples, decibels, mains=50):
    """With mains hum, its RMS this far from the samples' own."""
    t = np.arange(len(samples)) / RATE
    tone = sum(np.sin(2 * np.pi * f * mains * t + f) / f for f in (1, 2, 3, 5))
    return samples + tone / np.std(tone) * np.std(samples) * db(decibels)


def filtered(samples, order, hertz, kind):
    return signal.sosfilt(signal.butter(order, hertz, kind, fs=RATE, output="sos"), samples)


def padded(dry, wet):
    quiet = np.zeros(RATE // 2)
    return np.concatenate([quiet, dry, quiet]), np.concatenate([quiet, wet, quiet])


def resampled(takes, rate):
    def change():
        return {
            key: tuple(np.clip(signal.resample_poly(part, rate // 300, RATE // 300), -1, 1) for part in pair)
            for key, pair in takes().items()
        }

    return change


def _dithered(samples, seed):
    rng = np.random.default_rng(seed)
    return np.round(samples * 2**15 + rng.uniform(-1, 1, len(samples))) / 2**15


def _dithered_apart():
    return {key: (_dithered(dry, zlib.crc32(str(key).encode())), wet) for key, (dry, wet) in played().items()}


def _shortened():
    """Every take cut a little differently."""
    takes = {}
    for i, (key, (dry, wet)) in enumerate(played().items()):
        takes[key] = dry[: len(dry) - 37 * i], wet[: len(wet) - 37 * i]
    return takes


def _with_val():
    takes = played()
    other = played(riffs={"study02": RIFFS["study01"]})
    return takes | {("Val", gain, name): pair for (_, gain, name), pair in other.items()}


def _without_replicates():
    return {key: pair for key, pair in played().items() if key[0] != "Replicate"}


def _clean_low():
    """A clean channel as the lowest gain: a filter that bends a little."""
    takes = played()
    for key, (dry, _) in takes.items():
        if key[1] == "Low":
            takes[key] = dry, hissing(np.tanh(filtered(dry, 1, [100, 5000], "bandpass")), -80, len(key[0]))
    return takes


def _clicks(changes=None):
    """Metadata beside every take, with the clicks' levels as they were measured: each wobbles by a fifth of a dB.

    `changes` says of some takes, by their wet file, by how many dB an input was turned for them.
    """

    def write(folder):
        for number, wet in enumerate(sorted(folder.glob("*/*/Wet/w_*.wav"))):
            levels = {"dry": -12.0, "wet": {"Low": -20.0, "Mid": -14.0, "High": -11.0}[wet.parts[-3]]}
            turned = (changes or {}).get(wet.relative_to(folder).as_posix(), {})
            told = {part: level + 0.2 * (-1) ** number + turned.get(part, 0) for part, level in levels.items()}
            wet.with_suffix(".json").write_text(json.dumps({"take": wet.stem, "click_dbfs": told}))

    return write


def _other_metadata(folder):
    """What other programs, other versions and a recording without a dry return leave beside the takes."""
    told = (
        "",
        "no JSON",
        "[]",
        "{}",
        '{"click_dbfs": null}',
        '{"click_dbfs": {"dry": null, "wet": -11.0}}',
        '{"click_dbfs": {"wet": "loud"}}',
    )
    for number, wet in enumerate(sorted(folder.glob("*/*/Wet/w_*.wav"))):
        wet.with_suffix(".json").write_text(told[number % len(told)])


def _no_change(dry, wet):
    return dry, wet


GOOD = [
    Case("preamp", played),
    Case("pedal", _set(circuit="sd1")),
    Case("preamp, silent room", _set(noise=False, riffs=FEW)),
    Case("pedal, silent room", _set(circuit="sd1", noise=False, riffs=FEW)),
    Case("preamp, bright", _set(knobs=ENDS, riffs=FEW, treble=10, bass=0)),
    Case("preamp, dark", _set(knobs=ENDS, riffs=FEW, treble=0, middle=0, bass=10)),
    Case("preamp, tone shift", _set(knobs=ENDS, riffs=FEW, tone_shift=True)),
    Case("preamp, other tubes", _set(knobs=ENDS, riffs=FEW, tube=[tube for tube in TUBES if tube != "RSD-1"][0])),
    Case("pedal, tone 0", _set(knobs=ENDS, riffs=FEW, circuit="sd1", tone=0)),
    Case("pedal, tone 10", _set(knobs=ENDS, riffs=FEW, circuit="sd1", tone=10)),
    Case("preamp, other riffs", _set(knobs=ENDS, riffs=OTHER_RIFFS)),
    Case("preamp, leads and arpeggios", _set(knobs=ENDS, riffs=LEADS)),
    Case("pedal, leads and arpeggios", _set(circuit="sd1", knobs=ENDS, riffs=LEADS)),
    Case("preamp, soft guitar", _set(knobs=ENDS, riffs=FEW, volts=0.25)),
    Case("preamp, gains close together", _set(knobs={"Low": 4, "Mid": 5, "High": 6}, riffs=FEW)),
    Case("preamp, knob positions as labels", _set(knobs={"2": 2, "5": 5, "10": 10}, riffs=FEW)),
    Case("preamp, two gains", _set(knobs=ENDS)),
    Case("preamp, one gain", _set(knobs={"Crunch": 5})),
    Case("16 bits", played, "PCM_16"),
    Case("32 bits", played, "PCM_32"),
    Case("float", played, "FLOAT"),
    Case("double", played, "DOUBLE"),
    Case("16 bits, dithered anew at each gain", _dithered_apart, "PCM_16"),
    Case("48 kHz", resampled(played, 48_000), rate=48_000, options={"sample_rate": 48_000}),
    Case("96 kHz", resampled(_set(circuit="sd1"), 96_000), rate=96_000),
    Case("wet 6 dB quieter", changed(lambda dry, wet: (dry, db(-6) * wet))),
    Case("wet 14 dB quieter", changed(lambda dry, wet: (dry, db(-14) * wet))),
    Case("wet 3 dB louder", changed(lambda dry, wet: (dry, db(3) * wet))),
    Case("dry 12 dB quieter", changed(lambda dry, wet: (db(-12) * dry, wet))),
    Case("dry 12 dB quieter, 16 bits", changed(lambda dry, wet: (db(-12) * dry, wet)), "PCM_16"),
    Case("all takes inverted", changed(lambda dry, wet: (dry, -wet))),
    Case("one gain inverted", changed(lambda dry, wet: (dry, -wet), lambda split, gain, name: gain == "Mid")),
    Case("5 samples late", changed(late(5))),
    Case("10 samples late", changed(late(10))),
    Case("3 samples early", changed(late(-3))),
    Case("silence before and after", changed(padded)),
    Case("slightly different lengths", _shortened),
    Case("a Val folder", _with_val),
    Case("no replicates", _without_replicates),
    Case("clean channel as lowest gain", _clean_low),
    Case("loudspeaker", changed(lambda dry, wet: (dry, filtered(wet, 2, [90, 5000], "bandpass")))),
    Case("interface with a high-pass filter", changed(lambda dry, wet: (dry, filtered(wet, 1, 10, "highpass")))),
    Case("faint hiss on dry", changed(lambda dry, wet: (hissing(dry, -80), wet), lambda *key: key[0] == "Train")),
    Case("faint hiss on wet", changed(lambda dry, wet: (dry, hissing(wet, -60, len(wet) + round(1e6 * wet[999]))))),
    Case("faint hum on wet", changed(lambda dry, wet: (dry, humming(wet, -60)))),
    Case("offset of a thousandth", changed(lambda dry, wet: (dry, wet + 0.001))),
    Case("compressor after the preamp", changed(lambda dry, wet: (dry, 0.5 * np.tanh(2 * wet)))),
    Case("windows asked for, and enough", played, options={"training_windows": 800, "contexts": [44, 66, 88]}),
    Case("clicks that wobble by a fifth of a dB", played, spoil=_clicks()),
    Case("metadata of other programs", played, spoil=_other_metadata),
]


# faults ------------------------------------------------------------------------------------------


def _is(split=None, gain=None, name=None):
    """Which takes: those that have all that is named."""
    return lambda *key: all(wanted in (None, own) for wanted, own in zip((split, gain, name), key, strict=True))


HIGH_TEST = _is("Test", "High", "holywar")
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

    def change():
        names = {one: other, other: one}
        return {(split, names.get(gain, gain), name): pair for (split, gain, name), pair in takes().items()}

    return change


def _other_playing():
    takes, other = played(), played(riffs={"electricEye": ("Test", 2.0, 2.0)})
    return takes | {("Test", "Mid", "holywar"): other["Test", "Mid", "electricEye"]}


def _knob_moved():
    takes, moved = played(), played(knobs={"Low": 4})
    return takes | {("Replicate", "Low", "holywar"): moved["Replicate", "Low", "holywar"]}


def _knob_touched():
    takes, touched = played(circuit="sd1"), played("sd1", knobs={"Mid": 7})
    return takes | {("Replicate", "Mid", "holywar"): touched["Replicate", "Mid", "holywar"]}


def _replayed():
    takes = played()
    return takes | {("Replicate", "Low", "holywar"): takes["Test", "Low", "shadowlove"]}


def _wrong_partners():
    takes = played()
    one, other = takes["Test", "High", "holywar"], takes["Test", "High", "shadowlove"]
    return takes | {("Test", "High", "holywar"): (one[0], other[1]), ("Test", "High", "shadowlove"): (other[0], one[1])}


def _test_in_training():
    takes = played()
    return takes | {("Train", gain, "more"): takes["Test", gain, "holywar"] for gain in KNOBS}


def _passage_in_training():
    """Training audio that goes on into a test riff, exported at another level with other dither."""
    takes = played()
    for gain in KNOBS:
        pair = zip(takes["Train", gain, "study01"], takes["Test", gain, "shadowlove"], strict=True)
        dry, wet = (np.concatenate([one, other[: round(1.8 * RATE)]]) for one, other in pair)
        takes["Train", gain, "study01"] = _dithered(0.8 * dry, 5), wet
    return takes


def _val_in_training():
    takes = played()
    return takes | {("Val", gain, "held_out"): takes["Train", gain, "study01"] for gain in KNOBS}


def _twice():
    takes = played()
    return takes | {("Train", gain, "study01again"): takes["Train", gain, "study01"] for gain in KNOBS}


def _drifting():
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
    change=_no_change,
    which=HIGH_TEST,
    spoil=None,
    takes=None,
    subtype="PCM_24",
    says="",
    **options,
):
    return Case(name, takes or changed(change, which), subtype, RATE, options, spoil, expected, where, says)


ASKED = {"sample_rate": RATE, "gains": list(KNOBS), "test_riffs": ["holywar", "shadowlove"], "contexts": [44, 66, 88]}
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
        spoil=_clicks({WET_FILE: {"wet": -1}}),
        says="dB quieter",
    ),
    _fault(
        "dry input turned up between takes",
        "same level",
        DRY_FILE,
        lambda dry, wet: (db(1) * dry, wet),
        spoil=_clicks({WET_FILE: {"dry": 1}}),
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
        _is("Test", "High"),
    ),
    _fault("hiss on dry", "noise", DRY_FILE, lambda dry, wet: (hissing(dry, -50), wet)),
    _fault("noise on wet", "noise", WET_FILE, _noisy_rests),
    *(
        _fault(f"{samples} samples late", "latency", WET_FILE, late(samples), _is())
        for samples in (20, 44, 100, 700, 5000)
    ),
    *(_fault(f"{samples} samples early", "latency", WET_FILE, late(-samples), _is()) for samples in (12, 64, 3000)),
    _fault("30000 samples late", "latency", "w_shadowlove.wav", late(30_000), _is()),
    _fault("one gain late", "latency", WET_FILE, late(150), _is(gain="High")),
    _fault("one take 20 samples late", "latency", WET_FILE, late(20)),
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
        _is("Replicate", "High", "holywar"),
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
    _fault("a test riff not recorded", "test riffs", "d_battery.wav", **ASKED | {"test_riffs": ["holywar", "battery"]}),
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
    _fault("labels Low and High swapped", "gain order", "Train/", takes=_swapped(played, "Low", "High")),
    _fault("labels Low and Mid swapped", "gain order", "Train/", takes=_swapped(played, "Low", "Mid")),
    _fault(
        "labels Mid and High swapped, pedal", "gain order", "Train/", takes=_swapped(_set(circuit="sd1"), "Mid", "High")
    ),
]
