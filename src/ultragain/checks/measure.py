"""What the checks need to know about files and takes, measured once and remembered by content.

A measurement is a dict of numbers, so that it can be kept as JSON; what is a fault and what is not
is decided elsewhere, from these numbers.
"""

import dataclasses
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

from ultragain.checks import clipping, noise
from ultragain.checks.latency import Latency, compare, latency
from ultragain.files import file_digest, write_json
from ultragain.rig.take import metadata_path

VERSION = 3  # raise it whenever a measurement below would come out otherwise
FRAME_SECONDS = 0.05  # over which loud and quiet are told apart
LOUD_RANGE_DB = 40.0  # below a take's loudest frame, noise may have a say
AUDIBLE = 10 ** (-45 / 20)  # RMS of a dry signal that no amplifier swallows
DRIFT_SECONDS = 6.0  # a take shorter than this tells nothing about clocks
FILTER_TAPS = 32  # 0.7 ms: what a cable, a buffer or a converter does to a signal
COUPLING_HERTZ = (2, 5, 10, 20, 40)  # where the capacitors of an input or an output may let the lows go
COPY_WORTH_A_LOOK = 0.01


@dataclasses.dataclass
class MeasuredTake:
    """A take, and what was measured on it.

    Attributes
    ----------
    split, gain, name : str
    dry, wet : Path
    dry_file, wet_file : str
        The same below the recordings folder.
    of_dry, of_wet : dict or None
        From `measure_file`, or `refused` alone, the reason why a file cannot be opened; None where it is missing.
    of_pair : dict or None
        From `measure_pair`; None unless both files hold finite sound at one rate.
    clicks : dict of str to float
        Level of the calibration clicks on the `dry` and the `wet` input, in dBFS, as far as the take's metadata know it.
    """

    split: str
    gain: str
    name: str
    dry: Path
    wet: Path
    dry_file: str
    wet_file: str
    of_dry: dict | None = None
    of_wet: dict | None = None
    of_pair: dict | None = None
    clicks: dict = dataclasses.field(default_factory=dict)

    @property
    def latency(self):
        """Of the wet file: a `Latency`, or None."""
        return Latency(**self.of_pair["latency"]) if self.of_pair else None

    @property
    def files(self):
        """(file, measurement) of what is there of dry and wet."""
        return [(file, of) for file, of in ((self.dry_file, self.of_dry), (self.wet_file, self.of_wet)) if of]


class Memory:
    """Measurements by the content of what was measured.

    Parameters
    ----------
    path : Path, optional
        JSON file they are kept in; without it they are forgotten.
    """

    def __init__(self, path=None):
        self._path, self._used, self._digests = path, {}, {}
        self._known = self._load()
        self.measured = 0  # how often something had to be measured

    def _load(self):
        try:
            kept = json.loads(self._path.read_text())
            return kept["measurements"] if kept["version"] == VERSION else {}
        except (AttributeError, OSError, ValueError, KeyError, TypeError):
            return {}  # nothing kept, or nothing that can be read: measure again

    def recall(self, kind, paths, measure):
        """`measure()`, unless the same was measured on files of the same content."""
        key = f"{kind} {hashlib.sha256(' '.join(map(self._digest, paths)).encode()).hexdigest()}"
        if key not in self._used:
            if key not in self._known:
                self._known[key] = measure()
                self.measured += 1
            self._used[key] = self._known[key]
        return self._used[key]

    def _digest(self, path):
        if path not in self._digests:
            self._digests[path] = file_digest(path)
        return self._digests[path]

    def save(self):
        """Keep what was used since the beginning, and nothing older."""
        if self._path and (self.measured or len(self._used) != len(self._known)):
            write_json(self._path, {"version": VERSION, "measurements": self._used})


def samples_of(path):
    """Samples of a file that was found readable, the mean of its channels, shape (n_samples,), float32."""
    samples, _ = soundfile.read(os.fsencode(path), dtype="float32", always_2d=True)
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)


def measure_take(take, memory):
    """Fill in a take's measurements."""
    take.of_dry = _measure("dry", take.dry, memory)
    take.of_wet = _measure("wet", take.wet, memory)
    take.clicks = click_levels(take)
    of = take.of_dry, take.of_wet
    if all(of) and all(part.get("peak") for part in of) and of[0]["rate"] == of[1]["rate"]:
        take.of_pair = memory.recall(
            "pair", [take.dry, take.wet], lambda: measure_pair(take.dry, take.wet, of[0]["rate"])
        )


def _measure(kind, path, memory):
    """What `measure_file` says of a file, None if it is not there."""
    try:
        return memory.recall(kind, [path], lambda: measure_file(path, kind == "dry")) if path.is_file() else None
    except (
        OSError
    ) as error:  # it may not be read, or the disk fails; its content is not to blame, so nothing is remembered
        return {"refused": error.strerror or f"{error}"}


def click_levels(take):
    """Level of the calibration clicks on each input.

    Parameters
    ----------
    take : MeasuredTake

    Returns
    -------
    dict of str to float
        dBFS on the `dry` and the `wet` input, from the metadata beside the wet file; without what is not told there.
    """
    try:
        told = json.loads(metadata_path(take).read_bytes())["click_dbfs"]
        return {part: told[part] for part in ("dry", "wet") if isinstance(told.get(part), float | int)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # recorded by something else


def measure_file(path, is_dry):
    """What one file holds.

    Parameters
    ----------
    path : Path
    is_dry : bool
        Whether it is a dry file: only those are asked for their hiss.

    Returns
    -------
    dict
        `error` alone for a file that is no audio; rate, channels, samples, is_finite; for finite
        ones also content (a digest of the samples), peak, rms and mean in full scale, full_scale
        (runs and samples), flat (half waves and their level), hum (Hz and RMS), hiss (RMS).
    """
    try:
        info = soundfile.info(os.fsencode(path))
        samples = samples_of(path)
    except soundfile.LibsndfileError as error:
        return {"error": error.error_string}  # without the path: another file of the same content is no better
    found = {"rate": info.samplerate, "channels": info.channels, "samples": len(samples)}
    found["is_finite"] = bool(np.isfinite(samples).all())
    if not (len(samples) and found["is_finite"]):
        return found
    return found | {
        "content": hashlib.sha256(samples.tobytes()).hexdigest(),
        "peak": float(np.abs(samples).max()),
        "rms": float(np.sqrt(np.mean(np.square(samples), dtype=np.float64))),
        "mean": float(np.mean(samples, dtype=np.float64)),
        "full_scale": clipping.full_scale_runs(samples),
        "flat": clipping.flat_tops(samples),
        "hum": noise.hum(samples, info.samplerate),
        "hiss": noise.hiss(samples, info.samplerate) if is_dry else 0.0,
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
        does not explain; slope, the change of the wet level in dB for each dB of the dry one.
    """
    dry, wet = samples_of(dry), samples_of(wet)
    n = min(len(dry), len(wet))
    dry, wet = dry[:n], wet[:n]
    found = latency(dry, wet, sample_rate)
    copy, filtered_copy = _copies(dry, wet, found.samples, sample_rate)
    return {
        "latency": dataclasses.asdict(found),
        "drift": _drift(dry, wet, sample_rate),
        "dropout": clipping.longest_silence(wet, dry, AUDIBLE),
        "rest_noise": noise.noise_in_rests(dry, wet),
        "copy": copy,
        "filtered_copy": filtered_copy,
        "slope": _slope(dry, wet, sample_rate),
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
    dry, wet = (dry[: len(dry) - lag], wet[lag:]) if lag >= 0 else (dry[-lag:], wet[:lag])
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
    levels = [
        20 * np.log10(np.std(part[: count * size].reshape(count, size), axis=1, dtype=np.float64) + 1e-6)
        for part in (dry, wet)
    ]
    if count < 10:
        return None
    is_loud = levels[0] > levels[0].max() - LOUD_RANGE_DB
    if is_loud.sum() < 10 or np.ptp(levels[0][is_loud]) < 6:
        return None
    return float(np.polyfit(levels[0][is_loud], levels[1][is_loud], 1)[0])
