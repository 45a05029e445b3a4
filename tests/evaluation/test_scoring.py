from dataclasses import replace

import numpy as np
import pytest

from ultragain.evaluation.scoring import score, score_riffs
from ultragain.models.catalog import FAMILIES
from ultragain.models.windowed import WINDOWS_PER_CALL, play

CONTEXT = 5
PARAMETERS = {"context": CONTEXT, "scored_seconds": 0.1, "sample_rate": 1000}
RNG = np.random.default_rng(0)


class Wire:
    """A perfect model of a wire: predicts the last sample of its window."""

    def predict(self, audio, hop):
        return audio[CONTEXT - 1 :: hop]


@pytest.mark.parametrize(
    "n",
    [
        0,
        CONTEXT - 1,
        CONTEXT,
        WINDOWS_PER_CALL + CONTEXT - 1,
        WINDOWS_PER_CALL + CONTEXT,
        2 * WINDOWS_PER_CALL + 3,
    ],
)
def test_prediction_has_the_length_of_the_dry_audio_and_is_aligned(n):
    dry = RNG.normal(size=n).astype(np.float32)
    predicted = play(Wire(), PARAMETERS)(dry)
    expected = dry.copy()
    expected[: CONTEXT - 1] = 0
    np.testing.assert_array_equal(predicted, expected)


def test_a_perfect_model_scores_zero_aligned_and_not_one_late():
    # white noise: neighbours are independent, so one sample late the expected ESR is 2
    wet = RNG.normal(size=20000)
    scores = score(wet, wet, CONTEXT - 1)
    assert (scores["esr"], scores["mse"], scores["mae"]) == (0, 0, 0)
    assert scores["esr_one_late"] == pytest.approx(2, rel=0.05)


def test_one_late_compares_with_the_sample_after():
    wet = RNG.normal(size=100)
    predicted = np.append(wet[1:], 0)  # each prediction is the wet sample after its own
    assert score(wet, predicted, CONTEXT - 1)["esr_one_late"] == 0


def test_the_first_samples_are_not_scored():
    wet = RNG.normal(size=100)
    predicted = wet.copy()
    predicted[: CONTEXT - 1] = 1e6
    assert score(wet, predicted, CONTEXT - 1)["esr"] == 0


def test_every_riff_is_scored_where_it_says():
    dry = RNG.normal(size=1000)
    family = replace(FAMILIES["lstm-windowed"], engine=lambda weights, parameters: Wire())
    scores, predictions = score_riffs(family, [], {"a": (dry, dry), "b": (dry, 2 * dry)}, PARAMETERS)
    assert list(scores["riff"]) == ["a", "b"]
    # the wire's output is half of the second wet signal: (1 - 1/2)^2
    np.testing.assert_allclose(scores["esr"], [0, 0.25], atol=1e-9)
    part = slice(round(1000 * scores["start"][0]), round(1000 * (scores["start"][0] + scores["seconds"][0])))
    np.testing.assert_array_equal(predictions["a"][CONTEXT - 1 :], dry[part][CONTEXT - 1 :].astype(np.float32))


def test_a_model_with_memory_has_heard_what_came_before_an_excerpt():
    family = replace(FAMILIES["lstm-stateful"], engine=lambda *_: None, play=lambda *_: np.cumsum)
    dry = RNG.normal(size=1000)
    scores, predictions = score_riffs(family, [], {"riff": (dry, np.cumsum(dry))}, PARAMETERS)
    assert scores["start"][0] > 0 and scores["seconds"][0] == 0.1
    assert len(predictions["riff"]) == 100 and scores["esr"][0] == pytest.approx(0, abs=1e-20)
