"""Weights in Keras's `.keras` files, read and replaced without Keras, which takes seconds to load.

A `.keras` file is a ZIP archive: `config.json` describes the layers, `model.weights.h5` holds the weights, an HDF5 file
with a group for each layer, named after its class: conv1d, conv1d_1, ... in the order in which the model has them.
Somewhere below it, the variables are numbered.
"""

import contextlib
import io
import json
import re
import zipfile

import h5py
import numpy as np

CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def weights_of(content):
    """Weights of a sequential or functional model.

    Parameters
    ----------
    content : bytes
        Of a `.keras` file.

    Returns
    -------
    list of np.ndarray
        In the order of `keras.Model.get_weights`.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        with _variables(archive, io.BytesIO(archive.read(WEIGHTS)), "r") as variables:
            return [np.asarray(variable) for variable in variables]


def with_weights(content, weights, deflate=False):
    """A model's file with other weights.

    Parameters
    ----------
    content : bytes
        Of a `.keras` file.
    weights : list of np.ndarray
        In the order of `weights_of`, and of the same shapes.
    deflate : bool
        Whether to compress it. Keras does not: HDF5 wastes kilobytes on each of many small layers.

    Returns
    -------
    bytes
    """
    kind = zipfile.ZIP_DEFLATED if deflate else None
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(copy, "w") as target:
        file = io.BytesIO(archive.read(WEIGHTS))
        with _variables(archive, file, "r+") as variables:
            for variable, value in zip(variables, weights, strict=True):
                variable[...] = value
        for entry in archive.infolist():
            part = file.getvalue() if entry.filename == WEIGHTS else archive.read(entry)
            target.writestr(entry, part, compress_type=kind)
    return copy.getvalue()


@contextlib.contextmanager
def _variables(archive, content, mode):
    """The datasets of an archive's weights, in Keras's order; `content` is the file that they are in."""
    layers = [_snake_case(layer["class_name"]) for layer in json.loads(archive.read(CONFIG))["config"]["layers"]]
    before = [layers[:place].count(name) for place, name in enumerate(layers)]
    names = [f"{name}_{count}" if count else name for name, count in zip(layers, before, strict=True)]
    with h5py.File(content, mode) as file:
        groups = [file["layers"][name] for name in names if not name.startswith("input_layer")]
        yield [variable for group in groups for variable in _numbered(group)]


def _numbered(group):
    paths = []
    group.visit(paths.append)
    datasets = [path for path in paths if isinstance(group[path], h5py.Dataset)]
    return [group[path] for path in sorted(datasets, key=lambda path: int(path.rpartition("/")[2]))]


def _snake_case(name):
    """As keras.src.utils.naming.to_snake_case: LayerNormalization -> layer_normalization, LSTM -> lstm."""
    name = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
