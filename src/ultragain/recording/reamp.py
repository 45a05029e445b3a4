"""Reamping: a folder of dry files played through a circuit, into the recordings layout."""

import zlib
from pathlib import Path

import numpy as np
from dask.system import CPU_COUNT

from ultragain import audio
from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.errors import UltraGainError
from ultragain.parallel import side_by_side
from ultragain.recording.layout import take_at
from ultragain.recording.performances import find_files
from ultragain.recording.virtual import play

SPLITS = ("Train", "Val", "Test")


def reamp(
    source,
    target,
    circuit,
    gains,
    settings,
    sample_rate=44_100,
    input_volts=1.0,
    seed=25,
    overwrite=False,
    workers=CPU_COUNT,
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
        Of hiss and hum; None for a silent room.
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
    played = {split: find_files(Path(source) / split) for split in SPLITS}
    played["Train"] += find_files(source)
    if not any(played.values()):
        raise UltraGainError(f"{source}: holds no WAV or FLAC files, nor do its folders {', '.join(SPLITS)}")
    jobs = []
    for split, performances in played.items():
        for performance in performances:
            performance.dry(sample_rate, None)  # so that a bad file is named before anything is written
            for label, netlist in netlists.items():
                take = take_at(target, split, label, performance.name)
                if (take.dry.exists() or take.wet.exists()) and not overwrite:
                    raise UltraGainError(f"{take.wet}: is there already; choose another folder, or --overwrite")
                room = None if seed is None else [seed, zlib.crc32(f"{split}/{label}/{performance.name}".encode())]
                full_scale = CIRCUITS[circuit].FULL_SCALE_VOLTS
                jobs.append((performance, take, netlist, sample_rate, input_volts, full_scale, room))
    side_by_side(_record, jobs, workers, "reamping", "take")
    return len(jobs)


def _record(performance, take, netlist, sample_rate, input_volts, full_scale_volts, room):
    dry = performance.dry(sample_rate, None)
    rng = None if room is None else np.random.default_rng(room)
    wet = play(dry, sample_rate, netlist, input_volts, full_scale_volts, rng)
    take.recipe.unlink(missing_ok=True)
    audio.write_wav(take.dry, dry, sample_rate)
    audio.write_wav(take.wet, wet, sample_rate)
