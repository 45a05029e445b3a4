"""The pictures and facts of the page "Is my recording good?"."""

import numpy as np
import pytest
import yaml
from made_project import SAMPLE_RATE, plucks
from made_results import make_results

from ultragain.book import recording_check as chapter
from ultragain.book.recording_check import figures, timing_figures
from ultragain.book.recording_check.facts import findings_facts, limit_facts, shown_facts
from ultragain.checks.catalog import CHECKS
from ultragain.checks.finding import Finding, failure, warning
from ultragain.checks.latency import EARLY_SECONDS
from ultragain.experiment import load_experiment

DRY, OTHER = (plucks(3, np.random.default_rng(seed)) for seed in (1, 2))
WET, STRANGER = 0.8 * np.tanh(6 * DRY), 0.8 * np.tanh(6 * OTHER)


def lines(figure):
    return [line for axis in figure.axes for line in axis.get_lines()]


@pytest.mark.parametrize(
    "draw, panels",
    [
        (lambda: figures.files(DRY, SAMPLE_RATE), 3),
        (lambda: figures.levels(DRY, WET, SAMPLE_RATE), 4),
        (lambda: figures.spectra_with_noise(DRY, SAMPLE_RATE), 2),
        (lambda: timing_figures.correlations(DRY, WET, STRANGER, "another riff", SAMPLE_RATE), 3),
        (lambda: timing_figures.shapes({"one": (DRY, WET), "two": (OTHER, STRANGER)}, SAMPLE_RATE), 1),
        (lambda: timing_figures.drifting(DRY, WET, SAMPLE_RATE), 1),
        (lambda: figures.loud_and_quiet({"Low": (DRY, DRY), "High": (DRY, WET)}, SAMPLE_RATE), 1),
        (lambda: timing_figures.overlapping(OTHER, DRY, SAMPLE_RATE), 2),
        (lambda: figures.difference(WET, 0.9 * WET, SAMPLE_RATE), 1),
    ],
)
def test_every_fault_has_its_picture(draw, panels):
    figure = draw()
    assert len(figure.axes) == panels
    assert all(axis.get_lines() for axis in figure.axes)
    assert all(np.isfinite(line.get_ydata()).all() for line in lines(figure))


def test_the_late_file_peaks_where_it_was_put():
    own, late, _ = (
        axis.get_lines()[0]
        for axis in timing_figures.correlations(DRY, WET, STRANGER, "another riff", SAMPLE_RATE).axes
    )
    peaks = [line.get_xdata()[np.argmax(line.get_ydata())] for line in (own, late)]
    assert peaks[1] - peaks[0] == pytest.approx(1000 * timing_figures.LATE_SECONDS, abs=0.05)


def test_the_sentence_counts_files():
    findings = [
        Finding("a"),
        Finding("b"),
        warning("c", "hums", "turn"),
        failure("d", "low", "up"),
        failure("d", "x", "y"),
    ]
    counted = "Of 4 files 2 passed every check; 1 got a warning and 1 got a failure."
    assert findings_facts(findings) == {"check_verdict": counted}
    assert findings_facts([Finding("a"), Finding("b")]) == {"check_verdict": "All 2 files passed every check."}


def test_the_limits_are_the_checks_own(project):
    facts = limit_facts(load_experiment("experiments/test.yaml"))
    assert facts["early"] == f"{1000 * EARLY_SECONDS:g} ms"
    assert facts["reach"] == "8 samples, 0.2 ms"


def titles(figure):
    return [axis.get_title(loc="left") for axis in figure.axes]


def test_with_two_riffs_and_gains_the_captions_name_them(project):
    results = make_results(project, lambda *_: 0.1)
    facts = shown_facts(results.experiment)
    assert facts == {"riff": "one", "gain": "High", "stranger": "another riff", "moved_knob": "at two gains"}
    assert titles(chapter.latency(results)) == ["its own wet file", "the same, late", "that of another riff"]


def test_with_one_riff_and_one_gain_nothing_is_shown_as_another(project, settings):
    """No other riff is there to look in, none to compare shapes with, and no other gain."""
    settings["test_riffs"], settings["device"]["gains"] = ["one"], {"High": 8}
    (project / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    results = make_results(project, lambda *_: 0.1)
    facts = shown_facts(results.experiment)
    assert facts["stranger"] == "a training take" and facts["moved_knob"] == "as recorded and at 80 % of that level"
    own, _, stranger = lines(chapter.latency(results))[::2]
    assert not np.allclose(own.get_ydata(), stranger.get_ydata())
    assert titles(chapter.latency(results))[2] == "that of a training take"
    labels = [line.get_label() for line in lines(chapter.polarity(results))]
    assert labels == ["training", "one, inverted"]
    first, second, _ = (line.get_ydata() for line in lines(chapter.replicate(results)))
    np.testing.assert_allclose(second, 0.8 * first)


def test_everything_in_the_chapter_can_be_shown(project, monkeypatch):
    results = make_results(project, lambda *_: 0.1)
    monkeypatch.setattr(chapter.glue, "open_book", lambda: results)
    assert chapter.open_chapter() is results
    shown = ("files", "levels", "noise", "latency", "polarity", "clocks", "gains", "overlap", "replicate")
    assert all(getattr(chapter, name)(results).axes for name in shown)
    table = chapter.checks(results).data
    assert all(check.name in table and check.question in table for check in CHECKS)
    chapter.findings(results)
