"""A run's model as a network that a player can play, and what its file tells of it."""

import math

import numpy as np

from ultragain import metrics
from ultragain.circuits.catalog import CIRCUITS
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.formats.network import About, Network
from ultragain.grid import is_windowed
from ultragain.models.catalog import FAMILIES
from ultragain.models.keras_file import weights_of
from ultragain.models.memory.wavenet_gain import FULL, at_position
from ultragain.recording.load import load_riffs
from ultragain.training import runs
from ultragain.words import two_digits

DBU = math.sqrt(0.6)  # volts RMS of 0 dBu: 1 mW into 600 ohms


def experiment_of(finished, root):
    """The experiment in the project's folder that a run is of, by device, family and profile; None without one.

    Parameters
    ----------
    finished : Finished
    root : Path

    Returns
    -------
    Experiment or None
    """
    own = None
    for path in sorted((root / "experiments").glob("*.yaml")):
        try:
            experiment = load_experiment(path, finished.record["profile"])
        except UltraGainError:  # without that profile
            continue
        if experiment.family != finished.family.name:
            continue
        if _is_of(finished, experiment):
            return experiment
        if not experiment.is_virtual and own is None:
            own = experiment
    recordings = root / "data" / "recordings" / finished.record["device"] / finished.record["version"]
    if own is not None and recordings.is_dir():  # trained with --recordings
        own = own.with_recordings(recordings)
        return own if _is_of(finished, own) else None
    return None


def _is_of(finished, experiment):
    device, record = experiment.device, finished.record
    gains = [finished.parameters["gain"]] if "gain" in finished.parameters else []
    return (device.name, device.version) == (record["device"], record["version"]) and set(gains) <= set(device.gains)


def network_of(finished, experiment, knob=None):
    """A run's model as a `Network`.

    Parameters
    ----------
    finished : Finished
    experiment : Experiment or None
        That it is of; without it nobody knows the levels of the device.
    knob : float, optional
        Position of the gain knob, from 0 to 10, for a model of all of it.

    Returns
    -------
    Network

    Raises
    ------
    UltraGainError
        If a model of the whole knob has no position, or another one has.
    """
    family, parameters, record = finished.family, finished.parameters, finished.record
    weights = weights_of((finished.folder / runs.MODEL).read_bytes())
    if family.covers_gains:
        if knob is None or not 0 <= knob <= FULL:
            raise UltraGainError(
                f"{record['id']}: is a model of the whole gain knob: say where that stands, from 0 to {FULL}, for "
                "example --knob 6.5"
            )
        weights = at_position(family.name, weights, knob)
        gain = next((label for label, position in parameters["gains"].items() if position == knob), None)
    else:
        if knob is not None:
            raise UltraGainError(f"{record['id']}: is a model of one gain, {parameters['gain']}: leave out --knob")
        gain = parameters["gain"]
        knob = experiment.device.gains[gain] if experiment else None
    scores = finished.scores(gain) if gain else None
    about = About(
        name=f"{record['device_description']}, gain {gain or f'{knob:g}'}",
        device=record["device_description"],
        settings={"gain": gain, "knob": knob, **parameters},
        esr={} if scores is None else dict(zip(scores["riff"], scores["esr"].astype(float), strict=True)),
        trained=record["finished"],
        run=record["id"],
        loudness=None if scores is None else _loudness(scores),
        **_levels(experiment),
    )
    return Network(family.network, weights, parameters["sample_rate"], about)


def stateful_scores(network, riffs):
    """ESR of each riff when an LSTM's state is never set back, as players play it.

    Parameters
    ----------
    network : Network
        An LSTM.
    riffs : dict of str to (np.ndarray, np.ndarray)
        Dry and wet of each.

    Returns
    -------
    dict of str to float
    """
    parameters = {"units": network.units, "threads": 1, "sample_rate": network.sample_rate}
    family = FAMILIES["lstm-stateful"]
    effect = family.play(family.model(network.weights, parameters), parameters)
    return {riff: metrics.esr(wet, effect(dry)) for riff, (dry, wet) in riffs.items()}


def riffs_of(finished, experiment, root):
    """Dry and wet of a run's test riffs at its gain, dict of str to pair; None where they are not on this machine."""
    if experiment is None:
        return None
    try:
        return load_riffs(experiment, root, finished.parameters["gain"])
    except (UltraGainError, KeyError):
        return None


def refuse_windowed(finished, network, riffs):
    """Refuse a windowed model, whose state players never set back, with what it is worth when they play it.

    Raises
    ------
    UltraGainError
        Always where the model is windowed.
    """
    if not is_windowed(finished.family):
        return
    told = "how good it is then cannot be said here, its riffs are not recorded"
    if riffs:
        then = np.mean(list(stateful_scores(network, riffs).values()))
        told = f"then its mean ESR is {two_digits(then)} instead of {two_digits(network.about.mean_esr)}"
    raise UltraGainError(
        f"{network.about.run}: was trained on windows of {finished.parameters['context']} samples, each from a state "
        f"of zeros, and players never set the state back: {told}. Export a model with memory, or this one --anyway"
    )


def _loudness(scores):
    """RMS of the riffs' wet audio in dB of full scale: a mean squared error over an ESR is its power."""
    power = float(np.mean(scores["mse"].astype(float) / scores["esr"].astype(float)))
    return 10 * math.log10(power) if 0 < power < math.inf else None


def _levels(experiment):
    """Levels of full scale that a virtual device is known to have."""
    if experiment is None or not experiment.device.circuit:
        return {}
    device = experiment.device
    volts = {"input_dbu": device.input_volts, "output_dbu": CIRCUITS[device.circuit].full_scale_volts}
    return {name: 20 * math.log10(peak / math.sqrt(2) / DBU) for name, peak in volts.items()}
