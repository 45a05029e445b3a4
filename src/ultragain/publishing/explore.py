"""The exploring notebook's panel: choose a run and a riff, look at it, listen to it."""

import ipywidgets as widgets
from IPython.display import Audio, display

from ultragain.evaluation.results import GRID
from ultragain.evaluation.statistics import levels
from ultragain.metrics import esr
from ultragain.publishing.excerpts import scored_signals
from ultragain.publishing.signals import overlays


class Explorer:
    """Widgets over an experiment's results; display `panel`.

    Parameters
    ----------
    results : Results

    Attributes
    ----------
    panel : ipywidgets.VBox
    """

    def __init__(self, results):
        self.results = results
        models = results.models
        self.choices = {
            factor: widgets.Dropdown(
                options=[(f"{value:g}" if not isinstance(value, str) else value, value)
                         for value in levels(models, factor, results.experiment.gain_labels)],
                description=factor.replace("_", " "),
            )
            for factor in GRID
        }  # fmt: skip
        self.choices["riff"] = widgets.Dropdown(options=list(results.experiment.test_riffs), description="riff")
        self.start = widgets.FloatSlider(description="start (ms)", min=0, max=1, step=1, readout_format=".0f")
        self.length = widgets.FloatSlider(value=20, description="length (ms)", min=2, max=200, step=1, readout_format=".0f")
        self.picture, self.players = widgets.Output(), widgets.Output()
        for choice in self.choices.values():
            choice.observe(self.choose, "value")
        for slider in (self.start, self.length):
            slider.observe(self.draw, "value")
            slider.continuous_update = False
        self.panel = widgets.VBox([
            widgets.HBox(list(self.choices.values()), layout=widgets.Layout(flex_flow="row wrap")),
            widgets.HBox([self.start, self.length], layout=widgets.Layout(flex_flow="row wrap")),
            self.picture,
            self.players,
        ])
        self.choose()

    def selected(self):
        """Row of `results.scores` that is chosen, or None where that run is missing."""
        scores = self.results.scores
        chosen = scores
        for name, choice in self.choices.items():
            chosen = chosen[chosen[name] == choice.value]
        return None if chosen.empty else chosen.iloc[0]

    def choose(self, change=None):
        """Load what is chosen: new players, and a picture from the passage's beginning."""
        row = self.selected()
        self.players.clear_output()
        if row is not None:
            self.start.max = max(1.0, 1000 * row["seconds"] - self.length.value)
            with self.players:
                for label, samples in zip(("dry", "wet", "predicted"), scored_signals(self.results, row), strict=True):
                    print(label)
                    display(Audio(samples, rate=self.results.experiment.sample_rate, normalize=False))
        self.draw()

    def draw(self, change=None):
        """Draw the piece that the sliders choose."""
        row = self.selected()
        self.picture.clear_output(wait=True)
        with self.picture:
            if row is None:
                print("this model is not trained yet: choose another, or run `ultragain sweep`")
                return
            rate = self.results.experiment.sample_rate
            begin = round(self.start.value / 1000 * rate)
            part = slice(begin, begin + max(2, round(self.length.value / 1000 * rate)))
            dry, wet, model = (samples[part] for samples in scored_signals(self.results, row))
            here = f"here {100 * esr(wet, model):.1f} %" if len(wet) and wet.any() else "silent here"
            title = f"{row['riff']}, gain {row['gain']}: ESR {100 * row['esr']:.1f} % of the whole passage, {here}"
            display(overlays([(title, row["start"] + self.start.value / 1000, dry, wet, model)], rate))
