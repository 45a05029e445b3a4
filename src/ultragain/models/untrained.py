"""Models before they are trained, as Keras builds and saves them: in a process of its own, for many at once.

TensorFlow takes some seconds and hundreds of MiB to load; a run that reads a file instead needs neither.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from tqdm.auto import tqdm

from ultragain.errors import UltraGainError
from ultragain.files import whole_file
from ultragain.models.catalog import FAMILIES


def make_untrained(models):
    """Build the models whose files are not there yet.

    Parameters
    ----------
    models : dict of Path to dict
        A run's parameters by the `.keras` file that its untrained model is to be saved in. The
        seed among them decides the first weights.

    Raises
    ------
    UltraGainError
        If they cannot be built; those that were built before that are kept.
    """
    missing = {f"{path}": parameters for path, parameters in models.items() if not path.exists()}
    if not missing:
        return
    # files, not pipes: a process that ends at once would break one, and hide why it ended
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+", errors="replace") as complaints:
        json.dump(missing, given)
        given.seek(0)
        without_gpu = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}  # it is not worth its start
        command = [sys.executable, "-m", __name__]
        with subprocess.Popen(
            command, stdin=given, stdout=subprocess.PIPE, stderr=complaints, env=os.environ | without_gpu
        ) as process:
            for _ in tqdm(process.stdout, total=len(missing), desc="building models", unit="model"):
                pass
        if process.returncode:
            complaints.seek(0)
            reason = (complaints.read().strip().splitlines() or ["it gave no reason"])[-1]
            raise UltraGainError(f"the models could not be built ({reason})")


def save_model(model, path):
    """Save a Keras model without its loss and optimizer, whole or not at all: it loads without this package."""
    plain = type(model).from_config(model.get_config())
    plain.set_weights(model.get_weights())
    with whole_file(path) as temporary:
        plain.save(temporary)


def _build(models):
    for path, parameters in models.items():
        rng = np.random.default_rng(parameters["seed"])
        save_model(FAMILIES[parameters["family"]].build(parameters, rng), path)
        print(flush=True)  # one line a model


if __name__ == "__main__":
    _build(json.load(sys.stdin))
