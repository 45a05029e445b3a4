"""Reamping: a folder of dry files played through a circuit, into the recordings layout."""

from pathlib import Path

from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.errors import UltraGainError
from ultragain.parallel import side_by_side
from ultragain.recording.layout import TEST, TRAIN, VAL, Take
from ultragain.recording.performances import find_files
from ultragain.recording.virtual import VirtualTake


def reamp(
    source,
    target,
    circuit,
    gains,
    settings,
    sample_rate,
    input_volts,
    seed,
    noise,
    overwrite,
    workers,
):
    """Play dry files through a circuit.

    Parameters
    ----------
    source : path-like
        Folder of WAV or FLAC files, any rate, mono or stereo. Those in its subfolders Train, Val
        and Test go there; those beside them are for training.
    target : path-like
        Top of the recordings layout to write, ``<device>/<version>``.
    circuit : str
        One of `catalog.CIRCUITS`.
    gains : dict of str to float
        Label of each gain setting: position of the knob, 0 to 10.
    settings : dict of str to value
        The circuit's other controls.
    sample_rate : int
        Of the recordings, Hz.
    input_volts : float
        Peak at the input jack for a dry file's full scale.
    seed : int or None
        Of hiss and hum; None without them.
    noise : bool
        Whether there are hiss and hum.
    overwrite : bool
        Whether takes that are already there are recorded again.
    workers : int
        Processes side by side.

    Returns
    -------
    int
        Takes recorded.

    Raises
    ------
    UltraGainError
        If there is nothing to play, the circuit has no such control, a take is already there, or
        a file or a simulation fails. Nothing is written unless all files can be read.
    """
    netlists = {label: build(circuit, knob, settings) for label, knob in gains.items()}
    played = {split: find_files(Path(source) / split) for split in (TRAIN, VAL, TEST)}
    played[TRAIN] += find_files(source)
    if not any(played.values()):
        raise UltraGainError(f"{source}: holds no WAV or FLAC files, nor do its folders {', '.join(played)}")
    takes = []
    for split, performances in played.items():
        for performance in performances:
            performance.dry(sample_rate)  # so that a bad file is named before anything is written
            for label, netlist in netlists.items():
                take = Take(Path(target), split, label, performance.name)
                if (take.dry.exists() or take.wet.exists()) and not overwrite:
                    raise UltraGainError(f"{take.wet}: is there already; choose another folder, or --overwrite")
                takes.append(
                    VirtualTake(
                        take=take,
                        performance=performance,
                        netlist=netlist,
                        sample_rate=sample_rate,
                        input_volts=input_volts,
                        full_scale_volts=CIRCUITS[circuit].full_scale_volts,
                        seed=seed,
                        noise=noise,
                    )
                )
    side_by_side(VirtualTake.record, [(take,) for take in takes], workers, "reamping", "take")
    return len(takes)
