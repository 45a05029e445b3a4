"""Good recordings that checks of levels, roles, speed and content could mistake for faults; through quick devices."""

import numpy as np
from planted import RATE, Case, clip, db, filtered, hissing
from scipy import ndimage

from ultragain.checks.requirements import Requirements

DRIVES = {"Low": 3, "Mid": 8, "High": 20}
LEAD = {"Lead": 12}
#: Riffs of 5 s: enough to compare takes of a gain with one another.
PASSAGES = {"study01": "Train", "study02": "Train", "battery": "Test", "holywar": "Test", "ohwell": "Test"}


def riff(name):
    """A dry take of 5 s, shape (n_samples,)."""
    return np.concatenate([clip(name, start, 2.5) for start in (0.5, 3.0)])


def amplifier(dry, drive):
    """Bass cut, tanh, and a loudspeaker's band."""
    return 0.45 * filtered(np.tanh(drive * filtered(dry, 1, 150, "highpass")), 1, [90, 5000], "bandpass")


def compressor(dry, drive):
    """A slow compressor before the amplifier."""
    loudness = np.sqrt(ndimage.uniform_filter1d(dry**2, round(0.02 * RATE))) + 1e-3
    return amplifier(0.3 * dry * (loudness / 0.2) ** -0.7, drive)


def fuzz(dry, drive):
    """The same level whatever is played."""
    return filtered(hissing(0.7 * np.tanh(20 * drive * dry), -90), 1, 10, "highpass")


def sag(dry, drive):
    """A power supply that gives way to half a second of loud playing, by a third."""
    power = ndimage.uniform_filter1d(dry**2, round(0.5 * RATE), origin=round(0.25 * RATE) - 1)
    return amplifier(dry, drive) / (1 + power / power.max() / 2)


def clean(dry, drive):
    """A channel that hardly distorts, brighter at every gain."""
    return 0.3 * np.tanh(2 * dry) + 0.02 * drive * np.tanh(filtered(dry, 1, 2000, "highpass"))


def gated(dry, drive):
    """Nothing passes that is softer than a part of the loudest, as in a fuzz with starved transistors."""
    return filtered(0.5 * np.tanh(drive * np.sign(dry) * np.maximum(np.abs(dry) - 0.004, 0)), 1, 10, "highpass")


def through(device=amplifier, drives=LEAD, passages=PASSAGES, volume=lambda name: 1.0):
    """The riffs at some volume through `device(dry, drive)`, as `planted.through`."""

    def takes(played):
        dries = {name: volume(name) * riff(name) for name in passages}
        return {
            (split, gain, name): (dries[name], device(dries[name], drive))
            for gain, drive in drives.items()
            for name, split in passages.items()
        }

    return takes


def altered(takes, change, which=lambda split, gain, name: True):
    """Some of the takes changed, as by `planted.changed`."""
    return lambda played: {key: change(*pair) if which(*key) else pair for key, pair in takes(played).items()}


def normalised(samples, decibels=-1.0):
    return db(decibels) * samples / np.abs(samples).max()


def with_val(gains):
    """A Val take at some gains."""

    def takes(played):
        made = through(drives=DRIVES, passages={"study01": "Train", "holywar": "Test"})(played)
        dry = riff("study02")
        return made | {("Val", gain, "study02"): (dry, amplifier(dry, DRIVES[gain])) for gain in gains}

    return takes


def silence_first(dry, wet):
    quiet = np.zeros(RATE)
    return np.concatenate([quiet, dry]), np.concatenate([quiet, wet])


def _moment(dry, wet):
    start = int(np.argmax(np.abs(dry[: -RATE // 4])))
    return dry[start : start + RATE // 4], wet[start : start + RATE // 4]


SOFT = {"study02", "ohwell"}
GOOD = [
    Case("riffs of 5 s", through(drives=DRIVES)),
    Case("riffs of 5 s, one gain", through()),
    Case(
        "one gain turned down",
        altered(through(drives=DRIVES), lambda dry, wet: (dry, db(-9) * wet), lambda s, g, n: g == "Mid"),
    ),
    Case("some riffs played softly", through(drives=DRIVES, volume=lambda name: db(-14) if name in SOFT else 1)),
    Case("some riffs played softly, one gain", through(volume=lambda name: db(-14) if name in SOFT else 1)),
    Case("compressor before the amplifier", through(compressor, DRIVES)),
    Case("fuzz of constant level", through(fuzz, DRIVES)),
    Case("fuzz of constant level, one gain", through(fuzz)),
    Case("power supply that sags", through(sag, DRIVES)),
    Case("channel that hardly distorts", through(clean, DRIVES)),
    Case("channel that hardly distorts, one gain", through(clean)),
    Case("starved transistors", through(gated)),
    Case("a second of silence first", altered(through(), silence_first)),
    Case("dry files normalised, then played", through(volume=lambda name: db(-1) / np.abs(riff(name)).max())),
    Case("takes of a quarter of a second", altered(through(), _moment)),
    Case("a Val take at every gain", with_val(DRIVES)),
    Case(
        "enough windows with sound", altered(through(), silence_first), requirements=Requirements(training_windows=4000)
    ),
]
