"""Checks of levels: clipping, silence, offsets, and inputs that were turned between takes."""

from collections import Counter, defaultdict

import numpy as np

from ultragain.checks import relation, roles
from ultragain.checks.finding import failure, warning
from ultragain.checks.measurements import by_gain, decibels
from ultragain.recording.layout import REPLICATE

# The last code of 16 bits; a file of 24 bits that was clipped before it was converted stops there too.
FULL_SCALE = 1 - 2.0**-15
# A sine that just touches full scale stays on the last code for one sample, or two at a guitar's lowest note.
FULL_SCALE_RUN = 3
# At a hard limit the wave stays constant. Over 57 takes of the virtual devices and 33 of a captured amplifier,
# dry and wet, no wave stays for more than 2 samples within this distance of its highest one.
FLAT_WITHIN = 1e-4
FLAT_RUN = 5
QUIETEST_FLAT = 2.0**-5  # below it, one step of 16 bits is more than FLAT_WITHIN many times over
# A handful of clipped samples in minutes of playing is not what a model learns from.
MANY_CLIPPED_RUNS = 5
FEW_FLAT_TOPS = 3
# The network adds one constant to all its outputs and would learn this one; but an offset is energy, so it
# flatters ESR, and none comes out of an amplifier through a capacitor. Captured amplifiers show up to 0.0014.
OFFSET, OFFSET_OF_RMS = 0.005, 0.03
# A dry file at -30 dBFS uses a thirtieth of the range, and LSTMs learn slowly from tiny inputs; -80 is noise alone.
QUIET_DBFS, SILENT_DBFS = -30.0, -80.0
LONG_GAP_SECONDS = 0.02
# Peaks that are equal to the last code of 16 bits, in different music, were made so. An effect whose output has one
# level only is recognised by how long it stays there, which a normalised wave does not.
SAME_PEAK, FEWEST_SAME_PEAKS = 2.0**-15, 3
NEAR_PEAK, MOST_NEAR_PEAK_SECONDS = 1e-3, 0.5e-3
# `record` refuses a take whose clicks are 0.3 dB off, and a little more in noise; this is for takes put together
# otherwise.
SAME_LEVEL_DB = 0.5
# Over the takes of the virtual devices and of a captured amplifier, any 3 of a gain or more, both predictions are off
# by 1.2 dB at most; by 0.9 dB where there are 4 takes and the same playing at two other gains tells what a prediction
# misses of it. Where waves alone predict SURE_SHARE of a take, they are off by 1.5 dB at most.
OFF_DB, OFF_DB_BETWEEN_GAINS, FEWEST_BETWEEN_GAINS = 1.3, 1.0, 4
OFF_DB_BY_WAVES, SURE_SHARE = 2.0, 0.9


def full_scale_runs(samples):
    """Passages that stay at full scale.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)

    Returns
    -------
    int, int
        How many there are, and the samples in them.
    """
    lengths = np.concatenate([_runs(samples >= FULL_SCALE), _runs(samples <= -FULL_SCALE)])
    lengths = lengths[lengths >= FULL_SCALE_RUN]
    return len(lengths), int(lengths.sum())


def flat_tops(samples):
    """Half waves that end at one and the same level below full scale, flat.

    A guitar's loudest half waves differ in height, and an amplifier's, for all their clipping, are
    bent by its capacitors. Many flat ones of equal height come from a limit in the recording: a
    file that was clipped and then turned down, or a limiter.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)

    Returns
    -------
    int, float
        How many, on the side that has more of them; and their level, 1 being full scale.
    """
    best = 0, 0.0
    for side in (1, -1):
        top = float(np.max(side * samples, initial=0))
        if QUIETEST_FLAT <= top < FULL_SCALE:
            count = int((_runs(side * samples >= top * (1 - FLAT_WITHIN)) >= FLAT_RUN).sum())
            best = max(best, (count, top))
    return best


def _runs(mask):
    """Lengths of the runs of True, shape (n_runs,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).view(np.int8)))
    return edges[1::2] - edges[::2]


def longest_silence(wet, dry, audible):
    """Longest stretch in which the wet file is exactly zero though the dry one is not silent.

    Parameters
    ----------
    wet, dry : np.ndarray, shape (n_samples,)
    audible : float
        RMS above which the dry signal should come back.

    Returns
    -------
    int
        In samples.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wet == 0, [False]]).view(np.int8)))
    longest = 0
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start > longest and np.sqrt(np.mean(np.square(dry[start:stop], dtype=np.float64))) > audible:
            longest = int(stop - start)
    return longest


def near_peak(samples):
    """How many samples are within a thousandth of the highest one."""
    heights = np.abs(samples)
    return int(np.sum(heights >= (1 - NEAR_PEAK) * heights.max()))


def check_clipping(take, requirements):
    """Waves that were cut off on their way into the file."""
    for file, of in take.files:
        if not of.get("peak"):
            continue
        runs, samples = of["full_scale"]
        tops, level = of["flat"]
        if of["peak"] > 1:  # only float files can
            yield failure(
                file,
                f"goes to {of['peak']:.2f} of full scale",
                "turn it down and export it again: a float file still holds the peaks",
            )
        elif runs:
            verdict = failure if runs >= MANY_CLIPPED_RUNS else warning
            yield verdict(
                file,
                f"stays at full scale {runs} times ({samples} samples)",
                "turn the input gain down and record it again",
            )
        elif of["peak"] >= FULL_SCALE:
            yield warning(
                file,
                "its loudest sample is exactly at full scale",
                "normalised or just clipped: export it as it was recorded, or turn the input gain down",
            )
        elif tops >= FEW_FLAT_TOPS:
            yield warning(
                file,
                f"{tops} waves are cut off flat at {decibels(level):.1f} dBFS",
                "something before the file clips or limits: turn it down, switch limiters off, record it again",
            )


def check_silence(take, requirements):
    """Files without sound, and wet files that stop while the guitar plays."""
    for file, of in take.files:
        if "peak" in of and decibels(of["peak"]) < SILENT_DBFS:
            yield failure(file, "is silent", "check cable, input and mute switch, and record it again")
    if take.of_pair and (gap := take.of_pair["dropout"] / take.of_dry["rate"]) > LONG_GAP_SECONDS:
        yield failure(
            take.wet_file,
            f"is exactly zero for {1000 * gap:.0f} ms while the dry file plays",
            "the interface lost samples, or a gate was on: larger buffers, no gate, record it again",
        )


def check_level(take, requirements):
    """Files that use little of their range."""
    for file, of in take.files:
        if "peak" in of and SILENT_DBFS <= (peak := decibels(of["peak"])) < QUIET_DBFS:
            yield warning(
                file,
                f"its loudest sample is at {peak:.0f} dBFS",
                "turn the input gain up: peaks near -6 dBFS are good",
            )


def check_offset(take, requirements):
    """Waves that do not swing around zero."""
    for file, of in take.files:
        if of.get("peak") and abs(of["mean"]) > max(OFFSET, OFFSET_OF_RMS * of["rms"]):
            yield warning(
                file,
                f"its mean is {of['mean']:+.3f} of full scale",
                "switch the interface's high-pass filter on, or remove the offset",
            )


def check_same_level(takes, requirements, measurements):
    """Takes of a gain whose calibration clicks came back louder or quieter than those of the others."""
    for group in by_gain(takes).values():
        for part in ("dry", "wet"):
            heard = [(getattr(take, f"{part}_file"), take.clicks[part]) for take in group if part in take.clicks]
            usual = _usual([level for _, level in heard])
            for file, level in heard:
                off = level - usual
                if abs(off) > SAME_LEVEL_DB:
                    change = "louder" if off > 0 else "quieter"
                    yield warning(
                        file,
                        f"its clicks came back {abs(off):.1f} dB {change} than others of its gain",
                        "an input or the amplifier was turned in between: set it back and record the take again",
                    )


def check_level_of_takes(takes, requirements, measurements):
    """Takes that are louder or quieter than the others of their gain, for what was played."""
    own, sure, by_playing = {}, {}, defaultdict(list)
    compared = [take for take in takes if take.split != REPLICATE and take.of_pair and take.of_pair["relation"]]
    elsewhere = roles.exchanged(compared, measurements)
    compared = [take for take in compared if take not in elsewhere]
    counts = Counter(take.gain for take in compared)
    for group in by_gain(compared).values():
        decibels, explained = relation.offsets([take.of_pair["relation"] for take in group])
        own |= dict(zip(group, decibels.T, strict=True))
        sure |= dict(zip(group, explained > SURE_SHARE, strict=True))
        for take in group:
            by_playing[take.split, take.name, take.of_dry["content"]].append(take)
    for playing in by_playing.values():
        usual = np.median([own[take] for take in playing], axis=0)
        for take in playing:
            found = [(relation.agreed(own[take]), OFF_DB), (own[take][0] if sure[take] else 0, OFF_DB_BY_WAVES)]
            if len(playing) > 2 and min(counts[each.gain] for each in playing) >= FEWEST_BETWEEN_GAINS:
                found.append((relation.agreed(own[take] - usual), OFF_DB_BETWEEN_GAINS))
            off, limit = max(found, key=lambda each: abs(each[0]) / each[1])
            if abs(off) > limit:
                yield warning(
                    take.wet_file,
                    f"is about {abs(off):.0f} dB {'louder' if off > 0 else 'quieter'} than the others of its gain "
                    "would be for the same playing",
                    "was it normalised on export, or a knob turned? Export all takes of a gain alike, or record again",
                )


def check_normalised(takes, requirements, measurements):
    """Wet files of different music with the very same peak: each was turned up by another amount."""
    for gain, group in by_gain(takes).items():
        wets = {take.of_wet["content"]: take for take in group if take.split != REPLICATE and _has_a_peak(take.of_wet)}
        wets = list(wets.values())
        same = max(
            ([take for take in wets if abs(take.of_wet["peak"] - one.of_wet["peak"]) <= SAME_PEAK] for one in wets),
            key=len,
            default=[],
        )
        if len(same) >= max(FEWEST_SAME_PEAKS, len(wets) / 2):
            count = f"{len(same)} of {len(wets)}" if len(same) < len(wets) else f"all {len(same)}"
            peak = decibels(same[0].of_wet["peak"])
            yield warning(
                f"{same[0].split}/{gain}/Wet",
                f"{count} wet files of gain {gain} peak at {peak:.2f} dBFS: each was normalised by itself",
                "a model learns one level: export all takes of a gain again, without normalising",
            )


def _has_a_peak(of):
    """Whether a file's loudest wave stands out, as that of an effect with one output level does not."""
    return of and of.get("peak") and of["near_peak"] <= MOST_NEAR_PEAK_SECONDS * of["rate"]


def _usual(levels):
    """The level that most others agree with; 0 if there are none."""
    return max(levels, key=lambda own: sum(abs(other - own) <= SAME_LEVEL_DB for other in levels), default=0)
