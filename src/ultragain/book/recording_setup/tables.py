"""Tables of the recording chapter, their cells as text: of settings, recordings and measurements."""

import pandas as pd

from ultragain import audio
from ultragain.guitar.library import DESCRIPTIONS
from ultragain.words import setting


def settings(values):
    """Settings of a rig as a table's rows: keys become words, units move behind the value.

    Parameters
    ----------
    values : dict
        As in `Experiment.real_rig`.

    Returns
    -------
    pd.DataFrame
        One column, `setting`.
    """
    rows = {} if values else {"none": "the experiment file describes no real rig"}
    for key, value in values.items():
        if isinstance(value, dict):
            text = ", ".join(f"{name} {number:g}" for name, number in value.items())
        else:
            text = setting(value) + (" dB" if key.endswith("_db") else "")
        words = key.removesuffix("_db").split("_")
        rows[" ".join(word.upper() if word in ("eq", "fx") else word for word in words)] = text
    return pd.DataFrame({"setting": rows})


def riffs(results):
    """The test riffs: how long they are, and in words what the project wrote.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        length in seconds, and the music where the virtual guitar plays it.
    """
    e, first = results.experiment, results.recordings[results.experiment.gain_labels[0]]
    rows = {}
    for riff in e.test_riffs:
        rows[riff] = {"length": f"{len(first.riffs[riff][0]) / e.sample_rate:.1f} s"}
        if e.is_virtual and e.device.dry == "synthetic":  # a file of that name may be anything
            rows[riff]["music"] = DESCRIPTIONS.get(riff, "")
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("riff")


def operating_points(points):
    """Where triodes rest, as text.

    Parameters
    ----------
    points : pd.DataFrame
        As `measured.operating_points` returns it.

    Returns
    -------
    pd.DataFrame
    """
    return pd.DataFrame(
        {
            "supply V": points["supply"].map("{:.0f}".format),
            "plate V": points["plate"].map("{:.0f}".format),
            "cathode V": points["cathode"].map("{:.2f}".format),
            "grid V": points["grid"].map("{:.2f}".format),
            "plate mA": (1000 * points["amps"]).map("{:.2f}".format),
        }
    )


def recorded_levels(results):
    """Levels of the test riffs, dry and at each gain.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        A row a riff; levels as text, peak / RMS in dBFS.
    """
    gains = results.experiment.gain_labels
    rows = {}
    for riff in results.experiment.test_riffs:
        takes = {gain: results.recordings[gain].riffs[riff] for gain in gains}
        rows[riff] = {"dry": _level(takes[gains[0]][0])} | {
            f"wet, {gain}": _level(wet) for gain, (_, wet) in takes.items()
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("riff")


def dry_signals(compared):
    """What `likeness.compare_with_real` found, a column a signal.

    Parameters
    ----------
    compared : pd.DataFrame

    Returns
    -------
    pd.DataFrame
        Text; the measure's unit in the row's name.
    """
    names = {
        "seconds": "length, s",
        "peak_dbfs": "peak, dBFS",
        "rms_dbfs": "RMS, dBFS",
        "crest_db": "crest factor, dB",
        "tilt_db_per_octave": "tilt, dB/octave",
        "presence_db": "2.5 to 5 kHz, dB",
        "floor_dbfs": "floor, dBFS",
        "onsets_per_second": "onsets, 1/s",
        "attack_db": "attack, dB",
        "decay_db_per_second": "decay, dB/s",
    }
    return compared.rename(columns=names).T.map("{:.1f}".format)


def noise_floor(floor):
    """The ESR that noise alone makes.

    Parameters
    ----------
    floor : pd.DataFrame
        A column a riff of `evaluation.anatomy.limits.replicate_floor`.

    Returns
    -------
    pd.DataFrame
        In percent, as text.
    """
    return floor.map(one_digit, na_action="ignore").fillna("none")


def one_digit(ratio):
    """A small ratio in percent, with as many digits as an estimate of noise deserves."""
    return f"{float(f'{100 * ratio:.1g}'):g}"


def _level(samples):
    return f"{audio.peak_dbfs(samples):.1f} / {audio.rms_dbfs(samples):.1f}"
