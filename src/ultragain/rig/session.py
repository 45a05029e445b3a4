"""A recording session with a real amplifier: what to record, how to set the knobs, and one take."""

import importlib.metadata
import platform
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from ultragain.errors import UltraGainError
from ultragain.recording.layout import Take, recordings_folder, take_at
from ultragain.recording.performances import Performance, performances
from ultragain.rig.calibration import with_clicks
from ultragain.rig.interface import versions
from ultragain.rig.take import cut, read_metadata, save


@dataclass(frozen=True)
class Job:
    """A take to record: its place in the layout, what is played by which hands, and where its files go."""

    split: str
    gain: str
    performance: Performance
    seed: int
    take: Take

    def __str__(self):
        return f"{self.split}/{self.gain}/{self.performance.name}"

    @property
    def is_recorded(self):
        """Whether both files stand there, whoever made them."""
        return self.take.dry.is_file() and self.take.wet.is_file()

    @property
    def known(self):
        """Metadata of the take that stands there, dict; None where there is none, or it was not recorded here."""
        return read_metadata(self.take) if self.is_recorded else None

    @property
    def played(self):
        """JSON-able value that changes whenever what is played does; a file's does not depend on the hands."""
        return self.performance.identity | ({} if self.performance.file else {"seed": self.seed})

    @property
    def is_outdated(self):
        """Whether the take that stands there is of something else than what is played now."""
        known = self.known
        return known is not None and known["played"] != self.played


def jobs(experiment, root, gains=(), riffs=(), replicates=False):
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
    list of Job

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
        played = {"Test": played["Test"], "Replicate": played["Test"], "Train": played["Train"]}
    names = list(dict.fromkeys(each.name for split in played.values() for each in split))
    for riff in riffs:
        if riff not in names:
            raise UltraGainError(f"riff {riff}: is not played in this experiment; there are {', '.join(names)}")
    folder = recordings_folder(experiment, root)
    return [
        Job(split, gain, performance, experiment.device.noise_seed, take_at(folder, split, gain, performance.name))
        for gain in experiment.gain_labels
        if not gains or gain in gains
        for split, each in played.items()
        for performance in each
        if not riffs or performance.name in riffs
    ]


def standing(every, left):
    """What a new take has to go with: the takes that stand there and are to stay.

    Parameters
    ----------
    every : list of Job
        The takes of the experiment.
    left : list of Job
        Those that are still to be recorded. Where they are to be recorded again, nothing is compared
        with what they are now: so all may be, at another level.

    Returns
    -------
    dict of str to dict
        Their metadata, under their names; takes that were not recorded here have none.
    """
    return {str(job): known for job in every if job not in left and (known := job.known)}


def knobs(experiment, gain):
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


def dry_audio(experiment, performance):
    """What is played for a take, np.ndarray of shape (n_samples,).

    The virtual device plays the very same: the same name is the same playing, at every gain.
    """
    hands = np.random.default_rng([experiment.device.noise_seed, zlib.crc32(performance.name.encode())])
    return performance.dry(experiment.sample_rate, hands)


def record_take(job, experiment, interface, wet_only=False, dry_input=None, wet_input=None, kept=None, progress=None):
    """Play one performance, record it, and write the take.

    Parameters
    ----------
    job : Job
    experiment : Experiment
    interface : Interface
    wet_only : bool
        Whether there is no dry return.
    dry_input, wet_input : int, optional
    kept : dict of str to dict, optional
        As in `takes.cut`.
    progress : callable, optional
        Called with the seconds left and the peak of each input since the last call.

    Returns
    -------
    dict
        The take's metadata, as they stand beside its wet file.

    Raises
    ------
    TakeRefused
        If what was recorded is no good; nothing was written.
    UltraGainError
        If the performance or the interface fails.
    """
    rate = experiment.sample_rate
    programme = with_clicks(dry_audio(experiment, job.performance), rate)
    length = len(programme.played)
    tell = progress and (lambda done, peaks: progress((length - done) / rate, peaks))
    recorded = interface.play_and_record(programme.played, tell)
    good = cut(programme, recorded.samples, wet_only, dry_input, wet_input, recorded.losses, job.gain, kept)
    metadata = {
        "take": str(job),
        "recorded": datetime.now(UTC).isoformat(timespec="seconds"),
        "interface": interface.description,
        "settings": {"gain": job.gain, "knobs": knobs(experiment, job.gain)},
        "played": job.played,
        "versions": {
            "ultragain": importlib.metadata.version("ultragain"),
            "python": platform.python_version(),
            "numpy": np.__version__,
            **versions(),
        },
    }
    save(job.take, good, rate, metadata)
    return metadata | good.findings
