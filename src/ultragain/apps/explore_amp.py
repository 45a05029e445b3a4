"""A panel of the virtual devices: turn knobs, look at what comes out, listen to it."""

import time
from functools import cache

import ipywidgets as widgets
import numpy as np

from ultragain import audio
from ultragain.apps.figures import DRY_DASHES, Block, zoomed
from ultragain.apps.listening import Player
from ultragain.apps.own import OwnFile
from ultragain.apps.page import Entry, legend, line, panel, picture, row, unheard
from ultragain.apps.zoom import Zoom
from ultragain.book.kit.players import Clip
from ultragain.circuits import solver
from ultragain.circuits.catalog import CIRCUITS
from ultragain.errors import UltraGainError
from ultragain.guitar.library import TEST_RIFFS
from ultragain.guitar.strings import render
from ultragain.recording import virtual
from ultragain.recording.excerpts import excerpt
from ultragain.style import DRY, WET
from ultragain.words import listed, setting

SAMPLE_RATE = 44_100
SECONDS = 3.0  # of a riff
OVERSAMPLING = 4  # half of what recordings use: an answer within a second


class AmpExplorer:
    """Widgets over the virtual devices; display `panel`. Needs neither recordings nor runs.

    Attributes
    ----------
    panel : ipywidgets.VBox
    device, riff : ipywidgets.Dropdown
        What plays what; an own file is among the riffs, by its number.
    controls : dict of str to dict of str to ipywidgets widget
        By circuit and control, set to the circuit's defaults, the gain in the middle.
    own : OwnFile
    zoom : Zoom
    status, picture : ipywidgets.HTML
    player : Player
    dry, wet : np.ndarray, shape (n_samples,)
        At `SAMPLE_RATE`; 1.0 is 1 V at the input, the circuit's full scale at the output.
    seconds : float
        How long the last answer took, from the turn of a knob to the finished picture.
    """

    def __init__(self):
        kinds = [(circuit.kind, name) for name, circuit in CIRCUITS.items()]
        self.device = widgets.Dropdown(options=kinds, description="device")
        self.riff = widgets.Dropdown(options=[(name, name) for name in TEST_RIFFS], description="riff")
        self.controls = {name: _widgets_for(circuit) for name, circuit in CIRCUITS.items()}
        self.own = OwnFile(SAMPLE_RATE, self.add)
        self.zoom = Zoom(self.draw)
        self.status, self.picture = widgets.HTML(), widgets.HTML()
        self.player = Player()
        self._files = []

        for widget in (self.device, self.riff, *(w for group in self.controls.values() for w in group.values())):
            widget.observe(self.play, "value")
        self._knobs = row()
        self.panel = panel(
            row(self.device, self.riff, self.own.button),
            self.own.said,
            self._knobs,
            self.status,
            row(self.zoom.moment, self.zoom.length),
            self.picture,
            self.player.box,
        )
        self.play()

    def netlist(self):
        """The chosen device as its knobs stand.

        Returns
        -------
        Netlist
        """
        circuit = self._circuit()
        return circuit.netlist(**{name: widget.value for name, widget in self.controls[circuit.name].items()})

    def add(self, name, samples):
        """Have a passage of an own file among the riffs, and play it."""
        self._files.append(samples[excerpt(samples, SECONDS, SAMPLE_RATE)])
        number = len(self._files) - 1
        with unheard(self.play, self.riff):
            self.riff.options = [*self.riff.options, (f"your own: {name}", number)]
            self.riff.value = number
        self.play()

    def play(self, change=None):
        """Play the riff through the device; offer and draw the result."""
        started = time.perf_counter()
        self._knobs.children = list(self.controls[self.device.value].values())
        chosen = self.riff.value
        dry = dry_riff(chosen) if isinstance(chosen, str) else self._files[chosen]
        try:
            volts = solver.amplify(self.netlist(), dry, SAMPLE_RATE, OVERSAMPLING)
        except UltraGainError as error:
            self.status.value = line(f"{error}")
            return
        self.dry, self.wet = dry, volts / self._circuit().full_scale_volts
        self.zoom.fit(0.0, len(dry) / SAMPLE_RATE)
        self.draw()
        self.player.offer(self._title(), [Clip("dry", self.dry), Clip("wet", self.wet)], SAMPLE_RATE)
        self.seconds = time.perf_counter() - started
        self.status.value = line(
            f"Preview at {OVERSAMPLING}x, in {self.seconds:.2f} s; recordings use {virtual.OVERSAMPLING}x, with hiss "
            f"and hum. {self._level()}"
        )

    def draw(self, change=None):
        """Draw the part that the sliders choose."""
        part = self.zoom.part(len(self.dry), SAMPLE_RATE)
        begin, end = (sample / SAMPLE_RATE for sample in (part.start, part.stop))
        block = Block(self._circuit().kind, WET, self.dry, self.wet)
        knobs = listed(f"{each.description} {setting(each.value)}" for each in self._knobs.children)
        text = f"{self._title()} from {begin:.3f} to {end:.3f} s: waveforms and spectra of dry and wet. {knobs}."
        lines = legend([Entry(DRY, DRY_DASHES, 1, "dry"), Entry(WET, (), 1.5, "wet")])
        self.picture.value = picture(zoomed([block], part, 0.0, SAMPLE_RATE), text) + lines

    def _circuit(self):
        return CIRCUITS[self.device.value]

    def _title(self):
        return f"{self.riff.label}, {self._circuit().kind}"

    def _level(self):
        peak, volts = audio.peak_dbfs(self.wet), self._circuit().full_scale_volts
        clipped = ": beyond full scale, clipped in the player" if peak > 0 else ""
        return f"Wet peaks at {peak:.1f} dBFS, 0 dBFS is {volts:g} V{clipped}."


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
