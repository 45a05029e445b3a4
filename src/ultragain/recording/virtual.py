"""The virtual device, a circuit with the noise of a real room or somebody's capture, and the takes it records."""

import zlib
from dataclasses import dataclass

import numpy as np
from dask.system import CPU_COUNT

from ultragain import audio
from ultragain.circuits.catalog import CIRCUITS, VERSION, build
from ultragain.circuits.netlist import Netlist
from ultragain.errors import UltraGainError
from ultragain.files import digest, whole_file
from ultragain.parallel import side_by_side
from ultragain.recording.captures import capture_effect
from ultragain.recording.layout import REPLICATE, SPLITS, TEST, TRAIN, Take, recordings_folder
from ultragain.recording.performances import Performance, performances

OVERSAMPLING = 8
# Thermal noise of the 68k grid stopper over 20 Hz to 20 kHz; mains pick-up of a quiet guitar lead.
HISS_VOLTS_RMS = 6e-6
HUM_VOLTS_RMS = 5e-6
HUM_HERTZ = (50, 150, 250)
# What a rectifier leaves on the supply. Nothing is published: 20 to 100 mV would be plausible.
RIPPLE_VOLTS_RMS = 50e-3
RIPPLE_HERTZ = (100, 200, 300)


def play(dry, sample_rate, netlist, input_volts, full_scale_volts, rng=None, oversampling=OVERSAMPLING):
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
    oversampling : int
        Steps of the simulation a sample.

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
    wet = solver.amplify(netlist, volts, sample_rate, oversampling, ripple) / full_scale_volts
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


@dataclass(frozen=True)
class CircuitEffect:
    """A circuit as what turns dry audio into wet.

    Attributes
    ----------
    netlist : Netlist
        The circuit with its controls set.
    input_volts, full_scale_volts : float
        Peak volts of 0 dBFS, dry and wet.
    """

    netlist: Netlist
    input_volts: float
    full_scale_volts: float

    @property
    def identity(self):
        """All that decides what it sounds like, but for noise."""
        return {
            "circuit": [repr(self.netlist), VERSION, OVERSAMPLING],
            "levels": [self.input_volts, self.full_scale_volts],
        }

    def play(self, dry, sample_rate, rng=None):
        """What it makes of audio, see `play`."""
        return play(dry, sample_rate, self.netlist, self.input_volts, self.full_scale_volts, rng)


@dataclass(frozen=True)
class VirtualTake:
    """A take that a virtual device records.

    Attributes
    ----------
    take : Take
    performance : Performance
        What is played.
    effect : CircuitEffect or ultragain.recording.captures.CaptureEffect
        What plays it.
    sample_rate : int
        In Hz.
    seed : int or None
        Of the virtual guitarist's hands, and of hiss and hum.
    noise : bool
        Whether there are hiss and hum.
    """

    take: Take
    performance: Performance
    effect: object
    sample_rate: int
    seed: int | None
    noise: bool

    @property
    def fingerprint(self):
        """Digest of everything that decides what the take sounds like."""
        noise = [HISS_VOLTS_RMS, HUM_VOLTS_RMS, HUM_HERTZ, RIPPLE_VOLTS_RMS, RIPPLE_HERTZ]
        return digest(
            {
                "played": self.performance.identity,
                **self.effect.identity,
                "noise": [self.take.split == REPLICATE, *noise] if self.noise else None,
                "seed": self.seed,
                "sample_rate": self.sample_rate,
            }
        )

    def record(self):
        """Play the take and write its files, the fingerprint last."""
        fingerprint = self.fingerprint  # of a file as it is now: one that changes meanwhile is played again
        dry = self.performance.dry(self.sample_rate, self.seed)
        # Each take has a noise of its own.
        room = np.random.default_rng([self.seed, zlib.crc32(f"{self.take}".encode())]) if self.noise else None
        wet = self.effect.play(dry, self.sample_rate, room)
        self.take.fingerprint_file.unlink(missing_ok=True)
        audio.write_wav(self.take.dry, dry, self.sample_rate)
        audio.write_wav(self.take.wet, wet, self.sample_rate)
        with whole_file(self.take.fingerprint_file) as temporary:
            temporary.write_text(fingerprint)


def make_recordings(experiment, root, workers=CPU_COUNT, splits=SPLITS):
    """Record every take that an experiment needs and that is not there yet; real recordings are left as they are.

    The test riffs are recorded twice, under Test and under Replicate: the same playing, another
    noise. A take is made again only if its fingerprint changed: what is played, the circuit, its
    controls or the noise. An interrupted recording goes on where it stopped.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    workers : int
        Processes side by side.
    splits : sequence of str
        Those that are needed, of `SPLITS`.

    Returns
    -------
    Path
        The recordings folder.

    Raises
    ------
    UltraGainError
        If the circuit has no such control, or a performance, a simulation or a process fails.
    """
    if experiment.is_virtual:
        takes = [(wanted,) for wanted in missing_takes(experiment, root) if wanted.take.split in splits]
        side_by_side(VirtualTake.record, takes, workers, "recording the virtual device", "take")
    return recordings_folder(experiment, root)


def wanted_takes(experiment, root, gains):
    """What a virtual device records at some gains: the test riffs alone where no model is trained.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    gains : list of str

    Returns
    -------
    list of VirtualTake

    Raises
    ------
    UltraGainError
        If the circuit has no such control, there is no such capture, or something that is to be played cannot be.
    """
    device, played, folder = experiment.device, performances(experiment, root), recordings_folder(experiment, root)
    has_noise = device.noise and not device.capture
    # Without noise a second recording would be the first.
    splits = {TRAIN: played[TRAIN], TEST: played[TEST], REPLICATE: played[TEST] if has_noise else []}
    trained = experiment.trained_gains
    return [
        VirtualTake(
            take=Take(folder, split, gain, performance.name),
            performance=performance,
            effect=effect,
            sample_rate=experiment.sample_rate,
            seed=device.seed,
            noise=has_noise,
        )
        for gain, effect in ((gain, _effect(device, gain, root)) for gain in gains)
        for split, each in splits.items()
        if gain in trained or split == TEST
        for performance in each
    ]


def _effect(device, gain, root):
    """What plays at one of a virtual device's gains."""
    if device.capture:
        return capture_effect(device.capture, root)
    netlist = build(device.circuit, device.gains[gain], device.controls)
    return CircuitEffect(netlist, device.input_volts, CIRCUITS[device.circuit].full_scale_volts)


def missing_takes(experiment, root):
    """Those of the wanted takes, at all gains, that are not there yet, list of VirtualTake."""
    return [take for take in wanted_takes(experiment, root, experiment.gain_labels) if not _is_made(take)]


def _is_made(wanted):
    take = wanted.take
    is_same = take.fingerprint_file.is_file() and take.fingerprint_file.read_text() == wanted.fingerprint
    return is_same and take.dry.is_file() and take.wet.is_file()
