"""Good recordings that checks of lost samples, time effects, gates and clicks could mistake for faults."""

import zlib

import numpy as np
from planted import RATE, Case, clip, db, filtered, hissing, humming
from scipy import ndimage, signal

DRIVES = {"Low": 3, "High": 20}
PASSAGES = {"study01": "Train", "study02": "Train", "battery": "Test", "holywar": "Test"}


def riff(name):
    """A dry take of 5 s, shape (n_samples,)."""
    return hissing(clip(name, 0.5, 5.0), -90, len(name))


def amplifier(dry, drive):
    """Bass cut, tanh that bends one side more, and a loudspeaker's band."""
    driven = drive * filtered(dry, 1, 150, "highpass")
    wet = filtered(np.tanh(driven) + 0.2 * np.tanh(driven) ** 2, 1, [90, 5000], "bandpass")
    return hissing(0.4 * wet, -80, drive)


def takes_of(device=amplifier, playing=riff, drives=DRIVES):
    """Four riffs of 5 s through a device at two gains, for `Case`."""

    def takes(played):
        dries = {name: playing(name) for name in PASSAGES}
        return {
            (split, gain, name): (dries[name], device(dries[name], drive))
            for gain, drive in drives.items()
            for name, split in PASSAGES.items()
        }

    return takes


def followed(samples, attack_seconds, release_seconds):
    """The envelope that rises and falls so fast, shape (n_samples,)."""
    step = RATE // 1000
    tops = np.abs(np.resize(samples, len(samples) // step * step)).reshape(-1, step).max(axis=1)
    rise, fall = (np.exp(-1e-3 / seconds) for seconds in (attack_seconds, release_seconds))
    level, levels = 0.0, []
    for top in tops:
        keep = rise if top > level else fall
        level = keep * level + (1 - keep) * top
        levels.append(level)
    return np.interp(np.arange(len(samples)), step * np.arange(len(levels)), levels)


def sag(seconds):
    """A power supply that gives way to loud notes by half and recovers in this time."""

    def device(dry, drive):
        wet = amplifier(dry, drive)
        load = followed(wet, 0.02, seconds)
        return wet * (1 - 0.5 * load / load.max())

    return device


def loose_spring(hertz, seconds):
    """A loudspeaker that rings at this frequency, 10 dB louder there, and dies away within this time."""

    def device(dry, drive):
        wet, t = amplifier(dry, drive), np.arange(round(6 * seconds * RATE)) / RATE
        ring = np.sin(2 * np.pi * hertz * t) * np.exp(-t / seconds)
        return 0.4 * (wet + 2 * signal.fftconvolve(wet, ring / (0.5 * seconds * RATE))[: len(wet)])

    return device


def cabinet(dry, drive):
    """A loudspeaker in a box: reflections of 20 ms."""
    response = np.random.default_rng(2).normal(size=round(0.02 * RATE)) * np.exp(-np.arange(round(0.02 * RATE)) / 80)
    response[0] = 8.0
    return 0.06 * signal.fftconvolve(amplifier(dry, drive), response)[: len(dry)]


def compressor(dry, drive):
    """Six to one above -30 dB, 10 ms and 200 ms, after the amplifier."""
    wet = amplifier(dry, drive)
    level = np.maximum(followed(wet, 0.01, 0.2), db(-30))
    return 0.15 * wet * (level / level.max()) ** (1 / 6 - 1)


def clean(dry, drive):
    return hissing(0.8 * np.tanh(filtered(dry, 1, [100, 5000], "bandpass") * drive / 6), -80)


def noisy(dry, drive):
    return humming(hissing(amplifier(dry, drive), -50), -50)


def staccato(name):
    """Every note is stopped by the hand after 100 ms, with a rest of 100 ms."""
    dry = riff(name)
    held = (np.arange(len(dry)) // round(0.1 * RATE)) % 2 == 0
    return hissing(dry * ndimage.uniform_filter1d(held.astype(float), round(0.02 * RATE)), -90)


def palm_muted(name):
    """Short notes of a low string that the palm damps."""
    n, every = 5 * RATE, round(0.15 * RATE)
    rng, t = np.random.default_rng(zlib.crc32(name.encode())), np.arange(round(0.15 * RATE)) / RATE
    dry = np.zeros(n)
    for start in range(1000, n - every, every):
        hertz = 82.4 * 2 ** (rng.integers(6) / 12)
        note = sum(np.sin(2 * np.pi * k * hertz * t + rng.uniform(0, 6)) / k for k in range(1, 9))
        dry[start : start + every] += rng.uniform(0.05, 0.12) * note * np.exp(-t / 0.03) * (1 - np.exp(-t / 0.001))
    return hissing(dry, -85, len(name))


def tapped(name):
    """A hand that taps the strings between the notes: bursts of noise of 5 ms."""
    rng, dry = np.random.default_rng(zlib.crc32(name.encode())), riff(name)
    burst = np.exp(-np.arange(round(0.02 * RATE)) / (0.005 * RATE))
    for start in rng.integers(2000, len(dry) - 2000, 12):
        dry[start : start + len(burst)] += filtered(0.15 * rng.normal(size=len(burst)) * burst, 2, 5000, "lowpass")
    return dry


def dying_away(name):
    """The playing ends after 3 s, and the last chord decays into silence."""
    dry = riff(name)
    fading = np.exp(-np.maximum(np.arange(len(dry)) / RATE - 3, 0) / 0.25)
    return hissing(dry * fading, -90)


GOOD = [
    Case("5-s takes", takes_of()),
    Case("sag that recovers in 0.1 s", takes_of(sag(0.1))),
    Case("sag that recovers in 0.3 s", takes_of(sag(0.3))),
    Case("loose spring, 10 ms", takes_of(loose_spring(140, 0.01))),
    Case("loose spring, 30 ms", takes_of(loose_spring(95, 0.03))),
    Case("cabinet", takes_of(cabinet)),
    Case("compressor with attack and release", takes_of(compressor)),
    Case("clean channel", takes_of(clean)),
    Case("hum and hiss", takes_of(noisy)),
    Case("staccato with rests", takes_of(playing=staccato)),
    Case("palm mutes", takes_of(playing=palm_muted)),
    Case("taps on the strings", takes_of(playing=tapped)),
    Case("natural decay into silence", takes_of(playing=dying_away)),
    Case("natural decay, clean channel", takes_of(clean, dying_away)),
]
