"""The part of a signal that is looked at: where its middle is, and how long it is."""

import math

import ipywidgets as widgets

from ultragain.apps.page import unheard

SHORTEST_MS = 2


class Zoom:
    """Two sliders that choose a part of a signal; display `moment` and `length`.

    Parameters
    ----------
    changed : callable
        Called with ipywidgets' description of the change when one of them is moved.

    Attributes
    ----------
    moment : ipywidgets.FloatSlider
        In seconds.
    length : ipywidgets.FloatLogSlider
        In milliseconds.
    """

    def __init__(self, changed):
        layout = widgets.Layout(width="22rem", max_width="100%")
        self.moment = widgets.FloatSlider(
            description="look at (s)", step=0.005, readout_format=".3f", continuous_update=False, layout=layout
        )
        self.length = widgets.FloatLogSlider(
            description="length (ms)",
            value=20,
            min=math.log10(SHORTEST_MS),
            max=4,
            step=0.05,
            readout_format=".3g",
            continuous_update=False,
            layout=layout,
        )
        self._changed, self._signal = changed, None
        for slider in (self.moment, self.length):
            slider.observe(changed, "value")

    def fit(self, start, seconds):
        """Choose from a signal; from the middle of it, if it is another one. Tells nobody.

        Parameters
        ----------
        start, seconds : float
            When it begins, on the clock that `moment` shows, and how long it is.
        """
        if (start, seconds) == self._signal:
            return
        self._signal = (start, seconds)
        with unheard(self._changed, self.moment, self.length):
            # Its beginning may be after the old end. And the page must hear of all three at once, or it moves a value
            # that is outside of the new ends to one of them, and tells us so.
            with self.moment.hold_sync(), self.moment.hold_trait_notifications():
                self.moment.min, self.moment.max, self.moment.value = start, start + seconds, start + seconds / 2
            self.length.max = max(math.log10(1000 * seconds), self.length.min)

    def part(self, n_samples, sample_rate):
        """What is chosen of a signal.

        Parameters
        ----------
        n_samples : int
        sample_rate : int
            In Hz.

        Returns
        -------
        slice
        """
        count = min(n_samples, max(2, round(self.length.value / 1000 * sample_rate)))
        begin = round((self.moment.value - self._signal[0]) * sample_rate - count / 2)
        begin = min(max(begin, 0), n_samples - count)
        return slice(begin, begin + count)
