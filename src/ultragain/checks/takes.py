"""Checks of one take: its files, and how the wet one follows the dry one.

Each is a function of a `MeasuredTake` and the `Demands`, and yields findings.
"""

from dataclasses import dataclass

import numpy as np

from ultragain.checks.finding import failure, warning
from ultragain.checks.latency import EARLY_SECONDS, LATE_SECONDS

# The network adds one constant to all its outputs and would learn this one; but an offset is energy, so it
# flatters ESR, and none comes out of an amplifier through a capacitor. Captured amplifiers show up to 0.0014.
OFFSET, OFFSET_OF_RMS = 0.005, 0.03
# A handful of clipped samples in minutes of playing is not what a model learns from.
MANY_CLIPPED_RUNS = 5
FEW_FLAT_TOPS = 3
# A dry file at -30 dBFS uses a thirtieth of the range, and LSTMs learn slowly from tiny inputs; -80 is noise alone.
QUIET_DBFS, SILENT_DBFS = -30.0, -80.0
LONG_GAP_SECONDS = 0.02
# Against the music: an amplifier lifts a hum 45 dB below it to where it is heard in every rest. Hiss is told from
# the music less surely; that of real guitars lies 60 dB and more below it.
HUM_DB, HISS_DB = -45.0, -35.0
REST_NOISE_DB = -15.0  # of the wet file's energy 3 %, which no model can get right
DRIFT_SECONDS = 0.15e-3
# Share of the wet energy that the dry signal, filtered, does not explain. Cables and converters are filters
# with a noise floor far below; a guitar through tanh, the tamest device of the tests, leaves ten times as much.
LINEAR = 1e-5


@dataclass(frozen=True)
class Demands:
    """What the recordings are for.

    Attributes
    ----------
    sample_rate : int
        In Hz.
    gains : tuple of str
        Labels, in the order of rising gain where `is_rising`.
    is_rising : bool
    test_riffs : tuple of str or None
        None: whatever stands under Test.
    contexts : tuple of int
        In samples.
    training_windows : int or None
        None: as many as there are.
    validation_share : float
    """

    sample_rate: int
    gains: tuple
    is_rising: bool
    test_riffs: tuple | None
    contexts: tuple
    training_windows: int | None
    validation_share: float


def pairing(take, demands):
    """Both files are there."""
    for file, of, other in ((take.dry_file, take.of_dry, take.of_wet), (take.wet_file, take.of_wet, take.of_dry)):
        if of is None:
            pair = "though its pair is there" if other else "and so is its pair"
            yield failure(file, "pairing", f"is missing, {pair}", "record the take again, or remove its pair")


def readable(take, demands):
    """The files can be opened, are audio, and there is some in them."""
    for file, of in take.files:
        if "refused" in of:
            yield failure(
                file,
                "readable",
                f"cannot be opened ({of['refused']})",
                "look at who may read it, and whether the disk is well",
            )
        elif "error" in of:
            yield failure(file, "readable", f"cannot be read as audio ({of['error']})", "export it again as WAV")
        elif not of["samples"]:
            yield failure(file, "readable", "holds no samples", "record the take again")


def sample_rate(take, demands):
    """All files have the experiment's rate."""
    for file, of in take.files:
        if of.get("rate", demands.sample_rate) != demands.sample_rate:
            yield failure(
                file,
                "sample rate",
                f"is {of['rate']} Hz, not {demands.sample_rate} Hz",
                "set the rate in the recording program; `ultragain reamp` and other converters resample dry and wet alike",
            )


def channels(take, demands):
    """All files are mono."""
    for file, of in take.files:
        if of.get("channels", 1) != 1:
            yield failure(file, "channels", f"has {of['channels']} channels", "export it as mono")


def length(take, demands):
    """Dry and wet are of one length."""
    dry, wet = (of.get("samples") if of else None for of in (take.of_dry, take.of_wet))
    if dry and wet and dry != wet:
        yield failure(
            take.wet_file,
            "length",
            f"holds {wet:,} samples, its dry file {dry:,}",
            "cut both alike, or let `ultragain align` do it",
        )


def finite(take, demands):
    """There is no NaN or infinity."""
    for file, of in take.files:
        if of.get("is_finite") is False:
            yield failure(
                file,
                "finite",
                "holds samples that are not numbers (NaN or infinity)",
                "export it again, as 24-bit integers",
            )


def dc_offset(take, demands):
    """The wave swings around zero."""
    for file, of in take.files:
        if of.get("peak") and abs(of["mean"]) > max(OFFSET, OFFSET_OF_RMS * of["rms"]):
            yield warning(
                file,
                "DC offset",
                f"its mean is {of['mean']:+.3f} of full scale",
                "switch the interface's high-pass filter on, or remove the offset",
            )


def clipping(take, demands):
    """Nothing ran out of room on its way into the file."""
    for file, of in take.files:
        if not of.get("peak"):
            continue
        runs, samples = of["full_scale"]
        tops, level = of["flat"]
        if of["peak"] > 1:  # only float files can
            yield failure(
                file,
                "clipping",
                f"goes to {of['peak']:.2f} of full scale",
                "turn it down and export it again: a float file still holds the peaks",
            )
        elif runs:
            say = failure if runs >= MANY_CLIPPED_RUNS else warning
            yield say(
                file,
                "clipping",
                f"stays at full scale {runs} times ({samples} samples)",
                "turn the input gain down and record it again",
            )
        elif tops >= FEW_FLAT_TOPS:
            yield warning(
                file,
                "clipping",
                f"{tops} waves are cut off flat at {_decibels(level):.1f} dBFS",
                "something before the file clips or limits: turn it down, switch limiters off, record it again",
            )


def level(take, demands):
    """There is sound, and enough of it."""
    for file, of in take.files:
        if "peak" not in of:
            continue
        peak = _decibels(of["peak"])
        if peak < SILENT_DBFS:
            yield failure(file, "silence", "is silent", "check cable, input and mute switch, and record it again")
        elif peak < QUIET_DBFS:
            yield warning(
                file,
                "level",
                f"its loudest sample is at {peak:.0f} dBFS",
                "turn the input gain up: peaks near -6 dBFS are good",
            )


def dropout(take, demands):
    """The wet signal does not stop while the guitar plays."""
    if take.of_pair and (gap := take.of_pair["dropout"] / take.of_dry["rate"]) > LONG_GAP_SECONDS:
        yield failure(
            take.wet_file,
            "silence",
            f"is exactly zero for {1000 * gap:.0f} ms while the dry file plays",
            "the interface lost samples, or a gate was on: larger buffers, no gate, record it again",
        )


def hum(take, demands):
    """The mains is not heard."""
    for file, of in take.files:
        if of.get("peak") and of["hum"][1] > 0 and _decibels(of["hum"][1] / of["rms"]) > HUM_DB:
            mains, rms = of["hum"]
            yield warning(
                file,
                "hum",
                f"hums at {mains} Hz, {-_decibels(rms / of['rms']):.0f} dB below the music",
                "other socket, other cable, further from transformers; turn the guitar",
            )


def noise(take, demands):
    """The noise floor is low."""
    of = take.of_dry
    if of and of.get("peak") and of["hiss"] > 0 and _decibels(of["hiss"] / of["rms"]) > HISS_DB:
        yield warning(
            take.dry_file,
            "noise",
            f"its hiss is only {-_decibels(of['hiss'] / of['rms']):.0f} dB below the music",
            "more input gain and less afterwards; a better cable",
        )
    if take.of_pair and take.of_pair["rest_noise"] is not None:
        below = _decibels(take.of_pair["rest_noise"] / take.of_wet["rms"])
        if below > REST_NOISE_DB:
            yield warning(
                take.wet_file,
                "noise",
                f"what it holds in rests is only {-below:.0f} dB below the music",
                "find the noise: cable, power supply, input gain; models cannot learn it",
            )


def latency(take, demands):
    """The wet file is where the model looks for it."""
    if not take.latency or not take.latency.is_certain:
        return
    late, rate, shortest = take.latency.samples, take.of_dry["rate"], min(demands.contexts)
    milliseconds = f"{1000 * abs(late) / rate:.2f} ms ({abs(late)} samples)"
    if late < -EARLY_SECONDS * rate:
        yield failure(
            take.wet_file,
            "latency",
            f"comes {milliseconds} before its dry file: no model can know the future",
            "`ultragain align` moves it",
        )
    elif late >= shortest:
        yield failure(
            take.wet_file,
            "latency",
            f"comes {milliseconds} after its dry file, and the shortest window is {shortest} samples",
            "`ultragain align` moves it",
        )
    elif late > LATE_SECONDS * rate:
        yield warning(
            take.wet_file,
            "latency",
            f"comes {milliseconds} after its dry file, which uses up part of the window",
            "`ultragain align` moves it",
        )


def drift(take, demands):
    """One clock ran for both files."""
    if take.of_pair and take.of_pair["drift"] is not None:
        drifted, rate = take.of_pair["drift"], take.of_dry["rate"]
        if abs(drifted) > DRIFT_SECONDS * rate:
            yield failure(
                take.wet_file,
                "drift",
                f"its latency changes by {drifted:+d} samples on the way: two clocks were at work",
                "record dry and wet with one interface, or lock the clocks together",
            )


def bypass(take, demands):
    """The amplifier does something."""
    if take.of_pair and take.of_pair["filtered_copy"] < LINEAR:
        yield failure(
            take.wet_file,
            "bypass",
            "is its dry file again: nothing in between changed it",
            "check the cables: is the amplifier in the path, and on?",
        )


def _decibels(amplitude):
    return float(20 * np.log10(max(amplitude, 1e-9)))


CHECKS = (
    pairing,
    readable,
    sample_rate,
    channels,
    length,
    finite,
    dc_offset,
    clipping,
    level,
    dropout,
    hum,
    noise,
    latency,
    drift,
    bypass,
)
