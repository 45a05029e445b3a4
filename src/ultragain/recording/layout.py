"""The recordings layout, `LAYOUT`.

Replicate holds test riffs played a second time, by the same hands through the same device.
"""

from dataclasses import dataclass
from pathlib import Path

from ultragain import audio
from ultragain.errors import UltraGainError
from ultragain.files import alike, as_written, one_form, printable

#: In the order in which lists and tables show them.
TRAIN, VAL, TEST, REPLICATE = SPLITS = ("Train", "Val", "Test", "Replicate")
#: For messages; only Train and Test must be there.
LAYOUT = f"{{{','.join(SPLITS)}}}/<gain>/{{Dry/d_<name>.wav,Wet/w_<name>.wav}}"
DRY, WET = PARTS = (("Dry", "d_"), ("Wet", "w_"))
SUFFIX = ".wav"  # or .WAV, as some recorders write it


@dataclass(frozen=True)
class Take:
    """One performance: the dry file and the wet file that came back for it.

    A virtual take has a third file, its fingerprint: a digest of everything it was made from. It is
    written last and removed first: where it exists, the other two belong to it. A take recorded
    through an interface has its metadata instead (`ultragain.recording.metadata`).

    Attributes
    ----------
    folder : Path
        Top of the recordings layout.
    split : str
        One of `SPLITS`.
    gain : str
        Label of the gain setting, e.g. High.
    name : str
    """

    folder: Path
    split: str
    gain: str
    name: str

    def __str__(self):
        return f"{self.split}/{self.gain}/{self.name}"

    @property
    def dry(self):
        """Path of the dry file, as it is written on disk if it is there."""
        return self._file(*DRY)

    @property
    def wet(self):
        """Path of the wet file, as it is written on disk if it is there."""
        return self._file(*WET)

    def _file(self, part, letter):
        return as_written(Path(self.folder), self.split, self.gain, part, f"{letter}{self.name}{SUFFIX}")

    @property
    def fingerprint_file(self):
        """Path of a virtual take's fingerprint, beside the wet file."""
        return self.wet.with_suffix(".fingerprint")


def recordings_folder(experiment, root):
    """Folder of an experiment's recordings: its own, or the virtual device's below data/recordings.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.

    Returns
    -------
    Path
    """
    device = experiment.device
    folder = Path(root) / (device.recordings or f"data/recordings/{device.name}/{device.version}")
    return as_written(Path(folder.anchor), *folder.relative_to(folder.anchor).parts)


def take_of(place):
    """The take that a file is a part of.

    Parameters
    ----------
    place : PurePath
        Of the file below the recordings folder.

    Returns
    -------
    (str, str, str) or None
        Split, gain and name; None if nothing looks for a take there.
    """
    if len(place.parts) != 4 or place.parts[0] not in SPLITS or place.suffix.lower() != SUFFIX:
        return None
    split, gain, part, _ = place.parts
    return (split, one_form(gain), one_form(place.stem[2:])) if (part, place.stem[:2]) in PARTS else None


def find_takes(folder, split, gain):
    """All takes of one split and gain, sorted by name; empty if there is no such folder.

    Raises
    ------
    UltraGainError
        If a dry file has no wet file or the other way round.
    """
    folder = Path(folder)
    places = [place for part, _ in PARTS for place in alike(folder, split, gain, part)]
    found = {take_of(path.relative_to(folder)) for place in places for path in place.glob("*")} - {None}
    takes = [Take(folder, *each) for each in sorted(found)]
    for take in takes:
        _require_both(take)
    return takes


def _require_both(take):
    missing = [path for path in (take.dry, take.wet) if not path.is_file()]
    if missing:
        other = ", and so is its wet file" if len(missing) == 2 else ", though its pair is there"
        raise UltraGainError(f"{printable(missing[0])}: is missing{other}: record the riff again")


def load_take(take, sample_rate):
    """Read a take.

    Parameters
    ----------
    take : Take
    sample_rate : int
        In Hz.

    Returns
    -------
    dry, wet : np.ndarray, shape (n_samples,)

    Raises
    ------
    UltraGainError
        If a file is missing or unreadable, the two differ in length, or the wet one is silent.
    """
    _require_both(take)
    dry, wet = audio.read(take.dry, sample_rate), audio.read(take.wet, sample_rate)
    if len(dry) != len(wet):
        raise UltraGainError(
            f"{take.wet}: holds {len(wet)} samples, its dry file {len(dry)}: cut both to the same length"
        )
    if not wet.any():
        raise UltraGainError(f"{take.wet}: is silent: check the cable and the interface's input, and record it again")
    return dry, wet
