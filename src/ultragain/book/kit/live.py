"""Models that play in a reader's browser: the player and the models as scripts, and the HTML that names them.

The player is Neural Amp Modeler's own, compiled for browsers, taken from the npm registry when the book is built. All
of it stands in `LISTENING`, from where it is copied beside the pages. Scripts, because browsers let a page on disk load
those but not read files; they work from a web server alike.
"""

import base64
import html
import json
from dataclasses import dataclass, replace

import numpy as np

from ultragain.book.kit import LISTENING
from ultragain.book.kit.players import SOURCE
from ultragain.engine.wavenet.conditioning import BIASES, CHANNEL_OF, CHANNELS_IN_ALL, HIDDEN, Film
from ultragain.engine.wavenet.layout import N_WEIGHTS, from_keras, to_keras
from ultragain.files import project_root, whole_file
from ultragain.formats.nam import to_nam
from ultragain.formats.network import Network
from ultragain.npm import installed

FOLDER, BESIDE = f"{LISTENING}/live", "../live"  # in the project, and from a page
PACKAGE = "book/live"
EXPORT = "export default createNamModule;"  # the player's last line, which a module of two has no use for


@dataclass(frozen=True)
class LiveModel:
    """A model that a reader can choose.

    Attributes
    ----------
    name : str
        Of its script: letters, digits, hyphens.
    label, note : str
        What it is called, and a sentence more.
    network : Network
        Of a model with a knob the WaveNet without it.
    film : list of np.ndarray, optional
        Of a model with a knob all its weights, in Keras's order.
    """

    name: str
    label: str
    note: str
    network: Network
    film: list | None = None


def live(models, riffs):
    """HTML of the live player; its scripts are written on the way.

    Parameters
    ----------
    models : list of LiveModel
    riffs : dict of str to str
        Label of each riff: name of its files (see `ultragain.book.kit.players.files.write`).

    Returns
    -------
    str
    """
    _write("player", _player())
    for model in models:
        _write(model.name, content(model))
    settings = {
        "folder": BESIDE,
        "models": [
            {
                "name": model.name,
                "label": model.label,
                "note": model.note,
                "rate": model.network.sample_rate,
                "knob": model.film is not None,
            }
            for model in models
        ],
        "riffs": [{"label": label, "source": f"{SOURCE}/{name}"} for label, name in riffs.items()],
    }
    content_ = html.escape(json.dumps(settings, separators=(",", ":")))
    return (
        f'<div class="ug-live ug-player" role="group" aria-label="Play a model" data-live="{content_}">'
        "<p>Here a model plays in your browser; that needs JavaScript.</p></div>"
    )


def content(model):
    """What a model's script brings: a `.nam` file's content and, with a knob, how its weights follow from that."""
    nam = {"nam": json.loads(to_nam(model.network))}
    if model.film is None:
        return nam
    conditioning = Film()
    _, own = conditioning.split(model.film)
    theta = np.zeros(N_WEIGHTS + conditioning.size, np.float32)
    conditioning.from_keras(own, theta[N_WEIGHTS:])
    hidden = theta[N_WEIGHTS : N_WEIGHTS + 2 * HIDDEN].reshape(2, HIDDEN)
    tables = theta[N_WEIGHTS + 2 * HIDDEN :].reshape(-1, 2, HIDDEN + 1, 8)
    places = np.where(CHANNEL_OF == CHANNELS_IN_ALL, -1, CHANNEL_OF)
    is_bias = np.zeros(N_WEIGHTS)
    is_bias[BIASES] = 1
    kernel, bias = (_short(part) for part in hidden)
    return nam | {
        "film": {
            "kernel": kernel,
            "bias": bias,
            "tables": [[[_short(row) for row in side] for side in layer] for layer in tables],
            "channels": _as_in_nam(model.network, places, -1),
            "biases": _as_in_nam(model.network, is_bias, 0),
        }
    }


def _as_in_nam(network, flat, missing):
    """A whole number for each of the engine's weights in a `.nam` file's order; `missing` for what else that has."""
    # larger by 10, so that what the file fills up with, 0 and 1, can be told
    marked = to_keras(np.asarray(flat, np.float64) + 10)
    marked[-2:] = [np.full_like(part, flat[-1] + 10) for part in marked[-2:]]  # the head is scaled
    weights = json.loads(to_nam(replace(network, weights=marked)))["weights"]
    return [missing if weight < 5 else round(weight) - 10 for weight in weights]


def unconditioned(network, weights):
    """The WaveNet of a model with a knob as it is before the knob, a Network."""
    ordinary, _ = Film().split(weights)
    theta = np.zeros(N_WEIGHTS, np.float32)
    from_keras(ordinary, theta)
    return replace(network, weights=to_keras(theta))


def _player():
    """The player's module and WebAssembly."""
    root = project_root()
    package = installed(root / PACKAGE) / "@opendaw" / "nam-wasm"
    code = (package / "dist" / "nam.js").read_text(encoding="utf-8")
    assert EXPORT in code, f"{package}: is built otherwise than expected"
    own = (root / "book" / "_static" / "live" / "processor.js").read_text(encoding="utf-8")
    notice = f"/*\n{(package / 'LICENSE').read_text(encoding='utf-8')}*/\n"
    wasm = base64.b64encode((package / "dist" / "nam.wasm").read_bytes()).decode()
    return {"module": f"{notice}{code.replace(EXPORT, '')}\n{own}", "wasm": wasm}


def _write(name, value):
    path = project_root() / FOLDER / f"{name}.js"
    text = f"ultragainLive.add({json.dumps(name)},{json.dumps(value, separators=(',', ':'))});\n"
    if not (path.is_file() and path.read_text(encoding="utf-8") == text):
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _short(values):
    return [float(f"{value}") for value in np.asarray(values, np.float32)]
