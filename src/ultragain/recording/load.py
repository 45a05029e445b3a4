"""An experiment's recordings, wherever they come from."""

from collections.abc import Mapping

from ultragain.errors import UltraGainError
from ultragain.files import digest
from ultragain.recording.layout import load_gain, recordings_folder
from ultragain.recording.performances import performances
from ultragain.recording.virtual import missing_takes, wanted_takes


def recordings_identity(experiment, root, gain):
    """What `GainRecordings.identity` is, or will be once a virtual device has made its takes.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    gain : str

    Returns
    -------
    str

    Raises
    ------
    UltraGainError
        If recordings that already exist are missing or bad.
    """
    if not experiment.is_virtual:
        return load_recordings(experiment, root, gain).identity
    return digest(
        {
            f"{split}/{gain}/{performance.name}": recipe
            for split, _, performance, _, recipe in wanted_takes(experiment, root, [gain])
            if split != "Replicate"
        }
    )


def load_recordings(experiment, root, gain):
    """Everything recorded at one gain.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    gain : str
        Label of the gain setting.

    Returns
    -------
    GainRecordings

    Raises
    ------
    UltraGainError
        If there is no such gain, or recordings are missing or bad.
    """
    if gain not in experiment.gain_labels:
        raise UltraGainError(f"gain {gain}: not in the experiment; it has {', '.join(experiment.gain_labels)}")
    folder = recordings_folder(experiment, root)
    if not experiment.is_virtual:
        return load_gain(folder, gain, experiment)
    if missing_takes(experiment, root):
        raise UltraGainError(
            "the virtual device has not recorded all takes yet: run `ultragain sweep` or `ultragain record` first"
        )
    train = [performance.name for performance in performances(experiment, root)["Train"]]
    return load_gain(folder, gain, experiment, train)


class Recordings(Mapping):
    """An experiment's recordings by gain, each loaded when it is first asked for.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    """

    def __init__(self, experiment, root):
        self._experiment, self._root, self._loaded = experiment, root, {}

    def __getitem__(self, gain):
        if gain not in self._loaded:
            self._loaded[gain] = load_recordings(self._experiment, self._root, gain)
        return self._loaded[gain]

    def __iter__(self):
        return iter(self._experiment.gain_labels)

    def __len__(self):
        return len(self._experiment.gain_labels)

    def identity(self, gain):
        """What `GainRecordings.identity` is, or will be once a virtual device has made its takes.

        Nothing is loaded for a virtual device: its recipes say it.

        Raises
        ------
        UltraGainError
            If recordings that already exist are missing or bad.
        """
        return (
            recordings_identity(self._experiment, self._root, gain)
            if self._experiment.is_virtual
            else self[gain].identity
        )
