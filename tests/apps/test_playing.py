import math
from types import SimpleNamespace

import numpy as np
import pytest
from made_results import make_results

from ultragain.apps import playing
from ultragain.apps.playing import Playing
from ultragain.models.catalog import FAMILIES
from ultragain.models.windowed import WINDOWS_PER_CALL
from ultragain.training.runs import MODEL

RATE, CONTEXT, UNITS = 44100, 8, 4


@pytest.fixture
def results(project):
    return make_results(project, lambda *_: 0.25)


@pytest.fixture
def made(results, project):
    return Playing(results, project)


def constant(value):
    """Weights of a model that predicts one value whatever it hears: all are 0 but the last bias."""
    kernels = [np.zeros((1, 4 * UNITS)), np.zeros((UNITS, 4 * UNITS)), np.zeros(4 * UNITS), np.zeros((UNITS, 1))]
    return [each.astype(np.float32) for each in [*kernels, np.array([value])]]


def test_a_riff_is_the_passage_that_is_scored(made, results):
    row = results.scores[results.scores["riff"] == "two"].iloc[0]
    part = slice(round(row["start"] * RATE), round((row["start"] + 0.1) * RATE))
    dry, wet = made.signals("two", "High")
    np.testing.assert_array_equal(dry, results.recordings["High"].riffs["two"][0][part])
    np.testing.assert_array_equal(wet, results.recordings["High"].riffs["two"][1][part])
    assert made.start("two") == row["start"]
    # an ESR of 25 % is half of the wet signal, see `make_results`
    np.testing.assert_allclose(made.predicted("two", "run0"), made.signals("two", "Low")[1] / 2, atol=2**-22)


def test_an_own_file_has_no_wet_and_is_predicted_once(made, results, monkeypatch):
    run = "run0"
    parameters = {"gain": "Low", "context": CONTEXT, "units": UNITS}
    results.runs[run] = SimpleNamespace(family=FAMILIES["lstm-windowed"], parameters=parameters)
    (results.folders[run] / MODEL).write_bytes(b"")
    monkeypatch.setattr(playing, "weights_of", lambda _: constant(0.25))
    samples = np.random.default_rng(1).uniform(-1, 1, WINDOWS_PER_CALL + 100)
    key = made.add(samples)
    assert made.is_own(key) and not made.is_own("two")
    assert made.start(key) == 0
    assert made.signals(key, "Low") == (samples, None)
    assert made.predicted(key, run) is None
    parts = []

    def progress(what):
        parts.extend(what)
        return iter(what)

    made.predict(key, run, progress)
    assert len(parts) == math.ceil((len(samples) - CONTEXT + 1) / WINDOWS_PER_CALL)
    predicted = made.predicted(key, run)
    np.testing.assert_array_equal(predicted[: CONTEXT - 1], 0)
    np.testing.assert_allclose(predicted[CONTEXT - 1 :], 0.25, rtol=1e-6)
    assert made.predicted(key, run) is predicted


def test_a_model_that_diverged_is_silent(made, results, monkeypatch):
    results.runs["run0"] = SimpleNamespace(
        family=FAMILIES["lstm-windowed"], parameters={"gain": "Low", "context": CONTEXT, "units": UNITS}
    )
    (results.folders["run0"] / MODEL).write_bytes(b"")
    monkeypatch.setattr(playing, "weights_of", lambda _: constant(np.nan))
    key = made.add(np.ones(100))
    made.predict(key, "run0")
    assert not made.predicted(key, "run0").any()
