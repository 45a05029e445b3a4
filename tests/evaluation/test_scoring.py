import keras
import numpy as np
import pytest
import tensorflow as tf

from ultragain.evaluation.scoring import WINDOWS_PER_CALL, player, predict, score, score_riffs
from ultragain.models.lstm import CPU_BATCH, build_model, has_gpu

CONTEXT = 5
RNG = np.random.default_rng(0)


class LastSample(keras.layers.Layer):
    """A perfect model of a wire: says the last sample of its window."""

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
    predicted = predict(wire, dry, CONTEXT)
    expected = dry.copy()
    expected[: CONTEXT - 1] = 0
    np.testing.assert_array_equal(predicted, expected)


def test_prediction_equals_keras_on_materialised_windows():
    model = build_model(CONTEXT, 4, 0.01, np.random.default_rng(0))
    dry = RNG.normal(size=3 * CPU_BATCH + 50).astype(np.float32)
    windows = np.stack([dry[i : i + CONTEXT] for i in range(len(dry) - CONTEXT + 1)])[..., None]
    np.testing.assert_allclose(
        predict(model, dry, CONTEXT)[CONTEXT - 1 :], model.predict(windows, verbose=0)[:, 0], atol=1e-6
    )


class Witness(LastSample):
    """Refuses more windows at once than a batch holds."""

    def call(self, x):
        with tf.control_dependencies([tf.debugging.assert_less_equal(tf.shape(x)[0], CPU_BATCH)]):
            return super().call(x)


@pytest.mark.skipif(has_gpu(), reason="there a batch is larger")
def test_only_one_batch_of_windows_exists_at_once():
    witness = keras.Sequential([keras.Input((CONTEXT, 1)), Witness()])
    assert np.isfinite(predict(witness, np.ones(20 * CPU_BATCH), CONTEXT)).all()


def test_riffs_of_any_length_need_one_compilation():
    calls = []

    class Counted(LastSample):
        def call(self, x):
            calls.append(x.shape)  # runs only while TensorFlow compiles
            return super().call(x)

    play = player(keras.Sequential([keras.Input((CONTEXT, 1)), Counted()]), CONTEXT)
    calls.clear()
    for n in (CONTEXT, 100, 1000, WINDOWS_PER_CALL + 17):
        play(np.zeros(n))
    assert len(calls) == 1


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
