"""What chapters say about the virtual devices: how they are set, how long they take to recover."""

import numpy as np

from ultragain.circuits import catalog, measured
from ultragain.circuits import recovery as memory
from ultragain.circuits.parts import Triode
from ultragain.recording import virtual
from ultragain.words import listed


def recording_facts(experiment):
    """What the virtual devices are made of and how they are set; which of them this build recorded."""
    device = experiment.device
    facts = {
        "origin": origin(experiment),
        "rig_levels": _rig_levels(experiment.real_rig),
        "oversampling": f"{virtual.OVERSAMPLING}",
        "circuit_rate": f"{virtual.OVERSAMPLING * experiment.sample_rate / 1000:.1f} kHz",
        "input_volts": f"{device.input_volts:g} V",
        "hiss": f"{1e6 * virtual.HISS_VOLTS_RMS:g} \u00b5V",
        "hum": f"{1e6 * virtual.HUM_VOLTS_RMS:g} \u00b5V",
        "hum_hertz": f"{virtual.HUM_HERTZ[0]} Hz",
        "ripple": f"{1000 * virtual.RIPPLE_VOLTS_RMS:g} mV",
        "ripple_hertz": f"{virtual.RIPPLE_HERTZ[0]} Hz",
        "noise_seed": f"{device.noise_seed}",
        "noise_sentence": ""
        if device.noise or not experiment.is_virtual
        else "In this build the noise is switched off.",
    }
    for name, circuit in (("preamp", "dsl20h"), ("pedal", "sd1")):
        gains, controls = measured.knobs(experiment, circuit)
        parts = catalog.build(circuit, max(gains.values()), controls).parts
        set_to = {key: value for key, value in (catalog.controls(circuit) | controls).items() if value is not None}
        facts |= {
            f"{name}_role": "It is the device of this build."
            if device.circuit == circuit
            else "It is not the device of this build.",
            f"{name}_parts": f"{len(parts)}",
            f"{name}_controls": listed(f"{key.replace('_', ' ')} {_setting(value)}" for key, value in set_to.items()),
            f"{name}_gains": listed(f"{knob:g}" for knob in sorted(set(gains.values()))),
            f"{name}_full_scale": f"{catalog.CIRCUITS[circuit].FULL_SCALE_VOLTS:g} V",
        }
        if name == "preamp":
            facts |= {
                "top_knob": f"{max(gains.values()):g}",
                "triodes": f"{sum(isinstance(part, Triode) for part in parts)}",
            }
    return facts


def origin(experiment):
    """Where the wet recordings of this build come from, in a sentence or two."""
    device = experiment.device
    if experiment.is_virtual:
        played = {
            "synthetic": "the dry riffs",
            "inputs": "the dry files in data/inputs",
            "both": "the dry riffs and files",
        }[device.dry]
        return f"In this build every wet recording is a simulation: the {device.description} played {played}. No real amplifier or pedal was involved."
    return (
        f"This build does not use a virtual rig. Its recordings were made elsewhere: {device.description}. "
        "What follows about virtual devices describes the project's own, for comparison."
    )


def _setting(value):
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else f"{value:g}"


def _rig_levels(rig):
    """Whether the real rig's dry and wet levels can be compared, in a sentence."""
    dry, wet = rig.get("dry_input_gain_db"), rig.get("wet_input_gain_db")
    if not (isinstance(dry, int | float) and isinstance(wet, int | float)):  # not told, or not the same at every gain
        return "Unless dry and wet are recorded with the same input gain, only their shapes can be compared, not their levels."
    if dry == wet:
        return f"In the real rig dry and wet were recorded with the same input gain, {dry:g} dB, so their levels can be compared."
    return (
        f"In the real rig dry and wet were recorded with different input gains, {dry:g} and {wet:g} dB, so only their shapes "
        "can be compared, not their levels."
    )


def memory_facts(seconds, level_db):
    """What `ultragain.circuits.recovery.recovery` found, and how it was asked."""
    settled = memory.settling_time(seconds, level_db)
    return {
        "burst": f"{1000 * memory.BURST_SECONDS:g} ms",
        "burst_volts": f"{memory.BURST_VOLTS:g} V",
        "measured_over": f"{1000 * memory.SMOOTHING_SECONDS:g} ms",
        "dip": "more than 60 dB" if level_db.min() < -60 else f"{-level_db.min():.0f} dB",
        "settled": f"{1000 * settled:.0f} ms" if np.isfinite(settled) else f"more than {1000 * seconds[-1]:.0f} ms",
        "settled_db": f"{memory.SETTLED_DB:g} dB",
    }
