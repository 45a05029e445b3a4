"""Good recordings, and variations of them that are as good; `planted_faults` plants faults in them.

For the tests of the checks, and for `benchmarks/checks.py`, which prints the whole table. Everything
is played by the project's own guitar through its own circuits, a few seconds at each gain.
"""

import functools
import json
import zlib
from dataclasses import dataclass

import numpy as np
import soundfile
from scipy import signal

from ultragain.checks.requirements import Requirements
from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.circuits.devices import TUBES
from ultragain.guitar import library
from ultragain.guitar.strings import render
from ultragain.recording import virtual
from ultragain.recording.layout import Take

RATE = 44_100
COARSE = 2  # times oversampled: a little aliasing, the same music
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
        From `played`, at some oversampling, to a dict of (split, gain, name) to (dry, wet).
    subtype : str
        Of the WAV files.
    rate : int
        In Hz.
    requirements : Requirements
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
    requirements: Requirements = Requirements()
    spoil: object = None
    expected: str = ""
    where: str = ""
    says: str = ""

    def write(self, folder, oversampling=COARSE):
        """Write the recordings below `folder`."""
        for (split, gain, name), (dry, wet) in self.takes(functools.partial(played, oversampling)).items():
            take = Take(folder, split, gain, name)
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
def _wet(oversampling, circuit, knob, controls, volts, room, name, start, seconds):
    rng = np.random.default_rng([room, zlib.crc32(f"{circuit}{knob}{name}".encode())]) if room else None
    netlist = build(circuit, knob, dict(controls))
    dry, full_scale = clip(name, start, seconds), CIRCUITS[circuit].full_scale_volts
    return virtual.play(dry, RATE, netlist, volts, full_scale, rng, oversampling)


def played(oversampling=COARSE, circuit="dsl20h", knobs=KNOBS, volts=1.0, noise=True, riffs=None, **controls):
    """The riffs through a circuit: a dict of (split, gain, name) to (dry, wet)."""
    takes = {}
    for gain, knob in knobs.items():
        for name, (split, *part) in (riffs or RIFFS).items():
            setting = oversampling, circuit, knob, tuple(sorted(controls.items())), volts
            takes[split, gain, name] = clip(name, *part), _wet(*setting, 1 if noise else 0, name, *part)
            if name == TWICE and noise:
                takes["Replicate", gain, name] = clip(name, *part), _wet(*setting, 2, name, *part)
    return takes


def changed(change, which=lambda split, gain, name: True, **device):
    """The riffs as played, some takes changed: `change(dry, wet)` returns the new pair."""

    def takes(played):
        return {key: change(*pair) if which(*key) else pair for key, pair in played(**device).items()}

    return takes


def through(**device):
    """The riffs through a circuit that is set so."""
    return lambda played: played(**device)


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
    def change(played):
        return {
            key: tuple(np.clip(signal.resample_poly(part, rate // 300, RATE // 300), -1, 1) for part in pair)
            for key, pair in takes(played).items()
        }

    return change


def dithered(samples, seed):
    rng = np.random.default_rng(seed)
    return np.round(samples * 2**15 + rng.uniform(-1, 1, len(samples))) / 2**15


def _dithered_apart(played):
    return {key: (dithered(dry, zlib.crc32(str(key).encode())), wet) for key, (dry, wet) in played().items()}


def _shortened(played):
    """Every take cut a little differently."""
    takes = {}
    for i, (key, (dry, wet)) in enumerate(played().items()):
        takes[key] = dry[: len(dry) - 37 * i], wet[: len(wet) - 37 * i]
    return takes


def _with_val(played):
    takes = played()
    other = played(riffs={"study02": RIFFS["study01"]})
    return takes | {("Val", gain, name): pair for (_, gain, name), pair in other.items()}


def _without_replicates(played):
    return {key: pair for key, pair in played().items() if key[0] != "Replicate"}


def _clean_low(played):
    """A clean channel as the lowest gain: a filter that bends a little."""
    takes = played()
    for key, (dry, _) in takes.items():
        if key[1] == "Low":
            takes[key] = dry, hissing(np.tanh(filtered(dry, 1, [100, 5000], "bandpass")), -80, len(key[0]))
    return takes


def clicks(changes=None):
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


GOOD = [
    Case("preamp", through()),
    Case("pedal", through(circuit="sd1")),
    Case("preamp, silent room", through(noise=False, riffs=FEW)),
    Case("pedal, silent room", through(circuit="sd1", noise=False, riffs=FEW)),
    Case("preamp, bright", through(knobs=ENDS, riffs=FEW, treble=10, bass=0)),
    Case("preamp, dark", through(knobs=ENDS, riffs=FEW, treble=0, middle=0, bass=10)),
    Case("preamp, tone shift", through(knobs=ENDS, riffs=FEW, tone_shift=True)),
    Case("preamp, other tubes", through(knobs=ENDS, riffs=FEW, tube=[tube for tube in TUBES if tube != "RSD-1"][0])),
    Case("pedal, tone 0", through(knobs=ENDS, riffs=FEW, circuit="sd1", tone=0)),
    Case("pedal, tone 10", through(knobs=ENDS, riffs=FEW, circuit="sd1", tone=10)),
    Case("preamp, other riffs", through(knobs=ENDS, riffs=OTHER_RIFFS)),
    Case("preamp, leads and arpeggios", through(knobs=ENDS, riffs=LEADS)),
    Case("pedal, leads and arpeggios", through(circuit="sd1", knobs=ENDS, riffs=LEADS)),
    Case("preamp, soft guitar", through(knobs=ENDS, riffs=FEW, volts=0.25)),
    Case("preamp, gains close together", through(knobs={"Low": 4, "Mid": 5, "High": 6}, riffs=FEW)),
    Case("preamp, knob positions as labels", through(knobs={"2": 2, "5": 5, "10": 10}, riffs=FEW)),
    Case("preamp, two gains", through(knobs=ENDS)),
    Case("preamp, one gain", through(knobs={"Crunch": 5})),
    Case("16 bits", through(), "PCM_16"),
    Case("32 bits", through(), "PCM_32"),
    Case("float", through(), "FLOAT"),
    Case("double", through(), "DOUBLE"),
    Case("16 bits, dithered anew at each gain", _dithered_apart, "PCM_16"),
    Case("48 kHz", resampled(through(), 48_000), rate=48_000, requirements=Requirements(sample_rate=48_000)),
    Case("96 kHz", resampled(through(circuit="sd1"), 96_000), rate=96_000),
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
    Case("windows asked for, and enough", through(), requirements=Requirements(training_windows=800)),
    Case("clicks that wobble by a fifth of a dB", through(), spoil=clicks()),
    Case("metadata of other programs", through(), spoil=_other_metadata),
]
