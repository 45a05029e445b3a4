"""Computed sentences about what the virtual devices were measured to do, for the recording chapter's prose.

Like those of `facts`, they are worded from the numbers. What they are computed from is what the
chapter's figures show.
"""

import numpy as np

from ultragain.book.kit.devices import memory_facts
from ultragain.circuits import recovery as memory
from ultragain.circuits.measured import HERTZ
from ultragain.words import listed, volts

ALIKE_DB = 3  # levels that differ by less count as alike


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
    changes = {
        stage: abs(np.log(swings[high][stage] / swing)) for stage, swing in swings[low].items() if stage != "output"
    }
    most = max(changes, key=changes.get)
    first, last = (stages[end]["output"][0] for end in (low, high))
    apart = abs(20 * np.log10(np.std(last) / np.std(first)))
    meaning = f": the {knob} knob decides how a hard note clips, hardly how loud it is" if apart < ALIKE_DB else ""
    return (
        f"From {knob} {low:g} to {knob} {high:g} the note's swing from trough to crest changes most at {_place(most)}, from "
        f"{volts(swings[low][most])} to {volts(swings[high][most])}. At the output it goes from {volts(swings[low]['output'])} to "
        f"{volts(swings[high]['output'])}, and the level changes by {apart:.1f} dB{meaning}."
    )


def _place(stage):
    return stage.replace(" ", "'s ") if " " in stage else f"the {stage}"


def rest_facts(points, others):
    """Where the triodes rest.

    Parameters
    ----------
    points : pd.DataFrame
        From `measured.operating_points`.
    others : list of pd.DataFrame
        The same at the other gains.

    Returns
    -------
    dict of str to str
    """
    coldest = points["amps"].idxmin()
    moved = max(((other["plate"] - points["plate"]).abs().max() for other in others), default=0.0)
    return {
        "coldest": coldest,
        "coldest_amps": f"{1000 * points.loc[coldest, 'amps']:.2f} mA",
        "coldest_bias": volts(points.loc[coldest, "cathode"] - points.loc[coldest, "grid"]),
        "rest_moves": volts(moved),
    }


def response_sentence(responses, device, knob):
    """What the gain knob does to low and to high notes.

    Parameters
    ----------
    responses : dict of float to np.ndarray, shape (len(HERTZ),)
        By the gain knob's position: gain in dB.
    device : str
        A noun for the circuit.
    knob : str

    Returns
    -------
    str
    """
    low, high = min(responses), max(responses)
    bass, treble = (
        [np.interp(np.log(hertz), np.log(HERTZ), responses[end]) for end in (low, high)] for hertz in (200, 5000)
    )
    if low == high:
        return f"At {knob} {low:g} the {device} amplifies 200 Hz by {bass[0]:.0f} dB and 5 kHz by {treble[0]:.0f} dB."
    of_bass, of_treble = bass[1] - bass[0], treble[1] - treble[0]
    word = "but" if abs(of_bass - of_treble) > ALIKE_DB else "and"
    return (
        f"From {knob} {low:g} to {knob} {high:g} the {device}'s amplification rises by {of_bass:.0f} dB at 200 Hz, "
        f"{word} by {of_treble:.0f} dB at 5 kHz."
    )


def distortion_sentence(curves, device, knob):
    """How a quiet and a loud sine come out at the lowest and the highest gain.

    Parameters
    ----------
    curves : dict of float to pd.DataFrame
        By the gain knob's position, what `measured.distortion` returns.
    device : str
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
    return f"Behind the {device} {clauses[0]}; {clauses[1]}."


def recovery_facts(preamp, pedal, contexts, sample_rate):
    """How long the devices remember, against the longest window; `memory_facts` of the preamp's highest gain.

    Parameters
    ----------
    preamp, pedal : dict of float to (np.ndarray, np.ndarray)
        As `memory.recoveries` returns them.
    contexts : list of int
        In samples.
    sample_rate : int
        In Hz.

    Returns
    -------
    dict of str to str
    """
    window = max(contexts) / sample_rate
    times = {position: memory.settling_time(*curve) for position, curve in preamp.items()}
    top, pedal_top = max(times), max(pedal)
    if np.isfinite(times[top]):
        ratio, at_least = times[top] / window, ""
    else:
        ratio, at_least = preamp[top][0][-1] / window, "more than "
    compared = f"{at_least}{ratio:.0f} times what the longest window sees"
    if not at_least and ratio < 1.5:
        compared = "about what the longest window sees" if ratio >= 0.7 else "less than what the longest window sees"
    return memory_facts(*preamp[top]) | {
        "recovery_times": listed(f"{_settled(curve)} at gain {position:g}" for position, curve in preamp.items()),
        "recovery_pedal": f"{_settled(pedal[pedal_top])} at drive {pedal_top:g}",
        "recovery_windows": compared,
    }


def _settled(curve):
    return memory_facts(*curve)["settled"]


def floor_facts(floor):
    """What `tables.noise_floor` says, in a sentence.

    Parameters
    ----------
    floor : pd.DataFrame

    Returns
    -------
    dict of str to str
    """
    if floor.empty:
        return {"replicates": "In these recordings no riff was recorded twice, so their floor is not known."}
    percent = floor.astype(float)
    return {
        "replicates": f"Over {percent.count().sum()} riffs that is between {percent.min().min():.1g} and {percent.max().max():.1g} %."
    }
