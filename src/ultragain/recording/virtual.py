"""The virtual device: plays synthesised guitar through a simulated preamp into the recordings layout."""

import inspect
import zlib
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import numpy as np
from dask.system import CPU_COUNT
from tqdm.auto import tqdm

from ultragain import audio
from ultragain.circuits import dsl20h, solver
from ultragain.errors import UltraGainError
from ultragain.files import digest, whole_file
from ultragain.recording.layout import load_gain, recordings_folder, take_at
from ultragain.riffs import library
from ultragain.riffs.strings import render

CIRCUITS = {"dsl20h": dsl20h}
INPUT_VOLTS = 1.0  # at the input jack for 0 dBFS dry
SEND_VOLTS = 8.0  # at the FX send for 0 dBFS wet: hard playing reaches 5.3 V
OVERSAMPLING = 8
# Thermal noise of the 68k grid stopper over 20 Hz to 20 kHz; mains pick-up of a quiet guitar lead.
HISS_VOLTS_RMS = 6e-6
HUM_VOLTS_RMS = 5e-6
HUM_HERTZ = (50, 150, 250)


def train_names(experiment):
    """Names of the studies that the virtual device records for an experiment's training audio."""
    return list(library.training_studies(experiment.sizes.train_seconds))


def make_recordings(experiment, root, workers=CPU_COUNT):
    """Record every take that an experiment needs and that is not there yet; real recordings are left as they are.

    A take is made again only if its recipe changed: its score, the string model, the circuit, the
    knobs or the noise. An interrupted recording goes on where it stopped.

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
        If the circuit has no such knob, or a score, a simulation or a process fails.
    """
    folder = recordings_folder(experiment, root)
    if not experiment.is_virtual:
        return folder
    jobs = _missing_takes(experiment, folder)
    if not jobs:
        return folder
    context = get_context("spawn")  # threads of libraries already loaded do not survive a fork
    bar = tqdm(total=sum(len(gains) for *_, gains in jobs), desc="recording the virtual device", unit="take")
    with bar, ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        pending = {pool.submit(_record, experiment, folder, *job): job for job in jobs}
        for future in as_completed(pending):
            try:
                future.result()
            except BrokenProcessPool as error:
                raise UltraGainError("a recording process died, perhaps for want of memory; try --workers 1") from error
            *_, gains = pending[future]
            bar.update(len(gains))
    return folder


def _missing_takes(experiment, folder):
    """What is still to be recorded: a (split, name, score, {gain: recipe}) for each performance."""
    netlists = {gain: _netlist(experiment, gain) for gain in experiment.gain_labels}
    scores = {"Test": _test_scores(experiment), "Train": library.training_studies(experiment.sizes.train_seconds)}
    jobs = []
    for split, performances in scores.items():
        for name, score in performances.items():
            gains = {}
            for gain, netlist in netlists.items():
                take = take_at(folder, split, gain, name)
                recipe = _recipe(experiment, netlist, score)
                if not (take.recipe.is_file() and take.recipe.read_text() == recipe and take.dry.is_file() and take.wet.is_file()):
                    gains[gain] = recipe
            if gains:
                jobs.append((split, name, score, gains))
    return jobs


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
    if _missing_takes(experiment, folder):
        raise UltraGainError("the virtual device has not recorded all takes yet: run `ultragain sweep` or `ultragain record` first")
    return load_gain(folder, gain, experiment, train_names(experiment))


def amplify(dry, sample_rate, netlist, rng):
    """Play dry audio through the preamp.

    Parameters
    ----------
    dry : np.ndarray, shape (n_samples,)
        1.0 is `INPUT_VOLTS` at the input jack.
    sample_rate : int
        In Hz.
    netlist : Netlist
        The circuit with its knobs set.
    rng : np.random.Generator
        Of the hiss and the hum's phase.

    Returns
    -------
    np.ndarray, shape (n_samples,)
        1.0 is `SEND_VOLTS` at the FX send.
    """
    volts = dry * INPUT_VOLTS + _noise(len(dry), sample_rate, rng)
    return solver.amplify(netlist, volts, sample_rate, OVERSAMPLING) / SEND_VOLTS


def _noise(n, sample_rate, rng):
    """Hiss and hum at the input jack in volts, shape (n,)."""
    hiss = rng.normal(scale=HISS_VOLTS_RMS * np.sqrt(sample_rate / 2 / 20e3), size=n)
    seconds = np.arange(n) / sample_rate
    phases = rng.uniform(0, 2 * np.pi, len(HUM_HERTZ))
    # each odd harmonic 6 dB below the one before
    hum = sum(2.0**-k * np.sin(2 * np.pi * hertz * seconds + phases[k]) for k, hertz in enumerate(HUM_HERTZ))
    return hiss + HUM_VOLTS_RMS * np.sqrt(2) * hum


def _test_scores(experiment):
    unknown = [name for name in experiment.test_riffs if name not in library.TEST_RIFFS]
    if unknown:
        raise UltraGainError(
            f"test_riffs: the virtual guitar has no score for {unknown[0]}; it plays {', '.join(library.TEST_RIFFS)}"
        )
    return {name: library.TEST_RIFFS[name] for name in experiment.test_riffs}


def _netlist(experiment, gain):
    device = experiment.device
    build = CIRCUITS[device.circuit].netlist
    knobs = [name for name in inspect.signature(build).parameters if name != "gain"]
    for name in device.controls:
        if name not in knobs:
            raise UltraGainError(f"device.controls: circuit {device.circuit} has no knob {name}; it has {', '.join(knobs)}")
    return build(gain=device.gains[gain], **device.controls)


def _recipe(experiment, netlist, score):
    """Digest of everything that decides what a take sounds like."""
    return digest({
        "score": score,
        "guitar": library.VERSION,
        "circuit": [repr(netlist), solver.VERSION, OVERSAMPLING],
        "levels": [INPUT_VOLTS, SEND_VOLTS, HISS_VOLTS_RMS, HUM_VOLTS_RMS, HUM_HERTZ],
        "noise_seed": experiment.device.noise_seed,
        "sample_rate": experiment.sample_rate,
    })


def _record(experiment, folder, split, name, score, gains):
    """Render one performance and record it at each of the gains named, {label: recipe}."""
    seed = experiment.device.noise_seed
    dry = render(score, experiment.sample_rate, np.random.default_rng([seed, zlib.crc32(name.encode())]))
    for gain, recipe in gains.items():
        rng = np.random.default_rng([seed, zlib.crc32(f"{gain}/{name}".encode())])
        wet = amplify(dry, experiment.sample_rate, _netlist(experiment, gain), rng)
        take = take_at(folder, split, gain, name)
        take.recipe.unlink(missing_ok=True)
        audio.write_wav(take.dry, dry, experiment.sample_rate)
        audio.write_wav(take.wet, wet, experiment.sample_rate)
        with whole_file(take.recipe) as temporary:
            temporary.write_text(recipe)
