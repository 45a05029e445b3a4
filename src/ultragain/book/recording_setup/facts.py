"""Numbers, sentences and stories for the recording chapter's prose.

A sentence that could turn out either way is worded from the numbers, so that the page cannot claim what was not
measured.
"""

import inspect
from string import Template

import numpy as np

from ultragain.book.recording_setup.tables import one_digit
from ultragain.circuits import catalog, measured, response
from ultragain.circuits.catalog import CIRCUITS
from ultragain.circuits.measured import HERTZ
from ultragain.circuits.parts import Triode
from ultragain.recording import virtual
from ultragain.words import hertz, listed, setting, volts

ALIKE_DB = 3  # levels that differ by less count as alike
BASS_HERTZ, TREBLE_HERTZ = 200, 5000  # for a sentence


def recording_facts(experiment):
    """Where the recordings come from, levels and noise of the virtual rig, what it plays alone; dict of str to str."""
    device, sine = experiment.device, inspect.signature(response.harmonics).parameters
    return {
        "origin": origin(experiment),
        "rig_levels": _rig_levels(experiment.real_rig),
        "devices": listed(f"the {circuit.title}" for circuit in CIRCUITS.values()),
        "oversampling": f"{virtual.OVERSAMPLING}",
        "circuit_rate": hertz(virtual.OVERSAMPLING * experiment.sample_rate),
        "input_volts": f"{device.input_volts:g} V",
        "full_scales": listed(
            f"{circuit.full_scale_volts:g} V at the {circuit.kind}'s {circuit.output}" for circuit in CIRCUITS.values()
        ),
        "hiss": f"{1e6 * virtual.HISS_VOLTS_RMS:g} \u00b5V",
        "hum": f"{1e6 * virtual.HUM_VOLTS_RMS:g} \u00b5V",
        "hum_hertz": hertz(virtual.HUM_HERTZ[0]),
        "ripple": f"{1000 * virtual.RIPPLE_VOLTS_RMS:g} mV",
        "ripple_hertz": hertz(virtual.RIPPLE_HERTZ[0]),
        "device_seed": f"{device.seed}",
        "noise_sentence": ""
        if device.noise or not experiment.is_virtual
        else "In this build the noise is switched off.",
        "riff": experiment.test_riffs[0],
        "note_hertz": hertz(measured.PLUCK_HERTZ),
        "sine_hertz": hertz(sine["hertz"].default),
        "harmonics": f"{sine['count'].default}",
        "tone_positions": listed(measured.TONE_POSITIONS),
    }


def origin(experiment):
    """Where the wet recordings of this build come from, in a sentence or two."""
    device = experiment.device
    if experiment.is_virtual:
        played = {
            "synthetic": "the dry riffs",
            "inputs": "the dry files in data/inputs",
            "both": "the dry riffs and files",
        }[device.dry]
        return (
            f"In this build every wet recording is a simulation: the {device.description} played {played}. No real "
            "amplifier or pedal was involved."
        )
    return (
        f"This build does not use a virtual rig. Its recordings were made elsewhere: {device.description}. "
        "What follows about virtual devices describes the project's own, for comparison."
    )


def _rig_levels(rig):
    """Whether the real rig's dry and wet levels can be compared, in a sentence."""
    dry, wet = rig.get("dry_input_gain_db"), rig.get("wet_input_gain_db")
    # not told, or not the same at every gain
    if not (isinstance(dry, int | float) and isinstance(wet, int | float)):
        return (
            "Unless dry and wet are recorded with the same input gain, only their shapes can be compared, not their "
            "levels."
        )
    if dry == wet:
        return (
            f"In the real rig dry and wet were recorded with the same input gain, {dry:g} dB, so their levels can be "
            "compared."
        )
    return (
        f"In the real rig dry and wet were recorded with different input gains, {dry:g} and {wet:g} dB, so only their "
        "shapes can be compared, not their levels."
    )


def story(circuit, experiment):
    """How a circuit works and how it is set here, as Markdown.

    Parameters
    ----------
    circuit : Circuit
    experiment : Experiment

    Returns
    -------
    str
    """
    gains, controls = measured.settings_of(experiment, circuit)
    parts = catalog.build(circuit.name, max(gains.values()), controls).parts
    told = Template(circuit.story).substitute(parts=len(parts), triodes=sum(isinstance(part, Triode) for part in parts))
    others = {name: value for name, value in (circuit.controls | controls).items() if name != circuit.knob}
    positions = listed(f"{position:g}" for position in sorted(set(gains.values())))
    here = f"On these pages its {circuit.knob} is at {positions}"
    if others:
        settings = listed(f"{name.replace('_', ' ')} {setting(value)}" for name, value in others.items())
        here += f" and the other controls at {settings}"
    role = "is" if experiment.device.circuit == circuit.name else "is not"
    told = told.strip().replace("#### ", "## ", 1)  # a heading of the page, right below its title
    return f"{told} It {role} the device of this build. {here}."


def stage_sentence(stages, knob):
    """Where on its way a note changes most with the gain, and what is left of that at the output.

    Parameters
    ----------
    stages : dict of float to dict
        By the gain knob's position, what `measured.stage_voltages` returns.
    knob : str
        What the circuit calls its gain.

    Returns
    -------
    str
    """
    low, high = min(stages), max(stages)
    swings = {end: {stage: np.ptp(samples) for stage, (samples, _) in stages[end].items()} for end in (low, high)}
    if low == high:
        found = listed(f"{volts(swing)} at {_place(stage)}" for stage, swing in swings[low].items())
        return f"At {knob} {low:g} the note's swing from trough to crest is {found}."

    def change(stage):
        return f"from {volts(swings[low][stage])} to {volts(swings[high][stage])}"

    first, last = (stages[end]["output"][0] for end in (low, high))
    apart = abs(20 * np.log10(np.std(last) / np.std(first)))
    meaning = f": the {knob} knob decides how a hard note clips, hardly how loud it is" if apart < ALIKE_DB else ""
    at_output = f"goes {change('output')}, and the level changes by {apart:.1f} dB{meaning}."
    swing = f"From {knob} {low:g} to {knob} {high:g} the note's swing from trough to crest"
    between = [stage for stage in swings[low] if stage not in ("input", "output")]
    if not between:
        return f"{swing} at the output {at_output}"
    most = max(between, key=lambda stage: abs(np.log(swings[high][stage] / swings[low][stage])))
    return f"{swing} changes most at {_place(most)}, {change(most)}. At the output it {at_output}"


def _place(stage):
    return stage.replace(" ", "'s ") if " " in stage else f"the {stage}"


def rest_sentence(points, others, knob):
    """Which triode is biased coldest, and how little the gain moves all of them.

    Parameters
    ----------
    points : pd.DataFrame
        From `measured.operating_points`.
    others : list of pd.DataFrame
        The same at the other gains.
    knob : str

    Returns
    -------
    str
    """
    moved = max(((other["plate"] - points["plate"]).abs().max() for other in others), default=0.0)
    still = f"The {knob} knob moves no plate by more than {volts(moved)}."
    if len(points) == 1:
        return still
    coldest = points.loc[points["amps"].idxmin()]
    return (
        f"{coldest.name} draws the least current, {1000 * coldest['amps']:.2f} mA, with its grid "
        f"{volts(coldest['cathode'] - coldest['grid'])} below its cathode: it is biased cold, so it cuts off early on "
        f"one half of the wave and has much room on the other. {still}"
    )


def response_sentence(responses, kind, knob):
    """What the gain knob does to low and to high notes.

    Parameters
    ----------
    responses : dict of float to np.ndarray, shape (len(HERTZ),)
        By the gain knob's position: gain in dB.
    kind : str
        A noun for the circuit.
    knob : str

    Returns
    -------
    str
    """
    low, high = min(responses), max(responses)
    bass, treble = (
        [np.interp(np.log(pitch), np.log(HERTZ), responses[end]) for end in (low, high)]
        for pitch in (BASS_HERTZ, TREBLE_HERTZ)
    )
    at_bass, at_treble = hertz(BASS_HERTZ), hertz(TREBLE_HERTZ)
    if low == high:
        rises = f"{at_bass} by {bass[0]:.0f} dB and {at_treble} by {treble[0]:.0f} dB"
        return f"At {knob} {low:g} the {kind} amplifies {rises}."
    of_bass, of_treble = bass[1] - bass[0], treble[1] - treble[0]
    word = "but" if abs(of_bass - of_treble) > ALIKE_DB else "and"
    return (
        f"From {knob} {low:g} to {knob} {high:g} the {kind}'s amplification rises by {of_bass:.0f} dB at {at_bass}, "
        f"{word} by {of_treble:.0f} dB at {at_treble}."
    )


def distortion_sentence(curves, kind, knob):
    """How a quiet and a loud sine come out at the lowest and the highest gain.

    Parameters
    ----------
    curves : dict of float to pd.DataFrame
        By the gain knob's position, what `measured.distortion` returns.
    kind : str
        A noun for the circuit.
    knob : str

    Returns
    -------
    str
    """
    ends = sorted({min(curves), max(curves)})
    first, last = curves[ends[0]], curves[ends[-1]]
    clauses = []
    for row, subject in ((0, "a sine of"), (-1, "one of")):
        shares = listed(f"{100 * curves[end]['thd'].iloc[row]:.2g} % at {knob} {end:g}" for end in ends)
        apart = abs(20 * np.log10(last["output"].iloc[row] / first["output"].iloc[row]))
        levels = f", {apart:.1f} dB apart in level" if len(ends) > 1 else ""
        clauses.append(f"{subject} {volts(first.index[row])} has {shares}{levels}")
    return f"Behind the {kind} {clauses[0]}; {clauses[1]}."


def floor_sentence(floor):
    """What `replicate_floor` found, riff by riff.

    Parameters
    ----------
    floor : pd.DataFrame

    Returns
    -------
    str
    """
    if floor.empty:
        return "In these recordings no riff was recorded twice, so their floor is not known."
    lowest, highest = floor.min().min(), floor.max().max()
    return f"Over {floor.count().sum()} riffs that is between {one_digit(lowest)} and {one_digit(highest)} %."
