import numpy as np
import pytest
from engine_oracle import WaveNet as Oracle
from engine_oracle import audio, relative

from ultragain.engine.wavenet.layout import BEFORE, N_WEIGHTS
from ultragain.engine.wavenet.model import WaveNet

pytestmark = pytest.mark.usefixtures("one_thread")
LEARN = {"scale": 0.01, "rate": 1e-3, "limit": 0.5, "decay": 0.9}


@pytest.fixture(scope="module")
def oracle(one_thread):
    return Oracle(np.random.default_rng(5))


@pytest.fixture(scope="module")
def weights(oracle):
    return oracle.weights


@pytest.fixture(scope="module")
def signals():
    return audio(np.random.default_rng(6), BEFORE + 1500)


def model(weights, **options):
    return WaveNet(weights, **{"outputs": 300, "batch": 2} | options)


def test_the_network_is_that_of_the_published_shape(weights):
    # A2's count in Neural Amp Modeler, 12,146, less the last layer's 1x1, which nothing hears, and the head's scale
    assert sum(map(np.size, weights)) == N_WEIGHTS == 12_146 - 72 - 1
    assert BEFORE == 6346  # its receptive field is 6,347 samples with the current one


def test_gradients_are_those_of_keras(oracle, weights, signals):
    engine, starts = model(weights), np.array([BEFORE, BEFORE + 777])
    error = engine.find_gradient(*signals, starts, 1)
    total, wanted = oracle.find_gradient(*signals, starts, engine.outputs)
    assert error == pytest.approx(total, rel=1e-6)
    # rounding is 1e-6; where it puts one activation on the other side of zero, its slope jumps a hundredfold
    assert relative(engine.gradient, wanted) < 1e-4
    assert max(relative([got], [there]) for got, there in zip(engine.gradient, wanted, strict=True)) < 1e-3


def test_playing_is_that_of_keras_after_silence(oracle, weights, signals):
    dry, _ = signals
    pieces = [dry[:2500], dry[:0], dry[100:101]]
    for piece, ours in zip(pieces, model(weights, threads=2).play(pieces), strict=True):
        np.testing.assert_allclose(ours, oracle.play(piece), rtol=0, atol=1e-5)


def test_weights_are_kept_in_the_order_of_keras(weights):
    for got, there in zip(model(weights).weights, weights, strict=True):
        np.testing.assert_allclose(got, there, rtol=3e-7)


def test_threads_change_no_bit(weights, signals):
    one, two = model(weights), model(weights, threads=2)
    for begin in (0, 200, 400):
        starts = np.array([BEFORE, BEFORE + 500]) + begin
        assert one.learn(*signals, starts, **LEARN) == two.learn(*signals, starts, **LEARN)
    assert all(map(np.array_equal, one.state, two.state))
    assert np.array_equal(*(engine.play([signals[0]], averaged=True)[0] for engine in (one, two)))


def test_learning_goes_on_from_its_state_bit_for_bit(weights, signals):
    engine, resumed = model(weights), model([0 * part for part in weights])
    starts = np.array([BEFORE, BEFORE + 500])
    engine.learn(*signals, starts, **LEARN)
    resumed.state = engine.state
    assert engine.learn(*signals, starts + 50, **LEARN) == resumed.learn(*signals, starts + 50, **LEARN)
    assert resumed.step == 2
    assert all(map(np.array_equal, engine.state, resumed.state))


def test_it_learns_a_filter_with_a_curve(weights, signals):
    engine = model(weights)
    rng, errors = np.random.default_rng(7), []
    for _ in range(60):
        starts = rng.integers(BEFORE, BEFORE + 1100, 2)
        energy = sum(np.sum(signals[1][start : start + engine.outputs] ** 2) for start in starts)
        error, _ = engine.learn(*signals, starts, 2 / energy, 4e-3, limit=0.1, decay=0.9)
        errors.append(error / energy)
    assert np.mean(errors[-5:]) < 0.2 < errors[0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_changes_nothing(weights, signals, value):
    dry, wet = signals
    engine, spoilt = model(weights), model(weights)
    bad = wet.copy()
    bad[BEFORE + 5] = value
    starts = np.array([BEFORE, BEFORE + 500])
    _, norm = spoilt.learn(dry, bad, starts, **LEARN)
    assert not np.isfinite(norm)
    assert engine.learn(dry, wet, starts, **LEARN) == spoilt.learn(dry, wet, starts, **LEARN)
    assert all(map(np.array_equal, engine.state, spoilt.state))


@pytest.mark.parametrize("starts", [[BEFORE - 1, BEFORE], [BEFORE, BEFORE + 1500], [BEFORE]])
def test_segments_stay_inside_the_audio(weights, signals, starts):
    with pytest.raises(ValueError, match="do not fit a batch of 2"):
        model(weights).find_gradient(*signals, starts, 1)
