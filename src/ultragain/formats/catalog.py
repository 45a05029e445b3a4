"""The formats that models are exported in: who plays them, what they take, and how they are written."""

from collections.abc import Callable
from dataclasses import dataclass

from ultragain.formats.keras import to_keras
from ultragain.formats.nam import as_played, to_nam
from ultragain.formats.network import LSTM, WAVENET
from ultragain.formats.onnx import to_onnx
from ultragain.formats.rtneural import limits, to_rtneural


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes
    ----------
    name : str
        On the command line.
    suffix : str
        Of its files.
    players : str
        Who plays them, for prose.
    kinds : tuple of str
        Kinds of network that it can hold.
    content : callable
        Network -> str or bytes, the file's content.
    limits : callable
        Network -> list of str: what its players cannot do with it.
    approximation : callable or None
        (network, dry) -> wet as players compute it, or None for a network that they compute exactly. None where they
        do so always.
    """

    name: str
    suffix: str
    players: str
    kinds: tuple[str, ...]
    content: Callable
    limits: Callable = lambda network: []
    approximation: Callable | None = None


FORMATS = {
    each.name: each
    for each in (
        Format("nam", ".nam", "Neural Amp Modeler and its relatives", (LSTM, WAVENET), to_nam, approximation=as_played),
        Format("rtneural", ".json", "AIDA-X and other programs on RTNeural", (LSTM,), to_rtneural, limits),
        Format("onnx", ".onnx", "onnxruntime and other programs on ONNX", (LSTM, WAVENET), to_onnx),
        Format("keras", ".keras", "Keras", (LSTM, WAVENET), to_keras),
    )
}
