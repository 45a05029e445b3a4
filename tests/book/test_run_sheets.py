import dataclasses

import pytest
from made_results import make_results

from ultragain.book import run_sheets
from ultragain.training.runs import HISTORY, METRICS, MODEL, NOTEBOOK, RECORD


@pytest.fixture
def results(project):
    """One model on two riffs, at an ESR of 25 %."""
    made = make_results(project, lambda *_: 0.25, keep=lambda *settings: settings == ("Low", 8, 4, 0.01))
    (run,) = made.models.index
    record = {
        "parameters": {"gain": "Low", "test_riffs": ["one", "two"]},
        "recordings": {"identity": "abc"},
        "recipe": 3,
        "computed_with": "the engine <AVX-512>",
        "finished": "2026-11-26T12:00:00+00:00",
        "versions": {"python": "3.11"},
    }
    for name in (MODEL, HISTORY, METRICS, RECORD, NOTEBOOK):
        (made.folders[run] / name).write_text(f"content of {name}")
    return dataclasses.replace(made, records={run: record})


def test_a_sheet_says_plays_and_links_what_its_run_is(results):
    (run,) = results.models.index
    page = run_sheets.sheet(results, run)
    assert "<h1>Gain Low, context 8, 4 units, learning rate 0.01</h1>" in page and results.source in page
    assert page.count("25.00") == 2  # a riff each
    assert "the engine &lt;AVX-512&gt;" in page and "<AVX-512>" not in page
    assert page.count("ug-player") == 2
    for name in (MODEL, HISTORY, METRICS, RECORD, NOTEBOOK):
        assert f'href="{run}/{name}"' in page


def test_a_notebook_that_is_not_there_is_not_linked(results, tmp_path):
    (run,) = results.models.index
    (results.folders[run] / NOTEBOOK).unlink()
    assert NOTEBOOK not in run_sheets.sheet(results, run)
    run_sheets.write_files(results, run, tmp_path)
    assert not (tmp_path / run / NOTEBOOK).exists()


def test_what_a_sheet_links_to_is_copied(results, tmp_path):
    (run,) = results.models.index
    run_sheets.write_files(results, run, tmp_path)
    for name in (MODEL, HISTORY, METRICS, RECORD, NOTEBOOK):
        assert (tmp_path / run / name).read_text() == f"content of {name}"
    assert "<svg" in (tmp_path / run / "curve.svg").read_text()


def test_the_curve_marks_the_epoch_that_was_kept(results):
    figure = run_sheets.curve(results.histories, best_epoch=2)
    training, validation = figure.axes[0].lines
    assert list(training.get_ydata()) == [90, 45] and list(validation.get_ydata()) == [80, 40]
    assert validation.get_markevery() == [1]


def test_without_audio_a_sheet_says_where_the_model_can_be_heard(results):
    (run,) = results.models.index
    for path in (results.folders[run] / "audio").iterdir():
        path.unlink()
    made = run_sheets.sheet(results, run)
    assert "ug-player" not in made and "make lab" in made
