"""The exploring notebook's panel: choose runs and a riff, look at them, listen to them."""

import ipywidgets as widgets
from IPython.display import Audio, display

from ultragain.book.kit.signals import overlays
from ultragain.evaluation.passages import scored_signals
from ultragain.grid import model_name
from ultragain.metrics import esr


class Explorer:
    """Widgets over an experiment's results; display `panel`.

    Parameters
    ----------
    results : Results

    Attributes
    ----------
    panel : ipywidgets.VBox
    runs : ipywidgets.SelectMultiple
        The models, best first; any number of them can be chosen.
    riff : ipywidgets.Dropdown
    start, length : ipywidgets.FloatSlider
        Which piece of the scored passage is drawn, in milliseconds.
    """

    def __init__(self, results):
        self.results = results
        models = results.models.sort_values("esr")
        self.runs = widgets.SelectMultiple(
            options=[(_name(model), run) for run, model in models.iterrows()],
            value=[models.index[0]],
            rows=8,
            layout=widgets.Layout(width="34em", max_width="100%"),
        )
        self.riff = widgets.Dropdown(options=list(results.experiment.test_riffs), description="riff")
        self.start = widgets.FloatSlider(description="start (ms)", min=0, max=1, step=1, readout_format=".0f")
        self.length = widgets.FloatSlider(
            value=20, description="length (ms)", min=2, max=200, step=1, readout_format=".0f"
        )
        self.picture, self.players = widgets.Output(), widgets.Output()
        for choice in (self.runs, self.riff):
            choice.observe(self.choose, "value")
        for slider in (self.start, self.length):
            slider.observe(self.draw, "value")
            slider.continuous_update = False
        sliders = widgets.VBox([self.riff, self.start, self.length])
        self.panel = widgets.VBox(
            [
                widgets.HBox([self.runs, sliders], layout=widgets.Layout(flex_flow="row wrap")),
                self.picture,
                self.players,
            ]
        )
        self.choose()

    def selected(self):
        """The chosen runs' rows of `results.scores` for the chosen riff, best first."""
        scores = self.results.scores
        chosen = scores[(scores["riff"] == self.riff.value) & scores["run"].isin(self.runs.value)]
        return [row for _, row in chosen.sort_values("esr").iterrows()]

    def choose(self, change=None):
        """Load what is chosen: new players, and a picture."""
        rows = self.selected()
        if rows:
            self.start.max = max(1.0, 1000 * rows[0]["seconds"] - self.length.value)
        self.players.clear_output()
        with self.players:
            for row in rows:
                for label, samples in zip(("dry", "wet", "predicted"), scored_signals(self.results, row), strict=True):
                    print(f"{label}: {_name(row)}" if label == "predicted" else label)
                    display(Audio(samples, rate=self.results.experiment.sample_rate, normalize=False))
        self.draw()

    def draw(self, change=None):
        """Draw the piece that the sliders choose, one panel a run."""
        rate = self.results.experiment.sample_rate
        begin = round(self.start.value / 1000 * rate)
        part = slice(begin, begin + max(2, round(self.length.value / 1000 * rate)))
        passages = []
        for row in self.selected():
            dry, wet, model = (samples[part] for samples in scored_signals(self.results, row))
            here = f"here {100 * esr(wet, model):.1f} %" if wet.any() else "silent here"
            passages.append((f"{_name(row)}; {here}", row["start"] + self.start.value / 1000, dry, wet, model))
        self.picture.clear_output(wait=True)
        with self.picture:
            if passages:
                display(overlays(passages, rate))
            else:
                print("choose one or more models above")


def _name(row):
    """A model and its ESR in a line; `row` has the dimensions of the grid and `esr`."""
    return f"{model_name(row)}: ESR {100 * row['esr']:.1f} %"
