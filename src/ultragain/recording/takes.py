"""From what an interface recorded to a take: which input is which, whether it is good, and its files."""

from dataclasses import dataclass

import numpy as np

from ultragain import audio
from ultragain.files import whole_file, write_json
from ultragain.recording.calibration import TakeRefused, arrival, drift

#: A converter's full scale, less a hair; a sample that reaches it is taken for clipped.
CLIPPED = 0.9999
#: A plain copy of what was played correlates better than this, a wet signal hardly ever.
COPY = 0.9
#: Quieter wet audio than this, at its peak, is an amplifier that is off: crosstalk of the dry signal.
SILENT_DBFS = -60.0
#: Quieter than this at its peak, a recording wastes its bits on noise.
QUIET_DBFS = -30.0
#: An input so much weaker than the loudest only overhears it: nothing is measured there.
CROSSTALK = 1e-3
#: Wet audio whose onset lies within so many samples of the dry one's is in step with it: the
#: amplifier's own rise. What is later than that waited in some digital device.
STEP = 3
# The dry return is compared with what was played in blocks of 46 ms (at 44.1 kHz).
_BLOCK = 2048
# Converters never give this many zeros in a row: a buffer was lost.
_ZEROS = 32


@dataclass(frozen=True)
class Cut:
    """Dry and wet audio of a take, in step, and what was found out about it.

    Attributes
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    findings : dict
        JSON-able: inputs, latency, polarity, levels.
    """

    dry: np.ndarray
    wet: np.ndarray
    findings: dict


def cut(programme, recorded, wet_only=False, dry_input=None, wet_input=None, losses=()):
    """Find dry and wet audio in what was recorded, and refuse a bad take.

    Parameters
    ----------
    programme : Programme
        What was played.
    recorded : np.ndarray, shape (n_samples, n_inputs)
        What came back at the same time.
    wet_only : bool
        Whether there is no dry return: then what was played is the dry audio.
    dry_input, wet_input : int, optional
        Inputs counted from 1, where a person says so; found if not given.
    losses : sequence of (int, str)
        Where the interface reported lost buffers, in samples.

    Returns
    -------
    Cut

    Raises
    ------
    TakeRefused
        With the reason.
    """
    for place, what in losses:
        if place >= programme.first[0] - programme.longest // 2:
            raise TakeRefused(f"the computer was too slow and lost a buffer ({what}): close other programs", is_chance=True)
    arrivals = {number: arrival(programme, recorded[:, number - 1]) for number in range(1, recorded.shape[1] + 1)}
    heard = {number: each for number, each in arrivals.items() if each}
    if not heard:
        raise TakeRefused("nothing came back on any input: check the cables, and the interface's output and input levels")
    loudest = max(np.abs(each.response).max() for each in heard.values())
    for number, each in heard.items():
        samples = recorded[:, number - 1]
        if np.abs(samples).max() >= CLIPPED:
            raise TakeRefused(f"input {number} clips: turn its level down at the interface (and leave it so for all takes)")
        if np.abs(each.response).max() > CROSSTALK * loudest:
            _require_no_drift(number, drift(programme, samples, each))
    played = programme.played[programme.music]

    def music(number, latency):
        return recorded[programme.music.start + latency :][: len(played), number - 1]

    likeness = {number: _correlation(played, music(number, each.middle)) for number, each in heard.items()}
    if wet_only:
        dry_input, delay = None, 0
        wet_input = _wet_input(recorded, arrivals, wet_input)
        latency = heard[wet_input].onset
        dry = played
    else:
        dry_input = _dry_input(likeness, dry_input)
        wet_input = _wet_input(recorded, {n: each for n, each in arrivals.items() if n != dry_input}, wet_input)
        latency = heard[dry_input].middle
        delay = heard[wet_input].onset - latency
        if delay < -STEP:
            raise TakeRefused(f"input {wet_input} hears the clicks {-delay} samples before the dry return: is a monitor on?")
        delay = delay if delay > STEP else 0
        dry = music(dry_input, latency)
        _require_continuity(played, dry, dry_input)
    wet = music(wet_input, latency + delay)
    silence = recorded[programme.music.start - programme.longest // 2 : programme.music.start, wet_input - 1]
    _require_no_gap(wet, silence, wet_input)
    findings = {
        "inputs": {"dry": dry_input, "wet": wet_input},
        "latency_samples": latency,
        "wet_delay_samples": delay,
        "polarity": {"dry": heard[dry_input].polarity if dry_input else 1, "wet": heard[wet_input].polarity},
        "peak_dbfs": {"played": _level(played), "dry": _level(dry), "wet": _level(wet)},
        "rms_dbfs": {"dry": _number(audio.rms_dbfs(dry)), "wet": _number(audio.rms_dbfs(wet))},
        "wet_noise_floor_dbfs": _number(audio.rms_dbfs(silence)),
        "notes": [
            f"{name} is quiet: turn its input up"
            for name, part in (("dry", dry), ("wet", wet))
            if audio.peak_dbfs(part) < QUIET_DBFS
        ],
        "likeness_to_played": {str(number): round(value, 4) for number, value in likeness.items()},
    }
    return Cut(dry, wet, findings)


def save(take, cut, sample_rate, metadata):
    """Write a take and, beside its wet file, what is known of it as JSON: all of it or nothing.

    The wet file comes last and, where a take is overwritten, goes first: where it stands, the
    others belong to it.
    """
    notes = metadata_path(take)
    with whole_file(take.wet) as wet, whole_file(take.dry) as dry, whole_file(notes) as known:
        audio.write_wav(wet, cut.wet, sample_rate)
        audio.write_wav(dry, cut.dry, sample_rate)
        write_json(known, metadata | cut.findings)
        take.wet.unlink(missing_ok=True)


def metadata_path(take):
    """Where a take's metadata stand: `Wet/w_<name>.json`."""
    return take.wet.with_suffix(".json")


def _require_no_drift(number, samples):
    if samples is None:
        raise TakeRefused(f"input {number} does not hear the clicks after the music: was something switched off?", is_chance=True)
    if samples:
        what = "were lost" if samples < 0 else "came in between"
        raise TakeRefused(
            f"{abs(samples)} samples {what} between the clicks before and after the music (input {number}): "
            "close other programs, or give the interface larger buffers",
            is_chance=True,
        )


def _dry_input(likeness, chosen):
    """The input that returns what was played; `chosen` is a person's word for it."""
    if chosen is not None and chosen not in likeness:
        raise TakeRefused(f"input {chosen} hears nothing: check the cable from the splitter")
    ranked = sorted(likeness, key=likeness.get, reverse=True)
    best, found = ranked[0], ", ".join(f"{likeness[number]:.0%} on input {number}" for number in sorted(ranked))
    # A clean amplifier is nearly a copy too; the return must be a much better one.
    rivals = [number for number in ranked[1:] if 1 - likeness[number] < 1e-3 + 4 * (1 - likeness[best])]
    is_copy = likeness[best] >= COPY
    if chosen is not None:
        if chosen != best and is_copy and chosen not in rivals:
            raise TakeRefused(f"input {best} returns what was played, not input {chosen} (likeness {found})")
        return chosen
    if not is_copy:
        raise TakeRefused(
            f"no input returns what was played (likeness {found}): check the splitter; --wet-only records without one, "
            "--dry-input names the return"
        )
    if rivals:
        raise TakeRefused(
            f"inputs {best} and {rivals[0]} both return what was played (likeness {found}): is the amplifier in the path? "
            "--dry-input names the return"
        )
    return best


def _wet_input(recorded, arrivals, chosen):
    """The input with the amplifier: the loudest that hears anything."""
    numbers = [chosen] if chosen in arrivals else list(arrivals) if chosen is None else []
    if not numbers:
        raise TakeRefused("the wet signal needs an input of its own: check --wet-input and --dry-input")
    loudest = max(numbers, key=lambda number: np.abs(recorded[:, number - 1]).max())
    peak = audio.peak_dbfs(recorded[:, loudest - 1])
    if arrivals[loudest] is None or peak < SILENT_DBFS:
        raise TakeRefused(
            f"the wet signal is silent (input {loudest}, peak {peak:.0f} dBFS): check amplifier, cable and input level"
        )
    return loudest


def _require_continuity(played, dry, number):
    """Refuse a return in which a stretch of the music is missing or misplaced."""
    loud = 0.02 * np.abs(played).max()
    for start in range(0, len(played) - _BLOCK + 1, _BLOCK):
        block = played[start : start + _BLOCK]
        if np.sqrt(np.mean(block**2)) > loud and _correlation(block, dry[start : start + _BLOCK]) < 0.5:
            raise TakeRefused(
                f"input {number} differs from what was played {start / len(played):.0%} into the music: samples were lost, "
                "or a cable is loose",
                is_chance=True,
            )


def _require_no_gap(wet, silence, number):
    """Refuse digital silence within an analogue recording."""
    if not silence.any():
        return  # a device without any noise
    others = np.flatnonzero(np.concatenate([[1], wet, [1]]))  # the zeros lie between these
    longest = int(np.diff(others).max()) - 1
    if longest >= _ZEROS:
        raise TakeRefused(f"input {number} gave {longest} zeros in a row: a buffer was lost", is_chance=True)


def _correlation(one, other):
    """Absolute correlation coefficient of two signals without their means; 0 if one is constant."""
    one, other = one - one.mean(), other - other.mean()
    energy = np.sqrt((one @ one) * (other @ other))
    return float(abs(one @ other) / energy) if energy > 0 else 0.0


def _level(samples):
    return _number(audio.peak_dbfs(samples))


def _number(decibels):
    return round(decibels, 2) if np.isfinite(decibels) else None  # JSON has no infinity
