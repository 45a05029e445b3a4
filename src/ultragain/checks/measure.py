"""What the checks need to know about files and takes.

A measurement is a dict of numbers, so that it can be kept as JSON; what is a fault and what is not
is decided elsewhere, from these numbers.
"""

import dataclasses
import hashlib
import os

import numpy as np
import soundfile
from scipy import signal

from ultragain.checks import (
    amount,
    content,
    effects,
    gate,
    impulses,
    levels,
    noise,
    relation,
    roles,
    rough_model,
    steps,
    tremolo,
)
from ultragain.checks.latency import aligned, compare, latency
from ultragain.checks.measurements import MeasuredTake, samples_of
from ultragain.recording.metadata import read_metadata

FRAME_SECONDS = 0.05  # of the frames in which levels are compared
LOUD_RANGE_DB = 40.0  # below a take's loudest frame, noise may matter
AUDIBLE = 10 ** (-45 / 20)  # RMS of a dry signal that comes back from any amplifier
DRIFT_SECONDS = 6.0  # a take shorter than this does not show the difference of two clocks
FILTER_TAPS = 32  # 0.7 ms: what a cable, a buffer or a converter does to a signal
COUPLING_HERTZ = (2, 5, 10, 20, 40)  # where the capacitors of an input or an output may let the lows go
COPY_WORTH_A_LOOK = 0.01


def measure_take(take, measurements):
    """A take, measured.

    Parameters
    ----------
    take : Take
    measurements : Measurements
        What was measured before; takes part in this.

    Returns
    -------
    MeasuredTake
    """
    dry, wet = (_measure(part, path, measurements) for part, path in (("dry", take.dry), ("wet", take.wet)))
    pair = None
    if dry and wet and dry.get("peak") and wet.get("peak") and dry["rate"] == wet["rate"]:
        pair = measurements.get("pair", [take.dry, take.wet], lambda: measure_pair(take.dry, take.wet, dry["rate"]))
    return MeasuredTake(take.folder, take.split, take.gain, take.name, dry, wet, pair, click_levels(take))


def _measure(part, path, measurements):
    """What `measure_file` finds in a file, None if it is not there."""
    if not path.is_file():
        return None
    try:
        return measurements.get(part, [path], lambda: measure_file(path, part == "dry"))
    except OSError as error:  # it may not be read, or the disk fails: not its content's fault, so it is not kept
        return {"refused": error.strerror or f"{error}"}


def click_levels(take):
    """Level of the calibration clicks on each input.

    Parameters
    ----------
    take : Take

    Returns
    -------
    dict of str to float
        dBFS on the `dry` and the `wet` input, as far as the take's metadata know it.
    """
    clicks = (read_metadata(take) or {}).get("click_dbfs")
    if not isinstance(clicks, dict):
        return {}  # recorded by something else
    return {part: clicks[part] for part in ("dry", "wet") if isinstance(clicks.get(part), float | int)}


def measure_file(path, is_dry):
    """What one file holds.

    Parameters
    ----------
    path : Path
    is_dry : bool
        Whether it is a dry file: hiss is measured in those only.

    Returns
    -------
    dict
        `error` alone for a file that is no audio; `beyond` alone for one with an unfinished header; rate,
        channels, samples, is_finite; for finite ones that are long enough also content (a digest of the samples),
        subtype, values (how many different ones), peak, rms and mean in full scale, near_peak (how many
        samples), full_scale (runs and samples), flat (half waves and their level), hum (Hz and RMS), hiss (RMS),
        sounding (share of the time).
    """
    if beyond := content.beyond_header(path):
        return {"beyond": beyond}
    try:
        info = soundfile.info(os.fsencode(path))
        samples = samples_of(path)
    except soundfile.LibsndfileError as error:
        return {"error": error.error_string}  # without the path: another file of the same content is no better
    found = {"rate": info.samplerate, "channels": info.channels, "samples": len(samples)}
    found["is_finite"] = bool(np.isfinite(samples).all())
    if len(samples) < content.LEAST_SECONDS * info.samplerate or not found["is_finite"]:
        return found
    return found | {
        "content": hashlib.sha256(samples.tobytes()).hexdigest(),
        "peak": float(np.abs(samples).max()),
        "rms": float(np.sqrt(np.mean(np.square(samples), dtype=np.float64))),
        "mean": float(np.mean(samples, dtype=np.float64)),
        "full_scale": levels.full_scale_runs(samples),
        "flat": levels.flat_tops(samples),
        "hum": noise.hum(samples, info.samplerate),
        "hiss": noise.hiss(samples, info.samplerate) if is_dry else 0.0,
        "sounding": amount.sounding(samples, info.samplerate),
        "subtype": info.subtype,
        "near_peak": levels.near_peak(samples),
        "values": content.values(samples, info.samplerate),
    }


def measure_pair(dry, wet, sample_rate):
    """How a wet file follows its dry one.

    Parameters
    ----------
    dry, wet : Path
    sample_rate : int
        Of both, in Hz.

    Returns
    -------
    dict
        latency, the fields of a `Latency`; drift, the change of latency over the take, in
        samples or None; dropout, the longest gap in samples; rest_noise, RMS or None; copy and
        filtered_copy, the share of the wet energy that the dry signal itself, scaled or filtered,
        does not explain; slope, the change of the wet level in dB for each dB of the dry one;
        relation, from `relation.measure` where the latency is certain and stays; roles, from `roles.measure`;
        steps, late, swing, closings and impulses, from the functions of these topics.
    """
    dry, wet = samples_of(dry), samples_of(wet)
    n = min(len(dry), len(wet))
    dry, wet = dry[:n], wet[:n]
    found = latency(dry, wet, sample_rate)
    copy, filtered_copy = _copies(dry, wet, found.samples, sample_rate)
    partners = aligned(dry, wet, found.samples if found.is_certain else 0)
    (x, low_rate), (y, _) = (relation.lowered(part, sample_rate) for part in partners)
    over_time = _over_time(dry, wet, found, sample_rate)
    is_one_course = found.is_certain and not over_time["steps"]
    return {
        "latency": dataclasses.asdict(found),
        "drift": _drift(dry, wet, sample_rate),
        "dropout": levels.longest_silence(wet, dry, AUDIBLE),
        "rest_noise": noise.noise_in_rests(dry, wet),
        "copy": copy,
        "filtered_copy": filtered_copy,
        "slope": _slope(dry, wet, sample_rate),
        "relation": relation.measure(x, y, low_rate) if is_one_course else None,
        "roles": roles.measure(x, y, low_rate),
        **over_time,
    }


def _over_time(dry, wet, found, sample_rate):
    """What happens at some moments of a take only, or long after the playing."""
    features, low_wet, step = rough_model.at_low_rate(dry, wet, found.samples, sample_rate)
    changes, predicted = steps.find_steps(features, low_wet, sample_rate / step)
    lost = steps.lost_samples(dry, wet, found.samples, changes, step, sample_rate)
    is_one_course = not lost and not found.is_unrelated
    return {
        "steps": lost,
        "late": effects.late_answers(predicted, low_wet, sample_rate / step) if is_one_course else None,
        "swing": tremolo.swing(predicted, low_wet, sample_rate / step) if is_one_course else None,
        "closings": gate.closings(dry, wet, found.samples, sample_rate),
        "impulses": impulses.impulses(dry, wet, found.samples, sample_rate),
    }


def _drift(dry, wet, sample_rate):
    if len(dry) < DRIFT_SECONDS * sample_rate:
        return None
    third = len(dry) // 3
    first, last = latency(dry[:third], wet[:third], sample_rate), latency(dry[-third:], wet[-third:], sample_rate)
    if not (first.is_certain and last.is_certain):
        return None
    drifted, _ = compare(first, last, sample_rate)
    return None if np.isnan(drifted) else drifted


def _copies(dry, wet, lag, sample_rate):
    """Shares of the wet energy that are left by the scaled and by the filtered dry signal, in the loudest second."""
    dry, wet = aligned(dry, wet, lag)
    second = min(len(dry), sample_rate)
    if second < 4 * FILTER_TAPS:
        return 1.0, 1.0
    energy = np.cumsum(np.concatenate([[0.0], np.square(dry, dtype=np.float64)]))
    start = int(np.argmax(energy[second:] - energy[:-second]))
    x, y = (part[start : start + second].astype(np.float64) for part in (dry, wet))
    # sums, not dot products: those of a second start BLAS's threads, which costs far more than it saves
    of_x, of_y, shared = np.sum(x * x), np.sum(y * y), np.sum(x * y)
    if not of_x or not of_y:
        return 1.0, 1.0
    copy = max(0.0, float(1 - shared**2 / (of_x * of_y)))
    if copy > COPY_WORTH_A_LOOK:
        return copy, copy
    # some taps before the peak, some after it: a converter's filter rings on both sides
    taps = np.lib.stride_tricks.sliding_window_view(x, FILTER_TAPS)
    middle = slice(FILTER_TAPS // 2, FILTER_TAPS // 2 + len(taps))
    slow = [
        signal.sosfilt(signal.butter(1, hertz, fs=sample_rate, output="sos"), x)[middle] for hertz in COUPLING_HERTZ
    ]
    known = np.column_stack([taps, *slow])
    weights = np.linalg.lstsq(known.T @ known, known.T @ y[middle], rcond=None)[0]
    return copy, float(np.sum((y[middle] - known @ weights) ** 2) / max(np.sum(y[middle] ** 2), 1e-30))


def _slope(dry, wet, sample_rate):
    """1 for a device that only amplifies, near 0 for one that plays everything equally loud."""
    size = round(FRAME_SECONDS * sample_rate)
    count = len(dry) // size
    dry_levels, wet_levels = (
        20 * np.log10(np.std(part[: count * size].reshape(count, size), axis=1, dtype=np.float64) + 1e-6)
        for part in (dry, wet)
    )
    if count < 10:
        return None
    is_loud = dry_levels > dry_levels.max() - LOUD_RANGE_DB
    if is_loud.sum() < 10 or np.ptp(dry_levels[is_loud]) < 6:
        return None
    return float(np.polyfit(dry_levels[is_loud], wet_levels[is_loud], 1)[0])
