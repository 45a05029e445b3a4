"""A network as other programs' files hold it: what kind it is, its weights, and what is told about it."""

from dataclasses import asdict, dataclass

import numpy as np

LSTM, WAVENET = "LSTM", "WaveNet"


@dataclass(frozen=True)
class About:
    """What a file tells of its network.

    Attributes
    ----------
    name : str
        For a player's list.
    device : str
        What it models, in words.
    settings : dict of str to value
        The device's gain and its knob, and all that the training was told.
    esr : dict of str to float
        ESR of each test riff; empty where it was not measured.
    trained : str
        When, as ISO 8601.
    run : str
        Id of the run.
    loudness : float or None
        RMS of the device's test riffs, in dB of full scale.
    input_dbu, output_dbu : float or None
        Level of a sine that peaks at full scale, at the device's input and output; None where nobody knows.
    """

    name: str
    device: str
    settings: dict
    esr: dict
    trained: str
    run: str
    loudness: float | None = None
    input_dbu: float | None = None
    output_dbu: float | None = None

    @property
    def mean_esr(self):
        """Mean ESR over the riffs, None where it was not measured."""
        return float(np.mean(list(self.esr.values()))) if self.esr else None

    @property
    def more(self):
        """What no player reads and a person may want to, a JSON-able dict."""
        return {"device": self.device, "run": self.run, "settings": self.settings, "esr": self.esr}


@dataclass(frozen=True)
class Network:
    """A network that plays on its own: no window, no knob.

    Attributes
    ----------
    kind : {'LSTM', 'WaveNet'}
    weights : list of np.ndarray
        In Keras's order: of an LSTM kernel (1, 4 units), recurrent kernel (units, 4 units), bias (4 units,), dense
        kernel (units, 1) and bias (1,); of a WaveNet see `ultragain.engine.wavenet.layout.to_keras`.
    sample_rate : int
        In Hz.
    about : About
    """

    kind: str
    weights: list
    sample_rate: int
    about: About

    @property
    def units(self):
        """Of an LSTM."""
        return len(self.weights[1])

    @property
    def told(self):
        """All that is told, a JSON-able dict, for formats that have no fields of their own for it."""
        return {"sample_rate": self.sample_rate, **asdict(self.about)}
