"""An experiment's recordings, wherever they come from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ultragain import audio
from ultragain.errors import UltraGainError
from ultragain.files import digest
from ultragain.recording.layout import (
    LAYOUT,
    REPLICATE,
    SPLITS,
    TEST,
    TRAIN,
    VAL,
    Take,
    find_takes,
    load_take,
    recordings_folder,
)
from ultragain.recording.virtual import missing_takes, wanted_takes


@dataclass(frozen=True)
class GainRecordings:
    """Everything recorded at one gain setting, or at all of them.

    Attributes
    ----------
    train, validation : list of (dry, wet)
        np.ndarray of shape (n_samples,) each, float32; `validation` is empty without a Val folder. With all gains, of
        those that models are trained at, and behind each pair the knob's position.
    riffs : mapping of str to (dry, wet)
        The test riffs, in the experiment's order. With all gains, such a mapping for each label, which is loaded
        whenever it is asked for.
    replicates : dict of str to (dry, wet)
        Those of them that were recorded a second time.
    identity : str
        Hex digest of what the recordings are: of the fingerprints for virtual recordings (floating
        point differs a little between processors), of the samples for real ones.
    samples : str
        Hex digest of all the samples.
    """

    train: list
    validation: list
    riffs: Mapping
    replicates: dict
    identity: str
    samples: str


class Riffs(Mapping):
    """The test riffs by gain, each gain's loaded whenever they are asked for: all of them are gigabytes.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    """

    def __init__(self, experiment, root):
        self._experiment, self._root = experiment, root

    def __getitem__(self, gain):
        return load_riffs(self._experiment, self._root, gain)

    def __iter__(self):
        return iter(self._experiment.gain_labels)

    def __len__(self):
        return len(self._experiment.gain_labels)


def load_recordings(experiment, root, gain=None):
    """Everything recorded at one gain, or at all of them, checked.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    gain : str, optional
        Label of the gain setting; all if not given. Where no model is trained, only the test riffs are loaded.

    Returns
    -------
    GainRecordings

    Raises
    ------
    UltraGainError
        If there is no such gain, or recordings are missing or bad; the message names the file.
    """
    if gain is None:
        return _load_all(experiment, root)
    if gain not in experiment.gain_labels:
        raise UltraGainError(f"gain {gain}: not in the experiment; it has {', '.join(experiment.gain_labels)}")
    takes = (_virtual_takes if experiment.is_virtual else _real_takes)(experiment, root, gain)
    loaded, samples = {split: {} for split in takes}, {}
    for split, each in takes.items():
        for take in each:
            pair = load_take(take, experiment.sample_rate)
            if split != REPLICATE:
                samples[f"{take}"] = [audio.samples_digest(part) for part in pair]
            if split in (TRAIN, VAL):  # models take no more than float32, and minutes of float64 are 100 MB
                pair = tuple(part.astype(np.float32) for part in pair)
            loaded[split][take] = pair
    return GainRecordings(
        train=list(loaded[TRAIN].values()),
        validation=list(loaded[VAL].values()),
        riffs={take.name: pair for take, pair in loaded[TEST].items()},
        replicates={take.name: pair for take, pair in loaded[REPLICATE].items()},
        identity=_virtual_identity(experiment, root, gain) if experiment.is_virtual else digest(samples),
        samples=digest(samples),
    )


def _load_all(experiment, root):
    """Recordings of all gains; of the test riffs nothing is kept but the digests."""
    train, validation, samples, identities = [], [], {}, {}
    for gain, position in experiment.device.gains.items():
        each = load_recordings(experiment, root, gain)
        train += [(*pair, position) for pair in each.train]
        validation += [(*pair, position) for pair in each.validation]
        samples[gain], identities[gain] = each.samples, each.identity
    return GainRecordings(
        train, validation, Riffs(experiment, root), {}, identity=digest(identities), samples=digest(samples)
    )


def load_riffs(experiment, root, gain):
    """The test riffs recorded at one gain, by name in the experiment's order; nothing else need be there.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    gain : str
        Label of the gain setting.

    Returns
    -------
    dict of str to (dry, wet)
        np.ndarray of shape (n_samples,) each.

    Raises
    ------
    UltraGainError
        If a recording is missing or bad; the message names the file.
    """
    folder = recordings_folder(experiment, root)
    takes = [Take(folder, TEST, gain, name) for name in experiment.test_riffs]
    return {take.name: load_take(take, experiment.sample_rate) for take in takes}


def _virtual_identity(experiment, root, gain):
    wanted = wanted_takes(experiment, root, [gain])
    return digest({f"{each.take}": each.fingerprint for each in wanted if each.take.split != REPLICATE})


def _virtual_takes(experiment, root, gain):
    """By split, the takes that the experiment's virtual device makes: others may be there, of a longer profile."""
    if missing_takes(experiment, root):
        raise UltraGainError(
            "the virtual device has not recorded all takes yet: run `ultragain sweep` or `ultragain record` first"
        )
    takes = [wanted.take for wanted in wanted_takes(experiment, root, [gain])]
    return {split: [take for take in takes if take.split == split] for split in SPLITS}


def _real_takes(experiment, root, gain):
    """By split, what a recordings folder holds."""
    folder = recordings_folder(experiment, root)
    if not folder.is_dir():
        raise UltraGainError(f"{folder}: no such recordings folder")
    is_trained = gain in experiment.trained_gains
    train = find_takes(folder, TRAIN, gain) if is_trained else []
    if is_trained and not train:
        raise UltraGainError(f"{folder}/{TRAIN}/{gain}: holds no recordings (the layout is {LAYOUT})")
    test, again = ([Take(folder, split, gain, name) for name in experiment.test_riffs] for split in (TEST, REPLICATE))
    return {
        TRAIN: train,
        VAL: find_takes(folder, VAL, gain) if is_trained else [],
        TEST: test,
        REPLICATE: [take for take in again if take.wet.is_file()],
    }


class Recordings(Mapping):
    """An experiment's recordings by gain, each loaded when it is first asked for.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    """

    def __init__(self, experiment, root):
        self._experiment, self._root = experiment, root
        self._loaded, self._identities = {}, {}

    def __getitem__(self, gain):
        if gain not in self._loaded:
            self._loaded[gain] = load_recordings(self._experiment, self._root, gain)
        return self._loaded[gain]

    def __iter__(self):
        return iter(self._experiment.gain_labels)

    def __len__(self):
        return len(self._experiment.gain_labels)

    def identity(self, gain=None):
        """What `GainRecordings.identity` is, or will be once a virtual device has made its takes; of all gains if None.

        Nothing is loaded for a virtual device: its fingerprints suffice.

        Raises
        ------
        UltraGainError
            If recordings that already exist are missing or bad.
        """
        if gain is None:
            return digest({gain: self.identity(gain) for gain in self})
        if not self._experiment.is_virtual:
            return self[gain].identity
        if gain not in self._identities:
            self._identities[gain] = _virtual_identity(self._experiment, self._root, gain)
        return self._identities[gain]

    def samples(self, gain=None):
        """What `GainRecordings.samples` is; of all gains if None, which are loaded one after the other and not kept."""
        return load_recordings(self._experiment, self._root).samples if gain is None else self[gain].samples

    def validated_gains(self):
        """Labels of the gains that have takes in a Val folder; nothing is loaded."""
        folder = recordings_folder(self._experiment, self._root)
        return [] if self._experiment.is_virtual else [gain for gain in self if find_takes(folder, VAL, gain)]
