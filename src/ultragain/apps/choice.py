"""Which models are looked at: filters for the grid's dimensions, an order, and a list to choose from."""

import ipywidgets as widgets

from ultragain.apps.page import unheard
from ultragain.evaluation.statistics import levels
from ultragain.grid import model_name
from ultragain.words import percent

ANY = object()  # a filter's value that all models have; None would be no choice at all


def listed_models(models, wanted, by, gains):
    """The models that fit, in an order.

    Parameters
    ----------
    models : pd.DataFrame
        As `Results.models`.
    wanted : dict
        Value by name of a dimension of the grid; dimensions that are not in it may have any.
    by : str
        "best", "worst" or the name of a dimension, in which the best come first.
    gains : list of str
        Labels of the gains in their order.

    Returns
    -------
    pd.DataFrame
    """
    for name, value in wanted.items():
        models = models[models[name] == value]
    models = models.sort_values("esr", ascending=by != "worst", kind="stable")
    if by in ("best", "worst"):
        return models
    place = {value: number for number, value in enumerate(levels(models, by, gains))}
    return models.sort_values(by, key=lambda values: values.map(place), kind="stable")


class ModelChoice:
    """Widgets to choose models with; display `filters`, `order` and `models`.

    Parameters
    ----------
    results : Results
    changed : callable
        Called with ipywidgets' description of the change when other models are chosen.

    Attributes
    ----------
    filters : dict of str to ipywidgets.Dropdown
        By name of a dimension of the grid.
    order : ipywidgets.Dropdown
    models : ipywidgets.SelectMultiple
        Its values are ids of runs.
    """

    def __init__(self, results, changed):
        self._results, self._changed = results, changed
        models, gains, varied = results.models, results.experiment.gain_labels, results.experiment.dimensions
        self.filters = {
            each.name: _dropdown(
                each.noun, [("all", ANY), *((each.text(value), value) for value in levels(models, each.name, gains))]
            )
            for each in varied
        }
        orders = [
            ("ESR, best first", "best"),
            ("ESR, worst first", "worst"),
            *((each.noun, each.name) for each in varied),
        ]
        self.order = _dropdown("sort by", orders)
        self.models = widgets.SelectMultiple(
            description="models",
            rows=8,
            layout=widgets.Layout(width="36rem", max_width="100%"),
            style={"description_width": "initial"},
        )
        self._fill()
        for widget in (*self.filters.values(), self.order):
            widget.observe(self._refill, "value")
        self.models.observe(changed, "value")

    @property
    def chosen(self):
        """Ids of the chosen runs, in the order of the list."""
        return list(self.models.value)

    def _fill(self):
        """List what fits; what was chosen stays so while it is listed, and where nothing is left, the first is."""
        wanted = {name: widget.value for name, widget in self.filters.items() if widget.value is not ANY}
        gains = self._results.experiment.gain_labels
        found = listed_models(self._results.models, wanted, self.order.value, gains)
        chosen = [run for run in found.index if run in self.models.value] or list(found.index[:1])
        names = [f"{model_name(model)}: ESR {percent(model['esr'])}" for _, model in found.iterrows()]
        self.models.value = ()  # the page cannot choose, for a moment, what is no longer listed
        self.models.options = list(zip(names, found.index, strict=True))
        self.models.value = chosen

    def _refill(self, change):
        before = self.models.value
        with unheard(self._changed, self.models):
            self._fill()
        if self.models.value != before:
            self._changed(change)


def _dropdown(description, options):
    return widgets.Dropdown(
        description=description,
        options=options,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="auto", margin="2px 1rem 2px 2px"),
    )
