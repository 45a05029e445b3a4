"""The pictures and facts of the page "Is my recording good?"."""

import numpy as np
import pytest
from conftest import SAMPLE_RATE, plucks

from ultragain.book import check_figures, checks
from ultragain.checks import Finding
from ultragain.checks.finding import failure, warning
from ultragain.checks.latency import EARLY_SECONDS
from ultragain.experiment import load_experiment

DRY, OTHER = (plucks(3, np.random.default_rng(seed)) for seed in (1, 2))
WET, STRANGER = 0.8 * np.tanh(6 * DRY), 0.8 * np.tanh(6 * OTHER)


def lines(figure):
    return [line for axis in figure.axes for line in axis.get_lines()]


@pytest.mark.parametrize(
    "draw, panels",
    [
        (lambda: check_figures.files(DRY, SAMPLE_RATE), 3),
        (lambda: check_figures.levels(DRY, WET, SAMPLE_RATE), 4),
        (lambda: check_figures.spectra_with_noise(DRY, SAMPLE_RATE), 2),
        (lambda: check_figures.correlations(DRY, WET, STRANGER, SAMPLE_RATE), 3),
        (lambda: check_figures.shapes({"one": (DRY, WET), "two": (OTHER, STRANGER)}, SAMPLE_RATE), 1),
        (lambda: check_figures.drifting(DRY, WET, SAMPLE_RATE), 1),
        (lambda: check_figures.loud_and_quiet({"Low": (DRY, DRY), "High": (DRY, WET)}, SAMPLE_RATE), 1),
        (lambda: check_figures.overlapping(OTHER, DRY, SAMPLE_RATE), 2),
        (lambda: check_figures.difference(WET, 0.9 * WET, SAMPLE_RATE), 1),
    ],
)
def test_every_fault_has_its_picture(draw, panels):
    figure = draw()
    assert len(figure.axes) == panels
    assert all(axis.get_lines() for axis in figure.axes)
    assert all(np.isfinite(line.get_ydata()).all() for line in lines(figure))


def test_the_late_file_peaks_where_it_was_put():
    own, late, _ = (axis.get_lines()[0] for axis in check_figures.correlations(DRY, WET, STRANGER, SAMPLE_RATE).axes)
    peaks = [line.get_xdata()[np.argmax(line.get_ydata())] for line in (own, late)]
    assert peaks[1] - peaks[0] == pytest.approx(1000 * check_figures.LATE_SECONDS, abs=0.05)


def test_the_sentence_counts_files_and_the_limits_are_the_checks_own(project):
    experiment = load_experiment("experiments/test.yaml")
    findings = [
        Finding("a"),
        Finding("b"),
        warning("c", "hum", "hums", "turn"),
        failure("d", "level", "low", "up"),
        failure("d", "hum", "x", "y"),
    ]
    said = checks.facts(findings, experiment)
    assert said["check_verdict"] == "Of 4 files 2 passed every check; 1 got a warning and 1 got a failure."
    assert said["early"] == f"{1000 * EARLY_SECONDS:g} ms"
    assert said["reach"] == "8 samples, 0.2 ms"
    assert checks.facts([Finding("a"), Finding("b")], experiment)["check_verdict"] == "All 2 files passed every check."
    assert list(checks.table(findings).columns) == ["file", "verdict", "what is wrong", "what to do"]
