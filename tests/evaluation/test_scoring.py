import keras
import numpy as np
import pytest

from ultragain.evaluation.scoring import BATCH, predict, score, score_riffs
from ultragain.model import build_model

CONTEXT = 5
RNG = np.random.default_rng(0)


class LastSample(keras.layers.Layer):
    """A perfect model of a wire: says the last sample of its window."""

    def call(self, x):
        return x[:, -1]


@pytest.fixture(scope="module")
def wire():
    return keras.Sequential([keras.Input((CONTEXT, 1)), LastSample()])


@pytest.mark.parametrize("n", [CONTEXT - 1, CONTEXT, BATCH + CONTEXT - 1, BATCH + 100, 2 * BATCH + 3])
def test_prediction_has_the_length_of_the_dry_audio_and_is_aligned(wire, n):
    dry = RNG.normal(size=n).astype(np.float32)
    predicted = predict(wire, dry, CONTEXT)
    expected = dry.copy()
    expected[: CONTEXT - 1] = 0
    np.testing.assert_array_equal(predicted, expected)


def test_prediction_equals_keras_on_materialised_windows():
    model = build_model(CONTEXT, 4, 0.01, np.random.default_rng(0))
    dry = RNG.normal(size=BATCH + 50).astype(np.float32)
    windows = np.stack([dry[i : i + CONTEXT] for i in range(len(dry) - CONTEXT + 1)])[..., None]
    np.testing.assert_allclose(predict(model, dry, CONTEXT)[CONTEXT - 1 :], model.predict(windows, verbose=0)[:, 0], atol=1e-6)


def test_a_perfect_model_scores_zero_aligned_and_not_one_late():
    # white noise: neighbours are independent, so one sample late the expected ESR is 2
    wet = RNG.normal(size=20000)
    scores = score(wet, wet, CONTEXT)
    assert (scores["esr"], scores["mse"], scores["mae"]) == (0, 0, 0)
    assert scores["esr_one_late"] == pytest.approx(2, rel=0.05)


def test_one_late_compares_with_the_sample_after():
    wet = RNG.normal(size=100)
    predicted = np.append(wet[1:], 0)  # each prediction is the wet sample after its own
    assert score(wet, predicted, CONTEXT)["esr_one_late"] == 0


def test_the_first_samples_are_not_scored():
    wet = RNG.normal(size=100)
    predicted = wet.copy()
    predicted[: CONTEXT - 1] = 1e6
    assert score(wet, predicted, CONTEXT)["esr"] == 0


def test_every_riff_is_scored_where_it_says(wire):
    dry = RNG.normal(size=1000)
    scores, predictions = score_riffs(wire, {"a": (dry, dry), "b": (dry, 2 * dry)}, CONTEXT, 0.1, sample_rate=1000)
    assert list(scores["riff"]) == ["a", "b"]
    # the wire's output is half of the second wet signal: (1 - 1/2)^2
    np.testing.assert_allclose(scores["esr"], [0, 0.25], atol=1e-9)
    part = slice(round(1000 * scores["start"][0]), round(1000 * (scores["start"][0] + scores["seconds"][0])))
    np.testing.assert_array_equal(predictions["a"][CONTEXT - 1 :], dry[part][CONTEXT - 1 :].astype(np.float32))
