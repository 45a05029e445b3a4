"""Weights in Keras's `.keras` files, read and replaced without Keras, which takes seconds to load.

A `.keras` file is a ZIP archive: `config.json` describes the layers, `model.weights.h5` holds the weights, an HDF5 file
with a group for each layer. A layer's group is named after its class; below it, the variables are numbered.
"""

import contextlib
import io
import json
import zipfile

import h5py
import numpy as np

from ultragain.files import whole_file

CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def read_weights(path):
    """Weights of a sequential model in which no two layers are of one class.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    list of np.ndarray
        In the order of `keras.Model.get_weights`.
    """
    with zipfile.ZipFile(path) as archive, _variables(archive, io.BytesIO(archive.read(WEIGHTS)), "r") as variables:
        return [np.asarray(variable) for variable in variables]


def replace_weights(source, target, weights):
    """Copy a model's file with other weights; whole or not at all.

    Parameters
    ----------
    source, target : path-like
    weights : list of np.ndarray
        In the order of `read_weights`, and of the same shapes.
    """
    with zipfile.ZipFile(source) as archive, whole_file(target) as temporary:
        content = io.BytesIO(archive.read(WEIGHTS))
        with _variables(archive, content, "r+") as variables:
            for variable, value in zip(variables, weights, strict=True):
                variable[...] = value
        with zipfile.ZipFile(temporary, "w") as copy:
            for entry in archive.infolist():
                copy.writestr(entry, content.getvalue() if entry.filename == WEIGHTS else archive.read(entry))


@contextlib.contextmanager
def _variables(archive, content, mode):
    """The datasets of an archive's weights, in Keras's order; `content` is the file that they are in."""
    found = []
    with h5py.File(content, mode) as file:
        for layer in json.loads(archive.read(CONFIG))["config"]["layers"]:
            if group := file["layers"].get(layer["class_name"].lower()):
                group.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
        yield found
