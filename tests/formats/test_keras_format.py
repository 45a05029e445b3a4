"""Keras's files, loaded by Keras in its safe mode."""

import io
import json
import zipfile

import keras
import numpy as np
import pytest
from made_networks import decibels, dry, lstm, predicted, wavenet

from ultragain.formats.keras import TOLD, to_keras

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("network", [lstm(16), wavenet()], ids=["LSTM", "WaveNet"])
def test_it_plays_as_predicted(network, tmp_path):
    content = to_keras(network)
    (tmp_path / "model.keras").write_bytes(content)
    model = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    audio = np.concatenate([np.zeros(11_025, np.float32), dry(0.25)])
    wet = model.predict(audio[None, :, None], verbose=0)[0, 11_025:, 0]
    assert decibels(predicted(network, dry(0.25)), wet) < -90
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert json.loads(archive.read(TOLD))["device"] == "made amplifier"
