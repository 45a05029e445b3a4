import keras
import numpy as np
import pytest
import tensorflow as tf

from ultragain.evaluation.scoring import score, score_riffs
from ultragain.models.backend import CPU_BATCH, has_gpu
from ultragain.models.catalog import FAMILIES
from ultragain.models.windowed import WINDOWS_PER_CALL, play

pytestmark = pytest.mark.usefixtures("one_thread")

CONTEXT = 5
PARAMETERS = {"context": CONTEXT, "scored_seconds": 0.1, "sample_rate": 1000}
RNG = np.random.default_rng(0)


class LastSample(keras.layers.Layer):
    """A perfect model of a wire: predicts the last sample of its window."""

    def call(self, x):
        return x[:, -1]


@pytest.fixture(scope="module")
def wire():
    return keras.Sequential([keras.Input((CONTEXT, 1)), LastSample()])


@pytest.mark.parametrize(
    "n",
    [
        0,
        CONTEXT - 1,
        CONTEXT,
        CPU_BATCH + CONTEXT - 1,
        CPU_BATCH + 100,
        WINDOWS_PER_CALL + CONTEXT - 1,
        WINDOWS_PER_CALL + CONTEXT,
        2 * WINDOWS_PER_CALL + 3,
    ],
)
def test_prediction_has_the_length_of_the_dry_audio_and_is_aligned(wire, n):
    dry = RNG.normal(size=n).astype(np.float32)
    predicted = play(wire, PARAMETERS)(dry)
    expected = dry.copy()
    expected[: CONTEXT - 1] = 0
    np.testing.assert_array_equal(predicted, expected)


class Witness(LastSample):
    """Refuses more windows at once than a batch holds."""

    def call(self, x):
        with tf.control_dependencies([tf.debugging.assert_less_equal(tf.shape(x)[0], CPU_BATCH)]):
            return super().call(x)


@pytest.mark.skipif(has_gpu(), reason="there a batch is larger")
def test_only_one_batch_of_windows_exists_at_once():
    witness = keras.Sequential([keras.Input((CONTEXT, 1)), Witness()])
    assert np.isfinite(play(witness, PARAMETERS)(np.ones(20 * CPU_BATCH))).all()


def test_riffs_of_any_length_need_one_compilation():
    calls = []

    class Counted(LastSample):
        def call(self, x):
            calls.append(x.shape)  # runs only while TensorFlow compiles
            return super().call(x)

    effect = play(keras.Sequential([keras.Input((CONTEXT, 1)), Counted()]), PARAMETERS)
    calls.clear()
    for n in (CONTEXT, 100, 1000, WINDOWS_PER_CALL + 17):
        effect(np.zeros(n))
    assert len(calls) == 1


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


def test_every_riff_is_scored_where_it_says(wire):
    dry = RNG.normal(size=1000)
    scores, predictions = score_riffs(
        FAMILIES["lstm-windowed"], wire, {"a": (dry, dry), "b": (dry, 2 * dry)}, PARAMETERS
    )
    assert list(scores["riff"]) == ["a", "b"]
    # the wire's output is half of the second wet signal: (1 - 1/2)^2
    np.testing.assert_allclose(scores["esr"], [0, 0.25], atol=1e-9)
    part = slice(round(1000 * scores["start"][0]), round(1000 * (scores["start"][0] + scores["seconds"][0])))
    np.testing.assert_array_equal(predictions["a"][CONTEXT - 1 :], dry[part][CONTEXT - 1 :].astype(np.float32))
