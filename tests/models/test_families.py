"""What every family of the catalog must do."""

import json
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

from ultragain.errors import UltraGainError
from ultragain.models.catalog import FAMILIES
from ultragain.models.keras_file import weights_of, with_weights
from ultragain.models.untrained import save_model

PARAMETERS = {
    "context": 16,
    "units": 4,
    "learning_rate": 0.01,
    "minutes": 1.0,
    "threads": 1,
    "sample_rate": 44100,
    "seed": 0,
    "gains": {"Low": 2, "High": 8},
    "gain": "High",
}
KNOB = 2 * 8 / 10 - 1  # of gain High, as models with a knob hear it
pytestmark = pytest.mark.usefixtures("one_thread")
WINDOWED = [name for name, family in FAMILIES.items() if not family.has_budget]
WITH_MEMORY = [name for name in FAMILIES if name not in WINDOWED]


def of(names):
    return pytest.mark.parametrize("family", [FAMILIES[name] for name in names], ids=names)


every, windowed, with_memory = of(list(FAMILIES)), of(WINDOWED), of(WITH_MEMORY)


def build(family, seed=0):
    return family.build(PARAMETERS, np.random.default_rng(seed))


def given(family, dry):
    """What a Keras model of a family takes: audio, and the knob if it has one."""
    return [dry, np.full((len(dry), 1), KNOB, np.float32)] if family.covers_gains else dry


@every
@pytest.mark.parametrize("units", [4, 96])
def test_its_weights_are_as_many_as_it_says(family, units):
    parameters = PARAMETERS | {"units": units}
    assert family.build(parameters, np.random.default_rng(0)).count_params() == family.weights(parameters)


@windowed
def test_it_learns_by_what_it_says(family):
    model = build(family)
    assert (type(model.optimizer).__name__, model.loss.__name__) == (family.optimizer, f"{family.loss.lower()}_loss")


@every
def test_the_seed_decides_its_first_weights(family):
    first, again, other = (build(family, seed).get_weights() for seed in (0, 0, 1))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


@windowed
def test_it_plays_what_keras_predicts_for_every_window(family):
    model, context = build(family), PARAMETERS["context"]
    dry = np.random.default_rng(0).normal(size=250).astype(np.float32)
    windows = np.stack([dry[i : i + context] for i in range(len(dry) - context + 1)])[..., None]
    first = family.unpredicted(PARAMETERS)
    predicted = family.play(family.model(model.get_weights(), PARAMETERS), PARAMETERS)(dry)
    np.testing.assert_allclose(predicted[first:], model.predict(windows, verbose=0)[:, 0], atol=1e-6)
    assert not predicted[:first].any()


@with_memory
def test_it_plays_what_keras_predicts_after_silence(family):
    model, silence = build(family), np.zeros(11025, np.float32)  # 0.25 s
    dry = np.random.default_rng(0).normal(size=700).astype(np.float32)
    predicted = family.play(family.model(model.get_weights(), PARAMETERS), PARAMETERS)(dry)
    wanted = model.predict(given(family, np.concatenate([silence, dry])[None, :, None]), verbose=0)[
        0, len(silence) :, 0
    ]
    np.testing.assert_allclose(predicted, wanted, atol=1e-6)
    assert family.unpredicted(PARAMETERS) == 0


@with_memory
def test_playing_tells_how_far_it_is(family):
    dry, told = np.zeros(100000, np.float32), []
    play = family.play(family.model(build(family).get_weights(), PARAMETERS), PARAMETERS)
    play(dry, lambda parts: (told.append(part) or part for part in parts))
    assert len(told) > 1


@with_memory
def test_learning_goes_on_from_its_state_to_the_same_bits(family):
    dry = np.random.default_rng(0).normal(scale=0.1, size=60000).astype(np.float32)
    parameters = PARAMETERS | {"validation_share": 0.2, "steps": 4}
    takes = [(dry, np.tanh(9 * dry), *([8.0] if family.covers_gains else []))]
    data = family.cut(takes, [], parameters, None)[:2]
    weights = build(family).get_weights()
    through, first, second = (family.learner(weights, parameters, *data, 25) for _ in range(3))
    rows = [through.epoch(number, lambda taken: None) for number in range(4)]
    assert [first.epoch(number, lambda taken: None) for number in range(2)] == rows[:2]
    second.state = first.state
    assert [second.epoch(number, lambda taken: None) for number in range(2, 4)] == rows[2:]
    assert all(map(np.array_equal, second.weights, through.weights))
    assert not all(map(np.array_equal, second.weights, first.weights))


@with_memory
def test_a_larger_budget_costs_more(family):
    assert family.cost(PARAMETERS) < family.cost(PARAMETERS | {"minutes": 2.0})


@with_memory
def test_only_the_engine_trains_and_plays_it(family, monkeypatch):
    weights = build(family).get_weights()
    monkeypatch.setattr("ultragain.models.family.reason_against", lambda: "NUMBA_DISABLE_JIT is set")
    with pytest.raises(UltraGainError, match=f"^family {family.name}: NUMBA_DISABLE_JIT is set, and only the engine"):
        family.model(weights, PARAMETERS)


@with_memory
def test_levels_are_folded_into_the_weights(family):
    model, dry = build(family), np.random.default_rng(0).normal(size=(1, 300, 1)).astype(np.float32)
    weights = [weight + 0.01 for weight in model.get_weights()]  # biases, too
    model.set_weights(weights)
    wanted = 0.25 * model.predict(given(family, dry / 4), verbose=0)
    model.set_weights(family.learns.args[0].fold(weights, 4.0, 0.25))
    np.testing.assert_allclose(model.predict(given(family, dry), verbose=0), wanted, atol=1e-6)


@windowed
def test_a_larger_model_costs_more(family):
    costs = [family.cost(PARAMETERS | change) for change in ({}, {"context": 32}, {"units": 8})]
    assert costs[0] < min(costs[1:])


@every
def test_its_weights_are_read_and_replaced_without_keras(family, tmp_path):
    model, other = build(family), build(family, seed=1)
    save_model(model, tmp_path / "model.keras")
    content = (tmp_path / "model.keras").read_bytes()
    assert all((one == theirs).all() for one, theirs in zip(weights_of(content), model.get_weights(), strict=True))
    (tmp_path / "other.keras").write_bytes(with_weights(content, other.get_weights()))
    loaded = keras.saving.load_model(tmp_path / "other.keras", safe_mode=True)
    assert all((one == theirs).all() for one, theirs in zip(loaded.get_weights(), other.get_weights(), strict=True))
    with pytest.raises((TypeError, ValueError)):
        with_weights(content, [np.zeros(3)] * len(other.get_weights()))


@every
def test_a_saved_model_is_plain_keras_and_loads_without_this_package(family, tmp_path):
    model = build(family)
    save_model(model, tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        layers = json.loads(archive.read("config.json"))["config"]["layers"]
    assert all(hasattr(keras.layers, layer["class_name"]) and layer["module"] == "keras.layers" for layer in layers)
    x = np.random.default_rng(1).normal(size=(3, 16, 1)).astype(np.float32)
    np.savez(tmp_path / "x.npz", *(given(family, x) if family.covers_gains else [x]))
    alone = (
        "import sys; sys.modules['ultragain'] = None\n"  # any import of it fails
        "import keras, numpy as np\n"
        "model = keras.saving.load_model('model.keras', safe_mode=True)\n"
        "x = list(np.load('x.npz').values())\n"
        "np.save('y.npy', model.predict(x if len(x) > 1 else x[0], verbose=0))\n"
    )
    subprocess.run([sys.executable, "-c", alone], cwd=tmp_path, check=True)
    wanted = model.predict(given(family, x), verbose=0)
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), wanted, atol=1e-6)
