"""The virtual device: a simulated circuit with the noise of a real room, and the takes it records."""

import zlib

import numpy as np
from dask.system import CPU_COUNT

from ultragain import audio
from ultragain.circuits import method
from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.errors import UltraGainError
from ultragain.files import digest, whole_file
from ultragain.parallel import side_by_side
from ultragain.recording.layout import recordings_folder, take_at
from ultragain.recording.performances import performances

OVERSAMPLING = 8
# Thermal noise of the 68k grid stopper over 20 Hz to 20 kHz; mains pick-up of a quiet guitar lead.
HISS_VOLTS_RMS = 6e-6
HUM_VOLTS_RMS = 5e-6
HUM_HERTZ = (50, 150, 250)
# What a rectifier leaves on the supply. Nothing is published: 20 to 100 mV would be plausible.
RIPPLE_VOLTS_RMS = 50e-3
RIPPLE_HERTZ = (100, 200, 300)


def play(dry, sample_rate, netlist, input_volts, full_scale_volts, rng=None):
    """Play dry audio through a circuit.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
        1.0 is `input_volts` at the input jack.
    sample_rate : int
        In Hz.
    netlist : Netlist
        The circuit with its controls set.
    input_volts, full_scale_volts : float
        Peak volts of 0 dBFS, dry and wet.
    rng : np.random.Generator, optional
        Of hiss, and of the phases of hum and ripple; without it the room is silent.

    Returns
    -------
    np.ndarray, shape (n_samples,)
        1.0 is `full_scale_volts` at the output.

    Raises
    ------
    UltraGainError
        If the output exceeds full scale, or the simulation fails.
    """
    from ultragain.circuits import solver  # it loads a compiler; most who load recordings make none

    volts, ripple = dry * input_volts, None
    if rng is not None:
        volts = volts + _hiss(len(dry), sample_rate, rng)
        volts += _hum(HUM_VOLTS_RMS, HUM_HERTZ, len(dry), sample_rate, rng)
        ripple = _hum(RIPPLE_VOLTS_RMS, RIPPLE_HERTZ, len(dry), sample_rate, rng)
    wet = solver.amplify(netlist, volts, sample_rate, OVERSAMPLING, ripple) / full_scale_volts
    if np.max(np.abs(wet), initial=0) > 1:
        peak = full_scale_volts * np.abs(wet).max()
        raise UltraGainError(
            f"{netlist.title}: reaches {peak:.2f} V, full scale is {full_scale_volts:g} V: turn its level down"
        )
    return wet


def _hiss(n, sample_rate, rng):
    """White noise in volts, shape (n,)."""
    return rng.normal(scale=HISS_VOLTS_RMS * np.sqrt(sample_rate / 2 / 20e3), size=n)


def _hum(volts_rms, hertz, n, sample_rate, rng):
    """The mains in volts, shape (n,): a fundamental of `volts_rms`, each harmonic 6 dB below the one before."""
    seconds, phases = np.arange(n) / sample_rate, rng.uniform(0, 2 * np.pi, len(hertz))
    tones = (2.0**-k * np.sin(2 * np.pi * f * seconds + phases[k]) for k, f in enumerate(hertz))
    return volts_rms * np.sqrt(2) * sum(tones)


def make_recordings(experiment, root, workers=CPU_COUNT):
    """Record every take that an experiment needs and that is not there yet; real recordings are left as they are.

    The test riffs are recorded twice, under Test and under Replicate: the same playing, another
    noise. A take is made again only if its recipe changed: what is played, the circuit, its
    controls or the noise. An interrupted recording goes on where it stopped.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    workers : int
        Processes side by side.

    Returns
    -------
    Path
        The recordings folder.

    Raises
    ------
    UltraGainError
        If the circuit has no such control, or a performance, a simulation or a process fails.
    """
    folder = recordings_folder(experiment, root)
    if experiment.is_virtual:
        jobs = [(experiment, folder, *take) for take in missing_takes(experiment, root)]
        side_by_side(_record, jobs, workers, "recording the virtual device", "take")
    return folder


def wanted_takes(experiment, root, gains):
    """What a virtual device records at some gains: a (split, gain, performance, netlist, recipe) for each take."""
    device, played = experiment.device, performances(experiment, root)
    # Without noise a second recording would be the first.
    splits = {"Train": played["Train"], "Test": played["Test"], "Replicate": played["Test"] if device.noise else []}
    netlists = {gain: build(device.circuit, device.gains[gain], device.controls) for gain in gains}
    return [
        (split, gain, performance, netlist, _recipe(experiment, netlist, split, performance))
        for gain, netlist in netlists.items()
        for split, each in splits.items()
        for performance in each
    ]


def missing_takes(experiment, root):
    """Those of the wanted takes that are not there yet."""
    folder, missing = recordings_folder(experiment, root), []
    for split, gain, performance, netlist, recipe in wanted_takes(experiment, root, experiment.gain_labels):
        take = take_at(folder, split, gain, performance.name)
        made = take.recipe.is_file() and take.recipe.read_text() == recipe
        if not (made and take.dry.is_file() and take.wet.is_file()):
            missing.append((split, gain, performance, netlist, recipe))
    return missing


def _recipe(experiment, netlist, split, performance):
    """Digest of everything that decides what a take sounds like."""
    device = experiment.device
    return digest(
        {
            "played": performance.identity,
            "circuit": [repr(netlist), method.VERSION, OVERSAMPLING],
            "levels": [device.input_volts, CIRCUITS[device.circuit].FULL_SCALE_VOLTS],
            "noise": [split == "Replicate", HISS_VOLTS_RMS, HUM_VOLTS_RMS, HUM_HERTZ, RIPPLE_VOLTS_RMS, RIPPLE_HERTZ]
            if device.noise
            else None,
            "seed": device.noise_seed,
            "sample_rate": experiment.sample_rate,
        }
    )


def _record(experiment, folder, split, gain, performance, netlist, recipe):
    """Make one take."""
    device, rate = experiment.device, experiment.sample_rate
    # The same name is the same playing, at every gain and in the replicate.
    dry = performance.dry(rate, np.random.default_rng([device.noise_seed, zlib.crc32(performance.name.encode())]))
    room = np.random.default_rng([device.noise_seed, zlib.crc32(f"{split}/{gain}/{performance.name}".encode())])
    full_scale = CIRCUITS[device.circuit].FULL_SCALE_VOLTS
    wet = play(dry, rate, netlist, device.input_volts, full_scale, room if device.noise else None)
    take = take_at(folder, split, gain, performance.name)
    take.recipe.unlink(missing_ok=True)
    audio.write_wav(take.dry, dry, rate)
    audio.write_wav(take.wet, wet, rate)
    with whole_file(take.recipe) as temporary:
        temporary.write_text(recipe)
