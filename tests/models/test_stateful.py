"""What is special about the stateful LSTM; and, on it, what all families with memory do."""

import keras
import numpy as np
import pytest
from made_project import plucks

from ultragain.models.catalog import FAMILIES
from ultragain.models.keras_file import with_weights
from ultragain.models.memory.stateful import GATE_BIAS, RECIPE, Stateful
from ultragain.models.untrained import save_model

pytestmark = pytest.mark.usefixtures("one_thread")
FAMILY = FAMILIES["lstm-stateful"]
PARAMETERS = {"units": 5, "minutes": 1, "threads": 1, "validation_share": 0.1, "sample_rate": 44100, "steps": 6}


def device(seed, seconds):
    """A quiet filter before a tanh: what is heard depends on some samples before."""
    dry = plucks(seconds, np.random.default_rng(seed)).astype(np.float32)
    return dry, (0.01 * np.tanh(6 * np.convolve(dry, [0.5, 0.3, 0.2])[: len(dry)])).astype(np.float32)


@pytest.fixture(scope="module")
def learned():
    streams, pieces, _ = FAMILY.cut([device(0, 4.0)], [], PARAMETERS, None)
    weights = FAMILY.build(PARAMETERS, np.random.default_rng(0)).get_weights()
    learner = FAMILY.learner(weights, PARAMETERS, streams, pieces, 25)
    rows = [learner.epoch(number, lambda taken: None) for number in range(learner.epochs)]
    return streams, learner, rows


def test_gates_begin_as_those_of_a_slow_state():
    model = FAMILY.build(PARAMETERS, np.random.default_rng(0))
    bias = model.get_weights()[2].reshape(4, 5)  # input, forget, candidate, output
    np.testing.assert_array_equal(bias, np.array([[-GATE_BIAS], [GATE_BIAS], [0], [0]]) * np.ones(5))


def test_it_learns_a_filter_before_a_tanh(learned):
    _, learner, rows = learned
    assert rows[-1]["esr"] < 0.1 * rows[0]["esr"]
    dry, wet = device(1, 1.0)
    predicted = FAMILY.play(FAMILY.model(learner.weights, PARAMETERS), PARAMETERS)(dry)
    assert np.sum((predicted - wet) ** 2) / np.sum(wet**2) < 0.05


def test_its_file_plays_at_the_recorded_level_what_the_engine_played_at_its_own(learned, tmp_path):
    streams, learner, _ = learned
    save_model(FAMILY.build(PARAMETERS, np.random.default_rng(1)), tmp_path / "untrained.keras")
    content = with_weights((tmp_path / "untrained.keras").read_bytes(), learner.weights)
    (tmp_path / "model.keras").write_bytes(content)
    model = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    dry, _ = device(1, 0.3)
    dry_level, wet_level = streams.levels
    (played,) = Stateful(learner._chosen, 1).play([dry / np.float32(dry_level)])
    predicted = model.predict(dry[None, :, None], verbose=0)[0, :, 0]
    np.testing.assert_allclose(predicted, wet_level * played, atol=1e-5 * wet_level)


def test_a_step_is_an_update_for_each_chunk_after_a_run_in():
    streams, _, _ = FAMILY.cut([device(0, 2.0)], [], PARAMETERS, None)
    model = Stateful(FAMILY.build(PARAMETERS, np.random.default_rng(0)).get_weights(), 1)
    starts = streams.starts(25, 0, model.batch)
    errors, norms = model.learn(
        streams.dry, streams.wet, starts, np.zeros(model.updates)
    )  # a rate of 0 changes nothing
    played = model.play([streams.dry[s - RECIPE.lead : s + RECIPE.samples] for s in starts])
    wanted = [streams.wet[s : s + RECIPE.samples] for s in starts]
    squares = sum((p[RECIPE.lead :].astype(float) - w) ** 2 for p, w in zip(played, wanted, strict=True))
    np.testing.assert_allclose(errors, squares.reshape(model.updates, -1).sum(axis=1), rtol=1e-4)
    assert norms.shape == (model.updates,) and (norms > 0).all()


def test_threads_change_no_bit():
    streams, _, _ = FAMILY.cut([device(0, 2.0)], [], PARAMETERS, None)
    weights = FAMILY.build(PARAMETERS, np.random.default_rng(0)).get_weights()
    results = []
    for threads in (1, 2):
        model = Stateful(weights, threads)
        model.learn(streams.dry, streams.wet, streams.starts(25, 0, model.batch), np.full(model.updates, 1e-3))
        results.append([*model.weights, *model.averaged, *model.play([streams.dry[:2000]] * 40)])
    assert all(map(np.array_equal, *results))
