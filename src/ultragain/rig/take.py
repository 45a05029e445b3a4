"""From what an interface recorded to a take: whether it is good, and its files."""

from dataclasses import dataclass

import numpy as np

from ultragain import audio
from ultragain.files import whole_file, write_json
from ultragain.recording.metadata import metadata_path
from ultragain.rig import inputs
from ultragain.rig.calibration import TakeRefused, arrival, drift

#: Just below a converter's full scale; a sample that reaches it counts as clipped.
CLIPPED = 0.9999
#: With a lower peak than this, a recording is too close to the noise.
QUIET_DBFS = -30.0
#: An input so much weaker than the loudest hears only its crosstalk: nothing is measured there.
CROSSTALK = 1e-3
#: Wet audio whose onset is within so many samples of the dry one's is in step with it: the
#: amplifier's own rise. What is later was delayed by some digital device.
STEP = 3
#: Two readings of one onset, each right to within a sample, differ by no more than this.
JITTER = 2
#: Clicks that come back at levels further apart than this, and the noise on them, mean that a level or a knob
#: was turned. Those of the virtual amplifier repeat to within 0.04 dB; a real one warms up, and its mains vary.
LEVEL_DB = 0.3
#: How many names a message lists.
FIRST_FEW = 6
# The dry return is compared with what was played in blocks of 46 ms (at 44.1 kHz).
_BLOCK = 2048
# Converters never give this many zeros in a row: a buffer was lost.
_ZEROS = 32


@dataclass(frozen=True)
class Cut:
    """Dry and wet audio of a take, in step, and what was measured.

    Attributes
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    findings : dict
        JSON-able: inputs, latency, polarity, levels.
    """

    dry: np.ndarray
    wet: np.ndarray
    findings: dict


def cut(programme, recorded, wet_only=False, dry_input=None, wet_input=None, losses=(), gain=None, kept=None):
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
        Inputs counted from 1, where a person names them; found if not given.
    losses : sequence of (int, str)
        Where the interface reported lost buffers, in samples.
    gain : str, optional
        Label of the gain setting.
    kept : dict of str to dict, optional
        Metadata of the takes that this one has to go with, under their names: recorded at the same
        dry level and, those of the same gain, at the same wet level and the same delay.

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
            raise TakeRefused(
                f"the computer was too slow and lost a buffer ({what}): close other programs", is_chance=True
            )
    arrivals = {number: arrival(programme, samples) for number, samples in enumerate(recorded.T, start=1)}
    heard = {number: each for number, each in arrivals.items() if each}
    if not heard:
        raise TakeRefused(
            "nothing came back on any input: check the cables, and the interface's output and input levels"
        )
    loudest = max(np.abs(each.response).max() for each in heard.values())
    for number, each in heard.items():
        if np.abs(each.response).max() > CROSSTALK * loudest:
            _require_no_drift(number, drift(programme, recorded[:, number - 1], each))
    played = programme.played[programme.music]

    def music(number, latency):
        return recorded[programme.music.start + latency :][: len(played), number - 1]

    likeness = {number: _correlation(played, music(number, each.middle)) for number, each in heard.items()}
    dry_input = None if wet_only else inputs.find_dry(likeness, dry_input, wet_input)
    wet_input = inputs.find_wet(recorded, likeness, dry_input, wet_input)
    used = {"wet": wet_input} if wet_only else {"dry": dry_input, "wet": wet_input}
    kept = kept or {}
    of_this_gain = {take: known for take, known in kept.items() if known["settings"]["gain"] == gain}
    # The dry level is one for all gains, the wet one may be turned with the gain.
    fellows = {"dry": kept, "wet": of_this_gain}
    for name, number in used.items():
        _require_headroom(number, recorded[:, number - 1], fellows[name])
    for name, number in used.items():
        _require_same_level(name, number, heard[number].response, fellows[name])
    notes = []
    if wet_only:
        before = {take: known["latency_samples"] for take, known in of_this_gain.items() if not known["inputs"]["dry"]}
        latency, delay = _as_before(heard[wet_input].onset, before, notes), 0
        dry = played
    else:
        before = {take: known["wet_delay_samples"] for take, known in of_this_gain.items() if known["inputs"]["dry"]}
        latency = heard[dry_input].middle
        delay = heard[wet_input].onset - latency
        if delay < -STEP:
            raise TakeRefused(
                f"input {wet_input} receives the clicks {-delay} samples before the dry return: is a monitor on?"
            )
        delay = _as_before(delay, before, notes, STEP)
        dry = music(dry_input, latency)
        _require_continuity(played, dry, dry_input)
    wet = music(wet_input, latency + delay)
    silence = recorded[programme.music.start - programme.longest // 2 : programme.music.start, wet_input - 1]
    _require_no_gap(wet, silence, wet_input)
    notes += [
        f"{name} is quiet: turn its input up"
        for name, part in (("dry", dry), ("wet", wet))
        if audio.peak_dbfs(part) < QUIET_DBFS
    ]
    findings = {
        "inputs": {"dry": dry_input, "wet": wet_input},
        "latency_samples": latency,
        "wet_delay_samples": delay,
        "polarity": {"dry": heard[dry_input].polarity if dry_input else 1, "wet": heard[wet_input].polarity},
        "click_dbfs": {name: _level(heard[number].response) for name, number in used.items()},
        "peak_dbfs": {"played": _level(played), "dry": _level(dry), "wet": _level(wet)},
        "rms_dbfs": {"dry": _number(audio.rms_dbfs(dry)), "wet": _number(audio.rms_dbfs(wet))},
        "wet_noise_floor_dbfs": _number(audio.rms_dbfs(silence)),
        "notes": notes,
        "likeness_to_played": {str(number): round(value, 4) for number, value in likeness.items()},
    }
    return Cut(dry, wet, findings)


def save(take, cut, sample_rate, metadata):
    """Write a take and its metadata: all of it or nothing.

    The wet file is written last and, where a take is overwritten, removed first: where it exists,
    the others belong to it.
    """
    notes = metadata_path(take)
    with whole_file(take.wet) as wet, whole_file(take.dry) as dry, whole_file(notes) as known:
        audio.write_wav(wet, cut.wet, sample_rate)
        audio.write_wav(dry, cut.dry, sample_rate)
        write_json(known, metadata | cut.findings)
        take.wet.unlink(missing_ok=True)


def first_few(names):
    """Some names as text, the first few of many."""
    names = [str(name) for name in names]
    rest = len(names) - FIRST_FEW
    return ", ".join(names[:FIRST_FEW]) + (f" and {rest} more" if rest > 0 else "")


def _require_no_drift(number, samples):
    if samples is None:
        raise TakeRefused(
            f"input {number} does not receive the clicks after the music: was something switched off?", is_chance=True
        )
    if samples:
        what = "were lost" if samples < 0 else "came in between"
        raise TakeRefused(
            f"{abs(samples)} samples {what} between the clicks before and after the music (input {number}): "
            "close other programs, or give the interface larger buffers",
            is_chance=True,
        )


def _require_headroom(number, samples, kept):
    if np.abs(samples).max() >= CLIPPED:
        again = (
            f", and record those again, with --overwrite, that were kept at this level: {first_few(kept)}"
            if kept
            else ""
        )
        raise TakeRefused(
            f"input {number} clips: turn its level down at the interface, and leave it so for all takes{again}"
        )


def _require_same_level(name, number, response, kept):
    """Refuse a take between which and those kept before it a level or a knob was turned."""
    level = audio.peak_dbfs(response)
    # The highest points of both move with the noise on them: four standard deviations of a difference.
    noise = 1.5 * np.median(np.abs(response)) / np.abs(response).max()
    room = LEVEL_DB + 20 * np.log10(1 + 6 * noise)
    changes = {take: level - known["click_dbfs"][name] for take, known in kept.items() if name in known["click_dbfs"]}
    changes = {take: change for take, change in changes.items() if abs(change) > room}
    if changes:
        change = next(iter(changes.values()))
        off = f"{abs(change):.1f} dB {'louder' if change > 0 else 'quieter'}"
        raise TakeRefused(
            f"the clicks come back {off} on the {name} input ({number}) than in {first_few(changes)}: "
            "a level or a knob was turned: turn it back, or record those again, too, in one go with --overwrite"
        )


def _as_before(reading, before, notes, in_step=0):
    """A reading of the wet signal's onset, in samples: the value of a take kept before, if the two agree.

    Readings of one onset differ with the noise, and the takes of a gain must not be samples apart.
    `before` holds the values of the takes kept before, under their names; a reading up to `in_step`
    counts as 0. Where it agrees with none of them, that is added to the notes.
    """
    for value in before.values():
        if abs(reading - value) <= JITTER + (in_step if value == 0 else 0):
            return value
    settled = reading if reading > in_step else 0
    for take, value in list(before.items())[:1]:
        notes.append(f"wet {abs(settled - value)} samples {'later' if settled > value else 'earlier'} than in {take}")
    return settled


def _require_continuity(played, dry, number):
    """Refuse a return in which a stretch of the music is missing or misplaced."""
    loud = 0.02 * np.abs(played).max()
    for start in range(0, len(played) - _BLOCK + 1, _BLOCK):
        block = played[start : start + _BLOCK]
        if np.sqrt(np.mean(block**2)) > loud and _correlation(block, dry[start : start + _BLOCK]) < 0.5:
            raise TakeRefused(
                f"input {number} differs from what was played {start / len(played):.0%} into the music: "
                "samples were lost, or a cable is loose",
                is_chance=True,
            )


def _require_no_gap(wet, silence, number):
    """Refuse digital silence within an analogue recording."""
    if not silence.any():
        return  # a device without any noise
    others = np.flatnonzero(np.concatenate([[1], wet, [1]]))  # the zeros are between these
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
