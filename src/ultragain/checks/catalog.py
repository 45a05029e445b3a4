"""The checks by name. To add one, write a function in the file of its kind and an entry here.

A check of one take is a function of a `MeasuredTake` and the `Requirements`; one of all takes, of
the list of them, the `Requirements` and the `Measurements`; one of the folder, of its path and the
`Requirements`. Each yields findings.
"""

import dataclasses
from collections.abc import Callable

from ultragain.checks import (
    amount,
    content,
    device,
    effects,
    files,
    gate,
    impulses,
    levels,
    music,
    noise,
    roles,
    timing,
    tremolo,
)

FOLDER, ONE_TAKE, ALL_TAKES = "the folder", "each take", "all takes"


@dataclasses.dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    name : str
        Of its findings, and in prose.
    question : str
        What it asks, for people.
    find : callable
    looks_at : str
        `FOLDER`, `ONE_TAKE` or `ALL_TAKES`.
    """

    name: str
    question: str
    find: Callable
    looks_at: str = ONE_TAKE

    def findings(self, *arguments):
        """What it finds, list of Finding, signed with its name."""
        return [dataclasses.replace(finding, check=self.name) for finding in self.find(*arguments)]


CHECKS = (
    Check("layout", "Is all audio in the layout?", files.check_layout, FOLDER),
    Check("pairing", "Does every dry file have its wet file, and the other way round?", files.check_pairing),
    Check("readable", "Can it be read as audio?", files.check_readable),
    Check("header", "Does its header tell all the audio that is there?", content.check_header),
    Check("sample rate", "Does it have the experiment's sample rate?", files.check_sample_rate),
    Check("channels", "Is it mono?", files.check_channels),
    Check("length", "Are dry and wet of one length?", files.check_length),
    Check("too short", "Is it long enough to be a take?", content.check_too_short),
    Check("finite", "Are all samples numbers?", files.check_finite),
    Check("lossy", "Is the sound whole, with more than 8 bits?", content.check_lossy),
    Check("clipping", "Were waves cut off on their way into the file?", levels.check_clipping),
    Check("silence", "Is there sound, without gaps?", levels.check_silence),
    Check("level", "Is the peak level high enough?", levels.check_level),
    Check("DC offset", "Does the wave swing around zero?", levels.check_offset),
    Check("same level", "Was a level turned between takes of a gain?", levels.check_same_level, ALL_TAKES),
    Check("normalised", "Was each wet file of a gain turned up to the same peak?", levels.check_normalised, ALL_TAKES),
    Check(
        "level of takes",
        "Is a take louder or quieter than others of its gain, for what was played?",
        levels.check_level_of_takes,
        ALL_TAKES,
    ),
    Check("hum", "Is mains hum audible?", noise.check_hum),
    Check("noise", "Is the noise floor low?", noise.check_noise),
    Check("roles", "Are Dry and Wet exchanged?", roles.check_roles, ALL_TAKES),
    Check("latency", "Is the wet file aligned with its dry file?", timing.check_latency),
    Check("same latency", "Do all takes of a gain have the same latency?", timing.check_same_latency, ALL_TAKES),
    Check("polarity", "Are some takes of a gain inverted, and others not?", timing.check_polarity, ALL_TAKES),
    Check("lost samples", "Were samples lost or repeated within the take?", timing.check_steps),
    Check("drift", "Were dry and wet recorded with one clock?", timing.check_drift),
    Check("time effects", "Is there no echo or reverb in the wet file?", effects.check_effects, ALL_TAKES),
    Check("tremolo", "Does the wet level stay with the dry one?", tremolo.check_tremolo, ALL_TAKES),
    Check("gate", "Was no noise gate on?", gate.check_gate),
    Check("impulses", "Is it free of clicks?", impulses.check_impulses),
    Check("partners", "Does the wet file belong to its dry file?", music.check_partners, ALL_TAKES),
    Check("bypass", "Did the amplifier do anything?", device.check_bypass),
    Check("gain order", "Are the labels of two gains swapped?", device.check_gain_order, ALL_TAKES),
    Check("overlap", "Is a test riff part of the training?", music.check_overlap, ALL_TAKES),
    Check("identical files", "Is a file the copy of another?", music.check_identical_files, ALL_TAKES),
    Check("same playing", "Is a take the same playing at every gain?", music.check_same_playing, ALL_TAKES),
    Check("replicate", "Does a riff that is recorded twice come out the same?", device.check_replicates, ALL_TAKES),
    Check("enough audio", "Is there training audio for the windows?", amount.check_enough_audio, ALL_TAKES),
    Check("mostly silent", "Is there sound in the training audio?", amount.check_mostly_silent, ALL_TAKES),
    Check(
        "validation", "Are there validation recordings at every gain, or at none?", amount.check_validation, ALL_TAKES
    ),
    Check("test riffs", "Was every test riff recorded at every gain?", amount.check_test_riffs, ALL_TAKES),
)
