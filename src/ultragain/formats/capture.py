"""Other people's captures: Neural Amp Modeler's `.nam` files, read and played.

Source: NeuralAmpModelerCore (NAM/get_dsp.cpp, NAM/lstm.cpp, NAM/wavenet/model.cpp). What a file's layers play is
written down here with numpy, for any sizes; what no part of this knows is refused, and so is a file whose weights are
not as many as its layers have.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from ultragain.errors import UltraGainError
from ultragain.formats.playing import Layer, play_lstm

USUAL_RATE = 48_000  # Hz, of files that do not say
OLDEST, NEWEST = (0, 5), (0, 7)  # versions of files, without the last number
BLOCK = 1 << 15  # samples that are played at once
WARM_UP = 0.5  # s of silence that an LSTM plays first, as its players have it

ACTIVATIONS = {
    "Tanh": lambda options: np.tanh,
    "Hardtanh": lambda options: lambda z: np.clip(z, -1, 1),
    "ReLU": lambda options: lambda z: np.maximum(z, 0),
    "LeakyReLU": lambda options: partial(_leaky, slope=np.float32(options.get("negative_slope", 0.01))),
    "Sigmoid": lambda options: lambda z: 1 / (1 + np.exp(-z)),
    "SiLU": lambda options: lambda z: z / (1 + np.exp(-z)),
    "Softsign": lambda options: lambda z: z / (1 + np.abs(z)),
}


@dataclass(frozen=True)
class Capture:
    """A capture that can be played.

    Attributes
    ----------
    kind : str
        LSTM or WaveNet.
    sample_rate : int
        In Hz.
    weights : int
        How many.
    metadata : dict
        What the file tells of itself.
    play : callable
        np.ndarray of shape (n_samples,) at `sample_rate` -> np.ndarray of the same shape, float32: after silence.
        Its option `progress` wraps the iteration over parts of the audio.
    """

    kind: str
    sample_rate: int
    weights: int
    metadata: dict
    play: Callable


def read_capture(content, name):
    """The capture in a `.nam` file; of one that holds several sizes of a model the largest.

    Parameters
    ----------
    content : str or bytes
    name : str
        The file's, for messages.

    Returns
    -------
    Capture

    Raises
    ------
    UltraGainError
        If it is no such file, or of a kind that is not known here.
    """
    try:
        return _read(json.loads(content))
    except _Refusal as refusal:
        raise UltraGainError(f"{name}: {refusal}") from None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise UltraGainError(f"{name}: is no .nam file, or a damaged one ({type(error).__name__}: {error})") from error


class _Refusal(Exception):
    """Why a file is not taken, a phrase."""


def _read(file):
    if not isinstance(file, dict) or "architecture" not in file:
        raise _Refusal("is no .nam file: it names no architecture")
    version = tuple(int(part) for part in f"{file.get('version')}".split(".")[:2])
    if not OLDEST <= version <= NEWEST:
        raise _Refusal(f"is a .nam file of version {file.get('version')}; known are 0.5 to 0.7")
    kind, config = file["architecture"], file["config"]
    if kind == "SlimmableContainer":
        largest = max(config["submodels"], key=lambda each: each["max_value"])["model"]
        return _read({"sample_rate": file.get("sample_rate"), "metadata": file.get("metadata")} | largest)
    if kind not in ("LSTM", "WaveNet"):
        raise _Refusal(f"is a capture by a {kind}; an LSTM or a WaveNet can be played here")
    weights = np.array(file["weights"], np.float32)
    if weights.ndim != 1 or not np.isfinite(weights).all():
        raise _Refusal("its weights are not all numbers")
    rate = round(file.get("sample_rate") or USUAL_RATE)
    shelf = _Shelf(weights)
    play = _lstm(config, shelf, rate) if kind == "LSTM" else WaveNet.of(config, shelf).play
    if shelf.taken != len(weights):
        raise _Refusal(f"its layers have {shelf.taken:,} weights, and it holds {len(weights):,}")
    return Capture(kind, rate, len(weights), file.get("metadata") or {}, play)


class _Shelf:
    """A flat list of weights, from which one layer after the other takes its own."""

    def __init__(self, weights):
        self._weights, self.taken = weights, 0

    def take(self, *shape):
        count = int(np.prod(shape))
        part = self._weights[self.taken : self.taken + count]
        self.taken += count
        if len(part) < count:
            raise _Refusal(f"its layers have more weights than the {len(self._weights):,} that it holds")
        return part.reshape(shape)


def _lstm(config, shelf, rate):
    """Its player; layers are [input and recurrent kernel side by side, gates in rows], bias, first state, cell."""
    units, inputs, layers = config["hidden_size"], config["input_size"], []
    if inputs != 1:
        raise _Refusal(f"hears {inputs} signals, and a guitar is one")
    for number in range(config["num_layers"]):
        heard = inputs if number == 0 else units
        both = shelf.take(4 * units, heard + units)
        layers.append(
            Layer(both[:, :heard].T, both[:, heard:].T, *(shelf.take(size) for size in (4 * units, units, units)))
        )
    dense, constant = shelf.take(units), shelf.take(1)[0]
    silence = np.zeros(round(WARM_UP * rate), np.float32)

    def play(dry, progress=iter):
        heard = np.concatenate([silence, np.asarray(dry, np.float32)])
        for _ in progress([heard]):  # its state goes on: there are no parts
            return play_lstm(layers, dense, constant, heard)[len(silence) :]

    return play


@dataclass(frozen=True)
class Convolution:
    """A convolution in time that does not look ahead.

    Attributes
    ----------
    kernel : np.ndarray, shape (outputs, inputs, taps), float32
    bias : np.ndarray, shape (outputs,), or None
    dilation : int
    """

    kernel: np.ndarray
    bias: np.ndarray | None = None
    dilation: int = 1

    @property
    def before(self):
        """Samples that it hears before each one."""
        return (self.kernel.shape[2] - 1) * self.dilation

    def __call__(self, x):
        """Of (inputs, n) the (outputs, n - before) that are known."""
        length = x.shape[1] - self.before
        taps = range(self.kernel.shape[2])
        z = sum(self.kernel[:, :, k] @ x[:, k * self.dilation : k * self.dilation + length] for k in taps)
        return z if self.bias is None else z + self.bias[:, None]


@dataclass(frozen=True)
class WaveLayer:
    """One layer: what it adds to its input, and what the head hears of it."""

    conv: Convolution
    mixin: Convolution
    one: Convolution
    activation: Callable
    gate: Callable | None

    def __call__(self, x, condition):
        """Its input's successor and its activation, both shorter by what its convolution hears before a sample."""
        z = self.conv(x)
        z = z + self.mixin(condition[:, condition.shape[1] - z.shape[1] :])
        if self.gate:
            half = len(z) // 2
            a = self.activation(z[:half]) * self.gate(z[half:])
        else:
            a = self.activation(z)
        return x[:, self.conv.before :] + self.one(a), a


@dataclass(frozen=True)
class LayerArray:
    """Layers of the same width, and the convolution that makes of their activations what the next head begins with."""

    rechannel: Convolution
    layers: list
    head: Convolution

    @property
    def before(self):
        """Samples that it hears before each one."""
        return sum(layer.conv.before for layer in self.layers) + self.head.before

    def __call__(self, x, condition, head):
        """The layers' output and the head's; shorter, each by what it takes to know it."""
        x, parts = self.rechannel(x), []
        for layer in self.layers:
            x, a = layer(x, condition)
            parts.append(a)
        length = x.shape[1]
        heard = sum(part[:, part.shape[1] - length :] for part in parts)
        if head is not None:
            heard = heard + head[:, head.shape[1] - length :]
        return x, self.head(heard)


@dataclass(frozen=True)
class WaveNet:
    """Arrays of layers, one after the other, and a factor for what comes out."""

    arrays: list
    scale: float

    @classmethod
    def of(cls, config, shelf):
        """From a file's `config`, with weights from its shelf."""
        if (
            config.get("head") is not None
            or config.get("condition_dsp") is not None
            or config.get("in_channels", 1) != 1
        ):
            raise _Refusal("is a WaveNet with a head, a condition or inputs of its own, which is not known here")
        arrays = [_array(each, shelf) for each in config["layers"]]
        return cls(arrays, float(shelf.take(1)[0]))

    @cached_property
    def before(self):
        """Samples that it hears before each one."""
        return sum(array.before for array in self.arrays)

    def play(self, dry, progress=iter):
        """See `Capture.play`."""
        audio = np.concatenate([np.zeros(self.before, np.float32), np.asarray(dry, np.float32)])
        parts = [self._block(audio[at : at + self.before + BLOCK]) for at in progress(range(0, len(dry), BLOCK))]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _block(self, audio):
        condition, x, head = audio[None], audio[None], None
        for array in self.arrays:
            x, head = array(x, condition, head)
        (wet,) = self.scale * head
        return wet.astype(np.float32)


def _array(config, shelf):
    """An array of layers from its configuration."""
    channels, dilations = config["channels"], config["dilations"]
    films = [name for name in config if name.endswith("_film") and config[name] and config[name].get("active", True)]
    for name, is_known in {
        "a condition of several signals": config["condition_size"] == 1,
        "a bottleneck": config.get("bottleneck", channels) == channels,
        "groups": config.get("groups_input", 1) == config.get("groups_input_mixin", 1) == 1,
        "FiLM": not films,
        "channels to cut off": not config.get("slimmable"),
        "head1x1": not (config.get("head1x1") or {}).get("active", False),
        "layer1x1 switched off or in groups": (config.get("layer1x1") or {"active": True, "groups": 1})
        == {"active": True, "groups": 1},
    }.items():
        if not is_known:
            raise _Refusal(f"is a WaveNet with {name}, which is not known here")
    kernels = config.get("kernel_sizes") or [config["kernel_size"]] * len(dilations)
    activations = _each(config["activation"], len(dilations))
    gates = _each(config.get("gating_mode") or ("gated" if config.get("gated") else "none"), len(dilations))
    seconds = _each(config.get("secondary_activation") or "Sigmoid", len(dilations))
    rechannel = Convolution(shelf.take(channels, config["input_size"], 1))
    layers = []
    for taps, dilation, activation, gate, second in zip(kernels, dilations, activations, gates, seconds, strict=True):
        if gate not in ("gated", "none"):
            raise _Refusal(f"is a WaveNet with gating {gate}, which is not known here")
        outputs = channels * (2 if gate == "gated" else 1)
        conv = Convolution(shelf.take(outputs, channels, taps), shelf.take(outputs), dilation)
        mixin = Convolution(shelf.take(outputs, 1, 1))
        one = Convolution(shelf.take(channels, channels, 1), shelf.take(channels))
        layers.append(
            WaveLayer(conv, mixin, one, _activation(activation), _activation(second) if gate == "gated" else None)
        )
    head = config.get("head") or {"out_channels": config["head_size"], "kernel_size": 1, "bias": config["head_bias"]}
    kernel = shelf.take(head["out_channels"], channels, head["kernel_size"])
    bias = shelf.take(head["out_channels"]) if head["bias"] else None
    return LayerArray(rechannel, layers, Convolution(kernel, bias, head.get("head_dilation", 1)))


def _each(value, count):
    """A setting for each layer, which may be said once for all."""
    return value if isinstance(value, list) else [value] * count


def _activation(config):
    options = {"type": config} if isinstance(config, str) else config or {"type": "Sigmoid"}
    if options["type"] not in ACTIVATIONS:
        raise _Refusal(f"is a WaveNet with the activation {options['type']}, which is not known here")
    return ACTIVATIONS[options["type"]](options)


def _leaky(z, slope):
    return np.where(z > 0, z, slope * z)
