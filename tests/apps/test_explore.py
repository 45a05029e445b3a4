import asyncio
import re

import numpy as np
import pytest
from made_results import make_results
from own_files import file, upload

from ultragain.apps import explore
from ultragain.apps.explore import MOST, Explorer
from ultragain.apps.playing import Playing


@pytest.fixture
def results(project):
    """An ESR of 25 % at gain Low and of 49 % at High; the longer the context, the lower, a little."""
    return make_results(project, lambda gain, context, *_: {"Low": 0.25, "High": 0.49}[gain] - context / 1e6)


@pytest.fixture
def explorer(results):
    return Explorer(results)


def text(explorer):
    return re.search(r'alt="([^"]*)"', explorer.picture.value)[1]


def legend(explorer):
    """The legend's rows: name and numbers."""
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', explorer.picture.value)
    return [[name, *re.findall("<td>(.*?)</td>", rest)] for name, rest in rows]


def runs_of(results, **wanted):
    models = results.models
    for name, value in wanted.items():
        models = models[models[name] == value]
    return list(models.index)


def labels(explorer):
    return [(clip.label, clip.note) for clip in explorer.player.clips]


def test_it_begins_with_the_best_model(explorer):
    assert "one from 0." in text(explorer)
    assert legend(explorer) == [
        ["dry", "", ""],
        ["wet", "", ""],
        ["gain Low, context 16, 4 units, learning rate 0.01", "25.0 %", "25.0 %"],
    ]
    assert labels(explorer) == [("dry", ""), ("wet", ""), ("context 16, 4 units, learning rate 0.01", "ESR 25.0 %")]


def test_models_of_several_gains_are_named_by_what_differs(explorer, results):
    low, high = (runs_of(results, gain=gain, learning_rate=0.01) for gain in ("Low", "High"))
    explorer.choice.models.value = (low[1], high[0])
    assert labels(explorer) == [
        ("dry", ""),
        ("gain Low, wet", ""),
        ("gain Low, context 16", "ESR 25.0 %"),
        ("gain High, wet", ""),
        ("gain High, context 8", "ESR 49.0 %"),
    ]
    assert [row[0] for row in legend(explorer)[2:]] == [
        "gain Low, context 16, 4 units, learning rate 0.01",
        "gain High, context 8, 4 units, learning rate 0.01",
    ]
    assert "gain Low and gain High" in text(explorer)
    dry, wet, predicted = explorer.shown()["High"]
    np.testing.assert_allclose(predicted[high[0]], 0.3 * wet, atol=1e-4)


def test_each_widget_changes_the_picture(explorer):
    seen = [explorer.picture.value]
    for widget, value in (
        (explorer.riff, "two"),
        (explorer.zoom.length, 50),
        (explorer.zoom.moment, explorer.zoom.moment.min),
        (explorer.choice.filters["gain"], "High"),
        (explorer.choice.order, "worst"),
    ):
        widget.value = value
        if widget is not explorer.choice.order:  # what is chosen stays
            assert explorer.picture.value not in seen
            seen.append(explorer.picture.value)


def test_four_models_at_most_are_shown_and_none_is_no_error(explorer, results):
    explorer.choice.models.value = tuple(run for _, run in explorer.choice.models.options)
    assert "first 4" in explorer.status.value
    assert sum(len(predicted) for _, _, predicted in explorer.shown().values()) == MOST
    before = explorer.picture.value
    explorer.choice.models.value = ()
    assert "Choose one or more" in explorer.status.value
    explorer.zoom.length.value = 30
    assert explorer.picture.value != before


@pytest.fixture
def half(monkeypatch):
    """Models that halve the dry signal, in three parts; a list of what was played."""
    played = []

    def predict(self, key, run, progress=iter):
        for _ in progress(range(3)):
            pass
        played.append(run)
        self._predicted[key, run] = self.signals(key, "Low")[0] / 2

    monkeypatch.setattr(Playing, "predict", predict)
    return played


def test_an_own_file_is_played_by_every_chosen_model(explorer, results, half):
    low = runs_of(results, gain="Low")[:2]
    explorer.choice.models.value = low
    upload(explorer.own, "mine.wav", file(np.full(4410, 0.5)))
    assert half == low
    assert text(explorer).startswith("your own: mine.wav from 0.040 to 0.060 s")
    assert "ESR" not in explorer.picture.value
    assert len(labels(explorer)) == 3 and labels(explorer)[0] == ("dry", "")
    np.testing.assert_allclose(explorer.player.clips[1].samples, 0.25, atol=1e-4)
    assert explorer.work.children == ()
    explorer.riff.value = "one"
    explorer.riff.value = explorer.riff.options[-1][1]
    assert half == low  # each once


def test_what_is_no_longer_wanted_is_given_up(explorer, results, half, monkeypatch):
    monkeypatch.setattr(explore, "in_background", lambda work: work.close())
    low = runs_of(results, gain="Low")[:3]
    explorer.choice.models.value = low
    explorer.add("mine.wav", np.full(4410, 0.5))
    seen = []

    def watched(key, run, parts, plain=explorer._watched):
        for part in plain(key, run, parts):
            seen.append((run, part))
            if (run, part) == (low[0], 1):  # meanwhile, somebody chooses two others
                explorer.choice.models.value = low[1:]
            yield part

    monkeypatch.setattr(explorer, "_watched", watched)
    asyncio.run(explorer._predict())
    assert half == low[1:]
    assert seen == [(low[0], 0), (low[0], 1), *((run, part) for run in low[1:] for part in range(3))]
