import keras
import numpy as np
import pytest
from engine_oracle import Streams, audio, off, play, relative, starting_weights

from ultragain.engine.lstm.stateful import SAMPLES_PER_CALL, StatefulLSTM
from ultragain.engine.registers import host_registers

pytestmark = pytest.mark.usefixtures("one_thread")
LANES = host_registers().lanes
WARM = 50  # samples


def case(units, streams, samples):
    rng = np.random.default_rng([units, streams, samples])
    dry, wet = audio(rng, samples)
    return starting_weights(rng, units), dry, wet, rng.integers(0, samples // 2, streams)


def cut(signal, starts, steps):
    return np.stack([signal[start : start + steps] for start in starts])


@pytest.mark.parametrize(
    ("units", "streams", "steps"), [(5, 1, 1), (5, 40, 203), (31, 2 * LANES, 65), (31, LANES + 1, 130), (96, 9, 50)]
)
def test_gradients_from_a_carried_state_are_those_of_keras(units, streams, steps):
    weights, dry, wet, starts = case(units, streams, 1000)
    engine, oracle = StatefulLSTM(weights, streams, steps), Streams(weights, streams)
    engine.advance(dry, starts, WARM)
    oracle.advance(cut(dry, starts, WARM))
    for ours, kerass in zip(engine.carried, oracle.state, strict=True):
        assert relative(ours, kerass) < 1e-6
    count = streams * steps
    error = engine.find_gradient(dry, wet, starts + WARM, steps, 2 / count)
    loss, gradient = oracle.find_gradient(cut(dry, starts + WARM, steps), cut(wet, starts + WARM, steps))
    assert error / count == pytest.approx(loss, rel=1e-6)
    assert off(engine.gradient, gradient) < 1e-6
    for ours, kerass in zip(engine.carried, oracle.state, strict=True):
        assert ours.shape == (streams, units) and relative(ours, kerass) < 1e-6


def test_a_chunk_may_be_shorter_than_the_longest():
    weights, dry, wet, starts = case(31, 7, 1000)
    short, long = StatefulLSTM(weights, 7, 33), StatefulLSTM(weights, 7, 100)
    long.find_gradient(dry, wet, starts, 100, 0.1)
    long.carried = np.zeros((2, 7, 31))
    assert long.find_gradient(dry, wet, starts, 33, 0.1) == short.find_gradient(dry, wet, starts, 33, 0.1)
    assert all(map(np.array_equal, long.gradient, short.gradient))


def test_a_state_is_advanced_in_pieces_of_any_length_and_can_be_set():
    weights, dry, _, starts = case(31, LANES + 3, 2 * SAMPLES_PER_CALL + 100)
    whole, parts = (StatefulLSTM(weights, LANES + 3, 1) for _ in range(2))
    steps = SAMPLES_PER_CALL + 7
    whole.advance(dry, starts, steps)
    parts.advance(dry, starts, 9)
    state = parts.carried
    parts.carried = 0 * state[0], 0 * state[1]
    parts.carried = state
    parts.advance(dry, starts + 9, steps - 9)
    assert all(map(np.array_equal, whole.carried, parts.carried))
    oracle = Streams(weights, LANES + 3)  # a thousand samples on, nothing is left of what was before
    oracle.advance(cut(dry, starts + steps - 1000, 1000))
    for ours, kerass in zip(whole.carried, oracle.state, strict=True):
        assert relative(ours, kerass) < 1e-6


def test_playing_is_that_of_keras_from_a_zero_state_each():
    weights, dry, _, _ = case(31, 1, SAMPLES_PER_CALL + 333)
    pieces = [dry, dry[5:905], dry[:0], *(dry[n : n + 20 + n] for n in range(LANES))]  # more than there are lanes
    engine = StatefulLSTM(weights, 1, 1)
    played = engine.play(pieces)
    assert list(map(len, played)) == list(map(len, pieces))
    for piece, ours in zip(pieces, played, strict=True):
        if len(piece) in (len(dry), 900, 20 + LANES - 1):
            np.testing.assert_allclose(ours, play(weights, piece), rtol=0, atol=1e-6)


@pytest.mark.parametrize("blocks", [2, 3, 5])
def test_two_threads_give_the_bits_of_one(blocks):
    streams = blocks * LANES - 3
    weights, dry, wet, starts = case(31, streams, 1000)
    one, two, three = (StatefulLSTM(weights, streams, 40, threads=threads) for threads in (1, 2, 3))
    for begin in (0, 40):
        errors = {engine.learn(dry, wet, starts + begin, 40, 0.01, 1e-3, limit=0.5) for engine in (one, two, three)}
        assert len(errors) == 1
    for engine in (two, three):
        assert all(map(np.array_equal, engine.state, one.state))
        assert all(map(np.array_equal, engine.gradient, one.gradient))


def test_learning_with_clipping_and_averages_is_that_of_keras():
    weights, dry, wet, starts = case(31, 10, 1000)
    rate, limit, decay, steps = 1e-3, 0.7, 0.9, 30
    engine, oracle = StatefulLSTM(weights, 10, steps), Streams(weights, 10)
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=limit)
    optimizer.build(oracle.variables)
    mean, norms = [part.astype(float) for part in weights], []
    for begin in range(0, 6 * steps, steps):
        _, norm = engine.learn(dry, wet, starts + begin, steps, 2 / (10 * steps), rate, limit, decay)
        _, gradient = oracle.find_gradient(cut(dry, starts + begin, steps), cut(wet, starts + begin, steps))
        assert norm == pytest.approx(np.linalg.norm(np.concatenate([part.ravel() for part in gradient])), rel=1e-5)
        norms.append(norm)
        optimizer.apply(gradient, oracle.variables)
        mean = [decay * old + (1 - decay) * new.numpy() for old, new in zip(mean, oracle.variables, strict=True)]
    assert min(norms) < limit < max(norms)  # some were shortened, some not
    moved = np.linalg.norm(np.concatenate([np.ravel(a - b) for a, b in zip(weights, mean, strict=True)]))
    wanted = [variable.numpy() for variable in oracle.variables]
    size = np.linalg.norm(np.concatenate([part.ravel() for part in wanted]))
    for got, there in ((engine.weights, wanted), (engine.averaged, mean)):
        assert relative(got, there) * size < 1e-4 * moved


def test_without_a_memory_the_averaged_weights_are_the_weights():
    weights, dry, wet, starts = case(31, 10, 1000)
    engine = StatefulLSTM(weights, 10, 30)
    for begin in (0, 30, 60):
        engine.learn(dry, wet, starts + begin, 30, 0.01, 1e-2)
    assert all(map(np.array_equal, engine.averaged, engine.weights))
    assert all(map(np.array_equal, engine.play([dry], averaged=True), engine.play([dry])))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_a_gradient_that_is_not_finite_changes_no_weight(value):
    weights, dry, wet, starts = case(31, LANES + 2, 1000)
    engine, spoilt = (StatefulLSTM(weights, LANES + 2, 30) for _ in range(2))
    for model in (engine, spoilt):
        model.learn(dry, wet, starts, 30, 0.01, 1e-3, decay=0.9)
    bad = wet.copy()
    bad[starts[1] + 33] = value
    carried = spoilt.carried
    _, norm = spoilt.learn(dry, bad, starts + 30, 30, 1e30, 1e-3, decay=0.9)
    assert not np.isfinite(norm) and spoilt.step == 1
    spoilt.carried = carried
    for model in (engine, spoilt):
        model.learn(dry, wet, starts + 30, 30, 0.01, 1e-3, decay=0.9)
    assert all(map(np.array_equal, engine.carried, spoilt.carried))
    assert all(map(np.array_equal, engine.state[:4], spoilt.state[:4]))  # weights, Adam's means, averaged weights


def test_learning_goes_on_from_its_state_bit_for_bit():
    weights, dry, wet, starts = case(31, 19, 1000)
    engine, resumed = StatefulLSTM(weights, 19, 30), StatefulLSTM([0 * part for part in weights], 19, 30)
    learn = {"steps": 30, "scale": 0.01, "rate": 1e-3, "limit": 0.5, "decay": 0.9}
    engine.learn(dry, wet, starts, **learn)
    resumed.state = engine.state
    for begin in (30, 60):
        assert engine.learn(dry, wet, starts + begin, **learn) == resumed.learn(dry, wet, starts + begin, **learn)
    assert resumed.step == 3
    assert all(map(np.array_equal, engine.state, resumed.state))
    assert all(map(np.array_equal, engine.averaged, resumed.averaged))


def test_the_layout_of_arrays_changes_nothing():
    weights, dry, wet, starts = case(31, 19, 1000)
    engine, other = (StatefulLSTM(weights, 19, 30) for _ in range(2))
    strided = [np.repeat(array, 2)[::2] for array in (dry, wet)]
    dry.flags.writeable = False
    assert engine.learn(dry, wet, starts, 30, 0.01, 1e-3) == other.learn(*strided, list(starts), 30, 0.01, 1e-3)
    assert all(map(np.array_equal, engine.state, other.state))
    assert all(map(np.array_equal, engine.play([dry]), other.play(strided[:1])))
