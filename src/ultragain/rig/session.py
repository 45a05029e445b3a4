"""A recording session with a real amplifier: what to record, how to set the rig, and one take."""

import importlib.metadata
import platform
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from ultragain.errors import UltraGainError
from ultragain.recording.layout import REPLICATE, TEST, TRAIN, Take, recordings_folder
from ultragain.recording.metadata import read_metadata
from ultragain.recording.performances import Performance, performances
from ultragain.rig.calibration import with_clicks
from ultragain.rig.interface import versions
from ultragain.rig.take import cut, save


@dataclass(frozen=True)
class PlannedTake:
    """A take to record: its files, what is played, and the seed of the hands that play it."""

    take: Take
    performance: Performance
    seed: int

    def __str__(self):
        return f"{self.take}"

    @property
    def gain(self):
        """Label of the gain setting."""
        return self.take.gain

    @property
    def is_recorded(self):
        """Whether both files are there, whoever made them."""
        return self.take.dry.is_file() and self.take.wet.is_file()

    @property
    def metadata(self):
        """Metadata of the recorded take, dict; None where there is none, or it was not recorded here."""
        known = read_metadata(self.take) if self.is_recorded else None
        return known if known and {"settings", "played", "click_dbfs"} <= known.keys() else None

    @property
    def played(self):
        """JSON-able value that changes whenever what is played does; a file's does not depend on the hands."""
        return self.performance.identity | ({} if self.performance.file else {"seed": self.seed})

    @property
    def is_outdated(self):
        """Whether the recorded take is of something else than what is played now."""
        known = self.metadata
        return known is not None and known["played"] != self.played


def planned_takes(experiment, root, gains=(), riffs=(), replicates=False):
    """Every take of an experiment, recorded already or not, gain after gain.

    Parameters
    ----------
    experiment : Experiment
        Of a device with recordings.
    root : Path
        The project's folder.
    gains, riffs : collection of str
        Only these; all if empty.
    replicates : bool
        Whether the test riffs are recorded a second time, under Replicate.

    Returns
    -------
    list of PlannedTake

    Raises
    ------
    UltraGainError
        If a gain or a riff is unknown, or something that is to be played cannot be.
    """
    for gain in gains:
        if gain not in experiment.gain_labels:
            raise UltraGainError(f"gain {gain}: not in the experiment; it has {', '.join(experiment.gain_labels)}")
    played = performances(experiment, root)
    if replicates:
        played = {TEST: played[TEST], REPLICATE: played[TEST], TRAIN: played[TRAIN]}
    names = list(dict.fromkeys(each.name for split in played.values() for each in split))
    for riff in riffs:
        if riff not in names:
            raise UltraGainError(f"riff {riff}: is not played in this experiment; there are {', '.join(names)}")
    folder = recordings_folder(experiment, root)
    return [
        PlannedTake(Take(folder, split, gain, performance.name), performance, experiment.device.seed)
        for gain in experiment.gain_labels
        if not gains or gain in gains
        for split, each in played.items()
        for performance in each
        if not riffs or performance.name in riffs
    ]


def kept_takes(planned, left):
    """The recorded takes that are to stay, which a new take has to go with.

    Parameters
    ----------
    planned : list of PlannedTake
        The takes of the experiment.
    left : list of PlannedTake
        Those that are still to be recorded. A take to be recorded again is not compared with its old
        recording, so all of them may be recorded again at another level.

    Returns
    -------
    dict of str to dict
        Their metadata, under their names; takes that were not recorded here have none.
    """
    return {str(each): known for each in planned if each not in left and (known := each.metadata)}


def rig_settings(experiment, gain):
    """How a person sets the rig for one gain.

    Parameters
    ----------
    experiment : Experiment
    gain : str

    Returns
    -------
    dict of str to value
        The rig's settings from the file, one that differs from gain to gain as it is for this one;
        and the gain, unless one of them is the gain under another name.
    """
    device, rig = experiment.device, experiment.real_rig
    turned = {name: value[gain] for name, value in rig.items() if isinstance(value, dict) and gain in value}
    fixed = {name: value for name, value in rig.items() if not isinstance(value, dict)}
    is_named = any(isinstance(value, dict) and device.gains.items() <= value.items() for value in rig.values())
    return ({} if is_named else {"gain": device.gains[gain]}) | turned | device.controls | fixed


def record_take(
    planned, experiment, interface, wet_only=False, dry_input=None, wet_input=None, kept=None, progress=None
):
    """Play one performance, record it, and write the take.

    Parameters
    ----------
    planned : PlannedTake
    experiment : Experiment
    interface : Interface
    wet_only : bool
        Whether there is no dry return.
    dry_input, wet_input : int, optional
    kept : dict of str to dict, optional
        As in `take.cut`.
    progress : callable, optional
        Called with the seconds left and the peak of each input since the last call.

    Returns
    -------
    dict
        The take's metadata, as written beside its wet file.

    Raises
    ------
    TakeRefused
        If what was recorded is no good; nothing was written.
    UltraGainError
        If the performance or the interface fails.
    """
    rate = experiment.sample_rate
    programme = with_clicks(planned.performance.dry(rate, planned.seed), rate)
    length = len(programme.played)
    report = progress and (lambda done, peaks: progress((length - done) / rate, peaks))
    recorded = interface.play_and_record(programme.played, report)
    good = cut(programme, recorded.samples, wet_only, dry_input, wet_input, recorded.losses, planned.gain, kept)
    metadata = {
        "take": str(planned),
        "recorded": datetime.now(UTC).isoformat(timespec="seconds"),
        "interface": interface.description,
        "settings": {"gain": planned.gain, "knobs": rig_settings(experiment, planned.gain)},
        "played": planned.played,
        "versions": {
            "ultragain": importlib.metadata.version("ultragain"),
            "python": platform.python_version(),
            "numpy": np.__version__,
            **versions(),
        },
    }
    save(planned.take, good, rate, metadata)
    return metadata | good.findings
