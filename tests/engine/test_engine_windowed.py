import engine_process
import numpy as np
import pytest
from engine_oracle import (
    UNITS,
    audio,
    off,
    relative,
    starting_weights,
    windowed_model,
    windowed_step,
    windowed_training,
)

from ultragain.engine.lstm.windowed import WindowedLSTM, _learn

pytestmark = pytest.mark.usefixtures("one_thread")
RATE = 1e-3

_random = np.random.default_rng(11)
SHAPES = [
    *((units, 1, 1) for units in UNITS),  # nothing before the first sample; one window
    (5, 200, 33),
    (31, 2, 64),
    (128, 44, 56),
    *((units, int(_random.integers(1, 201)), int(_random.integers(1, 90))) for units in UNITS for _ in range(2)),
]


def case(units, context, windows):
    rng = np.random.default_rng([units, context, windows])
    dry, wet = audio(rng, windows, context)
    return starting_weights(rng, units), dry, wet[:, -1].copy()


@pytest.mark.parametrize(("units", "context", "batch"), SHAPES)
def test_one_step_is_that_of_keras(units, context, batch):
    weights, x, y = case(units, context, batch)
    engine = WindowedLSTM(weights, context)
    predicted = engine.learn(x, y, np.arange(batch)[None], RATE)[0]
    wanted, gradient = windowed_step(weights, x, y)
    assert np.linalg.norm(predicted - wanted) < 1e-6 * np.linalg.norm(y)  # what the ESR relates errors to
    assert off(engine.gradient, gradient) < 1e-6


@pytest.mark.parametrize(("units", "context", "batch"), [(5, 60, 20), (31, 44, 33), (128, 24, 56)])
def test_fifty_steps_are_as_close_to_float64_as_keras_in_float32(units, context, batch):
    weights, x, y = case(units, context, 50 * batch)
    batches = np.random.default_rng(0).permutation(len(x)).reshape(50, batch)
    engine = WindowedLSTM(weights, context)
    engine.learn(x, y, batches, RATE)
    exact, stock = (windowed_training(weights, x, y, batches, RATE, dtype) for dtype in ("float64", "float32"))
    assert relative(engine.weights, exact) < 2 * relative(stock, exact)


def test_a_silent_batch_has_a_finite_gradient():
    weights, x, y = case(5, 20, 10)
    engine = WindowedLSTM(weights, 20)
    engine.learn(x, 0 * y, np.arange(10)[None], RATE)
    assert off(engine.gradient, windowed_step(weights, x, 0 * y)[1]) < 1e-6


@pytest.mark.parametrize("hop", [1, 3, 20])
def test_playing_is_that_of_keras(hop):
    weights, _, _ = case(31, 20, 1)
    dry, _ = audio(np.random.default_rng(2), 333)
    windows = np.lib.stride_tricks.sliding_window_view(dry, 20)[::hop]
    wanted = windowed_model(weights, 20).predict(windows[..., None], verbose=0)[:, 0]
    np.testing.assert_allclose(WindowedLSTM(weights, 20).predict(dry, hop), wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("samples", [0, 1, 18, 19])
def test_audio_shorter_than_a_window_has_no_outputs(samples):
    weights, _, _ = case(31, 20, 1)
    assert WindowedLSTM(weights, 20).predict(np.ones(samples, np.float32), 1).shape == (0,)


def test_a_window_that_is_not_a_number_spoils_weights_as_in_keras_and_no_other_output():
    weights, x, y = case(5, 20, 40)
    batches = np.arange(40)[None]
    before = WindowedLSTM(weights, 20).learn(x, y, batches, RATE)[0]
    x[7, 3] = np.nan
    engine = WindowedLSTM(weights, 20)
    predicted = engine.learn(x, y, batches, RATE)[0]
    assert np.isnan(predicted[7]) and np.array_equal(np.delete(predicted, 7), np.delete(before, 7))
    for ours, kerass in zip(engine.weights, windowed_training(weights, x, y, batches, RATE, "float32"), strict=True):
        assert np.isnan(ours).all() and np.isnan(kerass).all()


@pytest.mark.parametrize("size", [1e30, 1e38, np.inf])
def test_huge_inputs_are_finite_where_they_are_in_keras(size):
    weights, x, y = case(5, 20, 40)
    batches, x = np.arange(40)[None], np.sign(x) * np.float32(size)
    engine = WindowedLSTM(weights, 20)
    predicted = engine.learn(x, y, batches, RATE)[0]
    wanted, gradient = windowed_step(weights, x, y, "float32")
    np.testing.assert_allclose(predicted, wanted, rtol=0, atol=1e-6)
    for part, kerass in zip(engine.gradient, gradient, strict=True):
        assert np.all(np.isfinite(part) | ~np.isfinite(kerass))


def test_an_endless_learning_rate_ends():
    weights, x, y = case(5, 20, 40)
    engine = WindowedLSTM(weights, 20)
    predicted = engine.learn(x, y, np.tile(np.arange(40), (3, 1)), np.inf)
    assert np.isfinite(predicted[0]).all() and not np.isfinite(engine.weights[1]).any()


def test_training_repeats_and_goes_on_from_its_state_bit_for_bit():
    weights, x, y = case(31, 20, 90)
    batches = np.random.default_rng(3).permutation(90).reshape(6, 15)
    whole, parts = WindowedLSTM(weights, 20), WindowedLSTM(weights, 20)
    predicted = whole.learn(x, y, batches, RATE)
    first = parts.learn(x, y, batches[:2], RATE)
    resumed = WindowedLSTM([0 * part for part in weights], 20)
    resumed.state = parts.state
    kept = parts.state
    parts.learn(x, y, batches[2:3], RATE)
    parts.learn(x, y, batches[3:], RATE)
    later = resumed.learn(x, y, batches[2:], RATE)
    assert resumed.step == parts.step == 6 and kept[-1] == 2
    assert np.array_equal(np.concatenate([first, later]), predicted)
    for one, two, three in zip(whole.state, parts.state, resumed.state, strict=True):
        assert np.array_equal(one, two) and np.array_equal(one, three)


def test_another_process_learns_the_same_bits(tmp_path):
    weights, x, y = case(5, 20, 40)
    given = {**{f"weights_{n}": part for n, part in enumerate(weights)}, "x": x, "y": y}
    here = engine_process.train_windowed(given)
    there, _ = engine_process.run(tmp_path, "windowed", given)
    for name, array in here.items():
        assert np.array_equal(array, there[name]), name


def test_the_layout_of_arrays_changes_nothing_and_compiles_nothing():
    weights, x, y = case(31, 20, 40)
    batches = np.arange(40).reshape(2, 20)
    wanted = WindowedLSTM(weights, 20)
    predicted, played = wanted.learn(x, y, batches, RATE), wanted.predict(x.ravel(), 1)
    versions = len(_learn.signatures)
    frozen = [array.copy() for array in (x, y, batches)]
    for array in frozen:
        array.flags.writeable = False
    strided = [np.repeat(array, 2, axis=-1)[..., ::2] for array in (x, y, batches)]
    for arrays in (frozen, strided, [np.asfortranarray(x), y.astype(float), batches.astype(np.int32)]):
        engine = WindowedLSTM(weights, 20)
        assert np.array_equal(engine.learn(*arrays, RATE), predicted)
        assert np.array_equal(engine.predict(arrays[0].ravel(), 1), played)
        assert all(map(np.array_equal, engine.state, wanted.state))
    assert len(_learn.signatures) == versions
