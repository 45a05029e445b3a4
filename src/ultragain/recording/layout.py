"""The recordings layout: `{Train,Val,Test,Replicate}/<gain>/{Dry/d_<name>.wav,Wet/w_<name>.wav}`.

Replicate holds test riffs played a second time, by the same hands through the same device.
"""

from dataclasses import dataclass
from pathlib import Path

from ultragain import audio
from ultragain.errors import UltraGainError
from ultragain.files import digest


@dataclass(frozen=True)
class Take:
    """One performance: the dry file and the wet file that came back for it.

    A virtual take has a third file, its recipe: a digest of everything it was made from. It is
    written last and removed first, so that where it stands the other two belong to it.
    """

    name: str
    dry: Path
    wet: Path

    @property
    def recipe(self):
        """Path of the recipe, beside the wet file."""
        return self.wet.with_suffix(".recipe")


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
    return Path(root) / (device.recordings or f"data/recordings/{device.name}/{device.version}")


def take_at(folder, split, gain, name):
    """Where a take's files stand: split is Train, Val, Test or Replicate, gain a label such as High."""
    place = Path(folder) / split / gain
    return Take(name, place / "Dry" / f"d_{name}.wav", place / "Wet" / f"w_{name}.wav")


def find_takes(folder, split, gain):
    """All takes of one split and gain, sorted by name; empty if there is no such folder.

    Raises
    ------
    UltraGainError
        If a dry file has no wet file or the other way round.
    """
    place = Path(folder) / split / gain
    names = {path.stem[2:] for path in place.glob("Dry/d_*.wav")} | {
        path.stem[2:] for path in place.glob("Wet/w_*.wav")
    }
    takes = [take_at(folder, split, gain, name) for name in sorted(names)]
    for take in takes:
        _require_both(take)
    return takes


def _require_both(take):
    missing = [path for path in (take.dry, take.wet) if not path.is_file()]
    if missing:
        other = " (nor is its wet file there)" if len(missing) == 2 else ", though its pair is there"
        raise UltraGainError(f"{missing[0]}: is missing{other}: record the riff again")


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


@dataclass(frozen=True)
class GainRecordings:
    """Everything recorded at one gain setting.

    Attributes
    ----------
    train, validation : list of (dry, wet)
        np.ndarray of shape (n_samples,) each; `validation` is empty without a Val folder.
    riffs : dict of str to (dry, wet)
        The test riffs, in the experiment's order.
    replicates : dict of str to (dry, wet)
        Those of them that were recorded a second time.
    identity : str
        Hex digest of what the recordings are: of the recipes for virtual recordings (floating
        point differs a little between processors), of the samples for real ones.
    samples : str
        Hex digest of all the samples.
    """

    train: list
    validation: list
    riffs: dict
    replicates: dict
    identity: str
    samples: str


def load_gain(folder, gain, experiment, train_names=None):
    """Load and check everything recorded at one gain setting.

    Parameters
    ----------
    folder : path-like
        Top of the recordings layout.
    gain : str
        Label of the gain setting, e.g. High.
    experiment : Experiment
        Names the sample rate and the test riffs.
    train_names : list of str, optional
        The training takes that a virtual device made. Without it these are real recordings: all
        training takes are used, a Val folder too, and the samples themselves are their identity.

    Returns
    -------
    GainRecordings

    Raises
    ------
    UltraGainError
        If anything that is needed is missing or bad; the message names the file.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UltraGainError(f"{folder}: no such recordings folder")
    is_virtual = train_names is not None
    if is_virtual:
        train, validation = [take_at(folder, "Train", gain, name) for name in train_names], []
    else:
        train, validation = find_takes(folder, "Train", gain), find_takes(folder, "Val", gain)
    if not train:
        raise UltraGainError(f"{folder}/Train/{gain}: holds no recordings (Dry/d_<name>.wav with Wet/w_<name>.wav)")
    riffs = [take_at(folder, "Test", gain, name) for name in experiment.test_riffs]
    # A virtual device that no longer hisses may have left replicates of when it did.
    again = [
        take_at(folder, "Replicate", gain, name)
        for name in experiment.test_riffs
        if experiment.device.noise or not is_virtual
    ]
    replicates = [take for take in again if take.wet.is_file()]
    loaded = {take: load_take(take, experiment.sample_rate) for take in (*train, *validation, *riffs)}
    samples = {_key(take, folder): [audio.samples_digest(part) for part in pair] for take, pair in loaded.items()}
    return GainRecordings(
        train=[loaded[take] for take in train],
        validation=[loaded[take] for take in validation],
        riffs={take.name: loaded[take] for take in riffs},
        replicates={take.name: load_take(take, experiment.sample_rate) for take in replicates},
        identity=digest({_key(take, folder): take.recipe.read_text() for take in loaded} if is_virtual else samples),
        samples=digest(samples),
    )


def _key(take, folder):
    """A take's place in the layout as text, e.g. Test/High/battery."""
    place = take.dry.relative_to(folder).parts
    return f"{place[0]}/{place[1]}/{take.name}"
