"""Chapter *Is my recording good?*: what the checks find in the book's recordings, and faults planted in them."""

import pandas as pd

from ultragain.book.kit import glue
from ultragain.book.kit.facts import experiment_facts
from ultragain.book.kit.tables import sortable, table
from ultragain.book.recording_check import figures, timing_figures
from ultragain.book.recording_check.facts import TURNED_DOWN, findings_facts, limit_facts, shown_facts
from ultragain.checks.catalog import CHECKS
from ultragain.checks.finding import as_table
from ultragain.checks.run import check_experiment
from ultragain.files import project_root


def open_chapter():
    """Results of the book, and this chapter's facts for its prose."""
    results = glue.open_book()
    experiment = results.experiment
    found = check_experiment(experiment, project_root())
    glue.publish(experiment_facts(results) | findings_facts(found) | limit_facts(experiment) | shown_facts(experiment))
    return results


def findings(results):
    """What the checks find in every file, for the reader to sort and search: a table."""
    found = as_table(check_experiment(results.experiment, project_root()))
    shown = found.rename(columns={"problem": "what is wrong", "advice": "what to do"})
    caption = f"What the checks find in every file. Source: {results.source}"
    return sortable(shown[["file", "verdict", "what is wrong", "what to do"]], caption)


def checks(results):
    """All checks, what they ask, and of what: a table."""
    rows = {check.name: {"question": check.question, "looks at": check.looks_at} for check in CHECKS}
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("check")
    return table(frame, "What is checked", wrap=True)


def files(results):
    """A riff with the wrong sample rate, and cut short: a figure."""
    return figures.files(_riff(results)[0], results.experiment.sample_rate)


def levels(results):
    """Faults of level at a riff's loudest moment: a figure."""
    return figures.levels(*_riff(results), results.experiment.sample_rate)


def noise(results):
    """A riff's spectrum with hum and with hiss: a figure."""
    return figures.spectra_with_noise(_riff(results)[0], results.experiment.sample_rate)


def latency(results):
    """How a wet file is found in time, with that of another take for comparison: a figure."""
    dry, wet = _riff(results)
    recorded, riffs = results.recordings[results.experiment.rising_gains[-1]], results.experiment.test_riffs
    _, stranger = recorded.riffs[riffs[-1]] if len(riffs) > 1 else recorded.train[0]
    n = min(len(dry), len(stranger))
    name = shown_facts(results.experiment)["stranger"]
    return timing_figures.correlations(dry[:n], wet[:n], stranger[:n], name, results.experiment.sample_rate)


def polarity(results):
    """The shapes of the correlations of two or three takes, one of them inverted: a figure."""
    recorded, riffs = results.recordings[results.experiment.rising_gains[-1]], results.experiment.test_riffs[:3]
    takes = {"training": recorded.train[0]} if len(riffs) == 1 else {}
    takes |= {name: recorded.riffs[name] for name in riffs}
    return timing_figures.shapes(takes, results.experiment.sample_rate)


def clocks(results):
    """Latency along the longest training take, with one clock and with two: a figure."""
    longest = max(results.recordings[results.experiment.rising_gains[-1]].train, key=lambda take: len(take[0]))
    return timing_figures.drifting(*longest, results.experiment.sample_rate)


def gains(results):
    """Wet level against dry level at each gain: a figure."""
    riff = results.experiment.test_riffs[0]
    takes = {gain: results.recordings[gain].riffs[riff] for gain in results.experiment.rising_gains}
    return figures.loud_and_quiet(takes, results.experiment.sample_rate)


def overlap(results):
    """A riff looked for in training audio, with and without a passage of it: a figure."""
    train, _ = results.recordings[results.experiment.rising_gains[-1]].train[0]
    return timing_figures.overlapping(train, _riff(results)[0], results.experiment.sample_rate)


def replicate(results):
    """A riff at two gains or levels, as if a knob was moved between the two recordings: a figure."""
    lowest, *higher = results.experiment.rising_gains
    _, wet = _riff(results)
    moved = results.recordings[lowest].riffs[results.experiment.test_riffs[0]][1] if higher else TURNED_DOWN * wet
    return figures.difference(wet, moved[: len(wet)], results.experiment.sample_rate)


def _riff(results):
    """Dry and wet audio of the first test riff at the highest gain, which most figures show."""
    return results.recordings[results.experiment.rising_gains[-1]].riffs[results.experiment.test_riffs[0]]
