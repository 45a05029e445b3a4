"""Keras's own `.keras`: audio of shape (batch, samples, 1) in, and out, from a state of zeros."""

import json
import tempfile
import zipfile
from pathlib import Path

from ultragain.formats.network import LSTM
from ultragain.models.memory import stateful, wavenet

TOLD = "ultragain.json"  # beside Keras's own files in the archive, which it does not look at


def to_keras(network):
    """A network as the content of a `.keras` file, bytes."""
    model = stateful.stack(network.units) if network.kind == LSTM else wavenet.network()
    model.set_weights(network.weights)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(TOLD, json.dumps(network.told, indent=1))
        return path.read_bytes()
