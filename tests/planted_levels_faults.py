"""Faults of level, roles, speed and content, planted in the recordings of `planted_levels`."""

import struct

import numpy as np
import soundfile
from planted import RATE, Case, db
from planted import through as played_through
from planted_levels import (
    DRIVES,
    LEAD,
    PASSAGES,
    altered,
    amplifier,
    clean,
    compressor,
    fuzz,
    normalised,
    riff,
    through,
    with_val,
)

from ultragain.checks.requirements import Requirements

WET, DRY = "Test/Lead/Wet/w_holywar.wav", "Test/Lead/Dry/d_holywar.wav"
HIGH_WET = "Test/High/Wet/w_holywar.wav"
FEW = {"study01": "Train", "holywar": "Test"}


def is_named(*names, gains=None):
    return lambda split, gain, name: (not names or name in names) and (gains is None or gain in gains)


ALL = is_named()
ONE, ONE_HIGH = is_named("holywar"), is_named("holywar", gains=("High",))


def louder(decibels):
    return lambda dry, wet: (dry, db(decibels) * wet)


def exchanged(dry, wet):
    return wet, dry


def normalise(dry_dbfs, wet_dbfs):
    """Peaks turned up to these levels; None leaves a file as it is."""

    def change(*pair):
        return tuple(
            part if level is None else normalised(part, level)
            for part, level in zip(pair, (dry_dbfs, wet_dbfs), strict=True)
        )

    return change


def slower(ratio):
    """Played `ratio` times as long, and cut to its length."""

    def change(dry, wet):
        n = np.arange(min(len(wet), int(ratio * len(wet))))
        return dry[: len(n)], np.interp(n / ratio, np.arange(len(wet)), wet)

    return change


def longer_files(ratio):
    """Read at another rate than it was recorded with: no sample is lost."""
    return lambda dry, wet: (dry, np.interp(np.arange(int(ratio * len(wet))) / ratio, np.arange(len(wet)), wet))


def silent(before=0, after=0, every=0):
    """With seconds of silence."""

    def change(*pair):
        return tuple(lengthened(part) for part in pair)

    def lengthened(part):
        gap, first, last = (np.zeros(seconds * RATE) for seconds in (every, before, after))
        parts = [piece for cut in np.array_split(part, 5) for piece in (gap, cut)][1:]
        return np.concatenate([first, *parts, last])

    return change


def as_kind(kind, subtype, path=WET):
    """Written as another kind of file, whatever its name says."""

    def spoil(folder):
        samples, _ = soundfile.read(folder / path)
        soundfile.write(folder / path, samples, RATE, format=kind, subtype=subtype)

    return spoil


def via(subtype, path=WET):
    """Written as something smaller first, and as 24 bits again, turned down."""

    def spoil(folder):
        as_kind("WAV", subtype, path)(folder)
        samples, _ = soundfile.read(folder / path)
        soundfile.write(folder / path, 0.8 * samples, RATE, subtype="PCM_24")

    return spoil


def unfinished(said):
    """A WAV of 16 bits whose header says another number of bytes."""

    def spoil(folder):
        samples, _ = soundfile.read(folder / WET)
        pcm = np.round(samples * 32767).astype("<i2").tobytes()
        head = b"WAVE" + b"junk" + struct.pack("<I", 28) + bytes(28)
        head += b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16) + b"data" + struct.pack("<I", said)
        (folder / WET).write_bytes(b"RIFF" + struct.pack("<I", said) + head + pcm)

    return spoil


def stub(samples, parts=("dry", "wet")):
    """The loudest moment alone, as one more training take."""

    def takes(played):
        dry, wet = riff("study01"), amplifier(riff("study01"), LEAD["Lead"])
        start = int(np.argmax(np.abs(dry)))
        short = [
            part[start : start + samples] if name in parts else part for name, part in (("dry", dry), ("wet", wet))
        ]
        return through(passages=FEW)(played) | {("Train", "Lead", "stub"): tuple(short)}

    return takes


def backwards(dry, wet):
    return dry, wet[::-1]


def _fault(name, expected, change=None, which=ALL, device=amplifier, drives=LEAD, passages=PASSAGES, says="", **more):
    """A case with takes of 5 s; `more` may say where the fault is, what made the takes, and what spoils the files."""
    where = more.pop("where", HIGH_WET if drives is DRIVES else WET)
    takes, spoil = more.pop("takes", through(device, drives, passages)), more.pop("spoil", None)
    if change:
        takes = altered(takes, change, which)
    required = Requirements(**more)
    return Case(name, takes, requirements=required, spoil=spoil, expected=expected, where=where, says=says)


def _level(name, decibels, which=ONE_HIGH, **more):
    return _fault(
        name, "level of takes", louder(decibels), which, says="dB louder" if decibels > 0 else "quieter", **more
    )


def _roles(name, which=ALL, **more):
    return _fault(f"roles exchanged, {name}", "roles", exchanged, which, **more)


def _speed(name, change, says, **more):
    return _fault(name, "partners", change, says=says, **more)


def _lossy(name, spoil, **more):
    return _fault(name, "lossy", spoil=spoil, passages=FEW, **more)


HIGH = is_named(gains=("High",))
PEDAL = played_through(circuit="sd1", knobs={"Lead": 5})
FAULTS = [
    _level("one take 6 dB down", -6, drives=DRIVES),
    _level("one take 2 dB down", -2, drives=DRIVES),
    _level("one take 2.5 dB up", 2.5, drives=DRIVES),
    _level("one take 3 dB up, one gain", 3, ONE),
    _level("one take 3 dB down, one gain", -3, ONE),
    _level("a riff 6 dB down at every gain", -6, ONE, drives=DRIVES),
    _level("two takes 4 dB down", -4, is_named("holywar", "study02")),
    _level("one take 4 dB down, compressor", -4, drives=DRIVES, device=compressor),
    _level("one take 3 dB down, fuzz", -3, ONE, device=fuzz),
    _level("one take 3 dB down, clean", -3, ONE, device=clean),
    _fault("wet files normalised", "normalised", normalise(None, -1), where="Train/Lead/Wet", says="-1.00 dBFS"),
    _fault("all files normalised", "normalised", normalise(-0.1, -0.1), drives=DRIVES, where="Train/High/Wet"),
    _fault("wet files normalised to full scale", "normalised", normalise(None, 0), where="Train/Lead/Wet"),
    _fault("one file normalised to full scale", "clipping", normalise(None, 0), ONE, says="exactly at full scale"),
    _roles("one gain"),
    _roles("one gain of a pedal", takes=PEDAL),
    _roles("one gain of three", HIGH, drives=DRIVES),
    _roles("every gain", drives=DRIVES),
    _roles("one take", ONE),
    _roles("one take of three gains", ONE_HIGH, drives=DRIVES),
    _roles("clean, one gain of three", HIGH, drives=DRIVES, device=clean),
    _roles("clean, one take", ONE, device=clean),
    *(_speed(f"stretched by {ratio}", slower(ratio), f"({ratio:.3f}") for ratio in (1.002, 1.005, 0.97, 1.2, 0.8)),
    _speed("48 kHz read as 44.1", slower(48 / 44.1), "two sample rates, 48 and 44.1 kHz"),
    _speed("44.1 kHz read as 48, uncut", longer_files(44.1 / 48), "two sample rates, 44.1 and 48 kHz"),
    _speed("half the speed", slower(2.0), "two to one"),
    _speed("nothing belongs together", backwards, "3 more takes of its gain"),
    *(
        _fault(f"a take of {samples} samples", "too short", takes=stub(samples), where="Train/Lead/Wet/w_stub.wav")
        for samples in (1, 2, 44, 100, 2000)
    ),
    _fault("a dry file of 44 samples", "too short", takes=stub(44, ("dry",)), where="Train/Lead/Dry/d_stub.wav"),
    _fault("minutes of silence first", "mostly silent", silent(before=20), passages=FEW, where="Train/Lead"),
    _fault(
        "silence between", "mostly silent", silent(every=4), passages=FEW, where="Train/Lead", training_windows=1500
    ),
    _lossy("MP3 under the name of .wav", as_kind("MP3", "MPEG_LAYER_III"), says="MPEG"),
    _lossy("Vorbis under the name of .wav", as_kind("OGG", "VORBIS")),
    _lossy("mu-law in a .wav", as_kind("WAV", "ULAW")),
    _lossy("A-law in a .wav", as_kind("WAV", "ALAW")),
    _lossy("IMA ADPCM in a .wav", as_kind("WAV", "IMA_ADPCM")),
    _lossy("Microsoft ADPCM in a .wav", as_kind("WAV", "MS_ADPCM")),
    _lossy("GSM in a .wav", as_kind("WAV", "GSM610")),
    _lossy("8 bits in a .wav", as_kind("WAV", "PCM_U8")),
    _lossy("8 bits, exported with 24", via("PCM_U8", DRY), where=DRY, says="different values"),
    _lossy("mu-law, exported with 24", via("ULAW"), says="different values"),
    _fault("Val at one gain", "validation", takes=with_val(["High"]), where="Val/Low"),
    _fault("Val missing at one gain", "validation", takes=with_val(["Low", "High"]), where="Val/Mid"),
    _fault("header says nothing is there", "header", passages=FEW, says="5.0 s are there", spoil=unfinished(0)),
    _fault("header is of an earlier moment", "header", passages=FEW, says="says 1.0 s", spoil=unfinished(2 * RATE)),
]
