"""A panel of the virtual devices: turn knobs, look at what comes out, listen to it."""

import html
import io
import time
from functools import cache

import ipywidgets as widgets
import numpy as np
import soundfile

from ultragain import audio
from ultragain.book.kit.axes import frequency_axis
from ultragain.circuits import solver
from ultragain.circuits.catalog import CIRCUITS
from ultragain.errors import UltraGainError
from ultragain.guitar.library import TEST_RIFFS
from ultragain.guitar.spectrum import third_octaves
from ultragain.guitar.strings import render
from ultragain.recording import virtual
from ultragain.style import DRY, WET, panels

SAMPLE_RATE = 44_100
SECONDS = 3.0  # of a riff
OVERSAMPLING = 4  # half of what recordings use: an answer within a second
SHOWN_SECONDS = 0.02
LISTENING_DBFS = -20.0  # RMS
QUIETEST_DBFS = -60.0  # RMS; below it nothing is levelled: with the volume at 0 there is nothing to hear
DOTS_PER_INCH = 130  # a picture in the book's 200 takes twice as long


class AmpExplorer:
    """Widgets over the virtual devices; display `panel`. Needs neither recordings nor runs.

    Attributes
    ----------
    panel : ipywidgets.VBox
    device, riff : ipywidgets widgets
        What plays what.
    controls : dict of str to dict of str to ipywidgets widget
        By circuit and control, set to the circuit's defaults, the gain in the middle.
    moment : ipywidgets.FloatSlider
        Second of the riff at which the drawn 20 ms begin.
    levelled : ipywidgets.Checkbox
        Whether the wet player is brought to `LISTENING_DBFS`.
    dry, wet : np.ndarray, shape (n_samples,)
        At `SAMPLE_RATE`; 1.0 is 1 V at the input, the circuit's full scale at the output.
    seconds : float
        How long the last answer took, from the turn of a knob to the finished picture.
    """

    def __init__(self):
        kinds = [(circuit.kind, name) for name, circuit in CIRCUITS.items()]
        self.device = widgets.ToggleButtons(options=kinds, description="device")
        self.riff = widgets.Dropdown(options=list(TEST_RIFFS), description="riff")
        self.controls = {name: _widgets_for(circuit) for name, circuit in CIRCUITS.items()}
        self.moment = widgets.FloatSlider(
            value=1.0, min=0, max=SECONDS - SHOWN_SECONDS, step=0.01, description="look at (s)", continuous_update=False
        )
        self.levelled = widgets.Checkbox(description="level for listening", value=False)
        self.picture = widgets.Image(format="png", layout=widgets.Layout(max_width="100%"))
        self.dry_player, self.wet_player = (widgets.Audio(format="wav", autoplay=False, loop=False) for _ in range(2))
        self.dry_label, self.wet_label, self.status = (widgets.HTML() for _ in range(3))
        self.dry = self.wet = None
        self.seconds = float("nan")

        for widget in (self.device, self.riff, *(w for group in self.controls.values() for w in group.values())):
            widget.observe(self.play, "value")
        self.moment.observe(self.draw, "value")
        self.levelled.observe(self.offer, "value")
        row = widgets.Layout(flex_flow="row wrap")
        self._knobs = widgets.Box(layout=row)
        players = [self.dry_label, self.dry_player], [self.wet_label, self.wet_player]
        self.panel = widgets.VBox(
            [
                widgets.Box([self.device, self.riff], layout=row),
                self._knobs,
                self.status,
                widgets.Box([widgets.VBox(pair) for pair in players], layout=row),
                self.levelled,
                self.moment,
                self.picture,
            ]
        )
        self.play()

    def netlist(self):
        """The chosen device as its knobs stand.

        Returns
        -------
        Netlist
        """
        circuit = CIRCUITS[self.device.value]
        return circuit.netlist(**{name: widget.value for name, widget in self.controls[circuit.name].items()})

    def play(self, change=None):
        """Play the riff through the device; offer and draw the result."""
        started = time.perf_counter()
        self._knobs.children = list(self.controls[self.device.value].values())
        dry = dry_riff(self.riff.value)
        try:
            volts = solver.amplify(self.netlist(), dry, SAMPLE_RATE, OVERSAMPLING)
        except UltraGainError as error:
            self.status.value = html.escape(str(error))
            return
        self.dry, self.wet = dry, volts / self._full_scale()
        self.offer()
        self.draw()
        self.seconds = time.perf_counter() - started
        self.status.value = (
            f"Preview at {OVERSAMPLING}x, in {self.seconds:.2f} s; recordings use {virtual.OVERSAMPLING}x, with hiss "
            "and hum."
        )

    def offer(self, change=None):
        """Put the signals into the players."""
        heard, label = self.wet, f"wet, 0 dBFS is {self._full_scale():g} V"
        lift_db = LISTENING_DBFS - audio.rms_dbfs(self.wet)
        if self.levelled.value and lift_db < LISTENING_DBFS - QUIETEST_DBFS:
            heard, label = 10 ** (lift_db / 20) * self.wet, f"wet, {lift_db:+.1f} dB for listening"
        clipped = np.abs(heard).max() > 1
        self.dry_label.value = "dry, 0 dBFS is 1 V"
        self.wet_label.value = f"{label}; beyond full scale: clipped" if clipped else label
        self.dry_player.value, self.wet_player.value = _wav(self.dry), _wav(heard)

    def draw(self, change=None):
        """Draw the chosen moment, and the spectra of the whole."""
        begin = round(self.moment.value * SAMPLE_RATE)
        part = slice(begin, begin + round(SHOWN_SECONDS * SAMPLE_RATE))
        figure = dry_and_wet(self.dry, self.wet, part, SAMPLE_RATE)
        picture = io.BytesIO()
        figure.savefig(picture, dpi=DOTS_PER_INCH)
        self.picture.value = picture.getvalue()

    def _full_scale(self):
        return CIRCUITS[self.device.value].full_scale_volts


@cache
def dry_riff(name):
    """The beginning of a test riff as the virtual guitar plays it.

    Parameters
    ----------
    name : str
        One of `ultragain.guitar.library.TEST_RIFFS`.

    Returns
    -------
    np.ndarray, shape (SECONDS * SAMPLE_RATE,)
        1.0 is 1 V at the input jack.
    """
    return render(TEST_RIFFS[name], SAMPLE_RATE, np.random.default_rng(0))[: round(SECONDS * SAMPLE_RATE)]


def dry_and_wet(dry, wet, part, sample_rate):
    """A moment of two signals, and the spectra of the whole of them.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)
    part : slice
        The samples of the moment.
    sample_rate : int
        In Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    milliseconds = 1000 * np.arange(len(dry[part])) / sample_rate
    with panels(2, 1, 4.8) as (figure, axes):
        moment, spectrum = axes[:, 0]
        for samples, label, color, style in ((dry, "dry", DRY, "--"), (wet, "wet", WET, "-")):
            moment.plot(milliseconds, samples[part], color=color, linestyle=style, label=label)
            spectrum.plot(*third_octaves(samples, sample_rate), color=color, linestyle=style, label=label)
        moment.margins(x=0)
        moment.set(xlabel=f"time after {part.start / sample_rate:.2f} s (ms)", ylabel="1 = full scale")
        spectrum.set(xlabel="frequency (Hz)", ylabel="dBFS in 1/3 octave")
        frequency_axis(spectrum)
        figure.legend(*moment.get_legend_handles_labels(), loc="outside upper center", ncols=2)
        return figure


def _widgets_for(circuit):
    """A widget for each control of a circuit, at its default."""
    made = {}
    for name, default in circuit.controls.items():
        label = name.replace("_", " ")
        if isinstance(default, bool):
            made[name] = widgets.Checkbox(value=default, description=label)
        elif isinstance(default, str):
            made[name] = widgets.Dropdown(options=circuit.choices[name], value=default, description=label)
        else:
            made[name] = widgets.FloatSlider(
                value=5 if default is None else default,
                min=0,
                max=10,
                step=0.1,
                description=label,
                readout_format=".1f",
                continuous_update=False,
            )
    return made


def _wav(samples):
    """Samples as the bytes of a 16-bit WAV file, clipped at full scale."""
    file = io.BytesIO()
    soundfile.write(file, np.clip(samples, -1, 1), SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()
