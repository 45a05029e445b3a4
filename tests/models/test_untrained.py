import keras
import numpy as np
import pytest

from ultragain.errors import UltraGainError
from ultragain.models.catalog import FAMILIES
from ultragain.models.keras_file import weights_of
from ultragain.models.untrained import make_untrained

PARAMETERS = {"family": "lstm-windowed", "context": 6, "units": 4, "learning_rate": 0.01}


def test_models_are_built_as_keras_builds_them_and_only_once(one_thread, tmp_path):
    models = {tmp_path / f"deep/{seed}.keras": PARAMETERS | {"seed": seed} for seed in (25, 26)}
    make_untrained(models)
    for path, parameters in models.items():
        expected = FAMILIES["lstm-windowed"].build(parameters, np.random.default_rng(parameters["seed"]))
        for one, other in zip(weights_of(path.read_bytes()), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        assert keras.saving.load_model(path, safe_mode=True).count_params() == expected.count_params()
    before = {path: path.stat().st_mtime_ns for path in models}
    make_untrained(models)
    assert {path: path.stat().st_mtime_ns for path in models} == before


def test_what_cannot_be_built_is_an_error_of_one_line_and_leaves_no_file(tmp_path):
    with pytest.raises(UltraGainError, match="^the models could not be built .*units"):
        make_untrained({tmp_path / "a.keras": PARAMETERS | {"seed": 25, "units": -1}})
    assert not list(tmp_path.iterdir())
