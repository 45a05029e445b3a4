"""The exploring notebook's panel: choose models and a riff, look at what they predict, listen to it."""

import asyncio
from functools import partial

import ipywidgets as widgets
from tqdm.notebook import tqdm

from ultragain.apps.choice import ModelChoice
from ultragain.apps.figures import DASHES, DRY_DASHES, Block, tint, zoomed
from ultragain.apps.listening import Player
from ultragain.apps.own import OwnFile
from ultragain.apps.page import Entry, in_turn, legend, line, panel, picture, row, unheard
from ultragain.apps.playing import Playing
from ultragain.apps.zoom import Zoom
from ultragain.book.kit.players import Clip
from ultragain.files import project_root
from ultragain.grid import model_name
from ultragain.metrics import esr
from ultragain.style import CYCLE, DRY, WET
from ultragain.words import listed, percent

MOST = len(DASHES)  # models that can be told apart in a picture
HERE, WHOLE = "ESR here", "ESR in the riff"  # the legend's columns
BAR = "{desc}: {percentage:.0f} %|{bar}|{remaining} left"


class Explorer:
    """Widgets over an experiment's results; display `panel`.

    Parameters
    ----------
    results : Results

    Attributes
    ----------
    panel : ipywidgets.VBox
    choice : ModelChoice
        The models; the first `MOST` of those that are chosen are shown.
    riff : ipywidgets.Dropdown
        A test riff or an own file, by its key in `playing`.
    own : OwnFile
    zoom : Zoom
    status, picture : ipywidgets.HTML
    player : Player
    playing : Playing
    """

    def __init__(self, results):
        self.results, self.rate = results, results.experiment.sample_rate
        self.playing = Playing(results, project_root())
        self.choice = ModelChoice(results, self.choose)
        self.riff = widgets.Dropdown(
            description="riff", options=[(each, each) for each in results.experiment.test_riffs]
        )
        self.own = OwnFile(self.rate, self.add)
        self.zoom = Zoom(self.draw)
        self.status, self.picture = widgets.HTML(), widgets.HTML()
        self.work = widgets.VBox()  # a progress bar while a model plays
        self.player = Player()
        self._wanted, self._plays, self._task = None, False, None  # key and runs; whether one of them plays
        self.riff.observe(self.choose, "value")
        self.panel = panel(
            row(*self.choice.filters.values(), self.choice.order),
            row(
                self.choice.models,
                widgets.VBox(
                    [self.riff, self.own.button, self.own.said, self.zoom.moment, self.zoom.length],
                    layout=widgets.Layout(max_width="23rem"),
                ),
            ),
            self.status,
            self.work,
            self.picture,
            self.player.box,
        )
        self.choose()

    @in_turn
    def add(self, name, samples):
        """Have an own file among the riffs, and choose it."""
        key = self.playing.add(samples)
        riffs = [option for option in self.riff.options if option[1] != key]
        with unheard(self.choose, self.riff):
            self.riff.options = [*riffs, (f"your own: {name}", key)]
            self.riff.value = key
        self.choose()

    @in_turn
    def choose(self, change=None):
        """Show what is chosen, and have predicted what was not predicted yet; without a model, what was shown stays."""
        key, chosen = self.riff.value, self.choice.chosen
        if not chosen:
            fits = "Choose one or more models above." if self.choice.models.options else "No model fits the filters."
            self.status.value = line(fits)
            return
        self.status.value = line(f"The first {MOST} of them are shown." if len(chosen) > MOST else "")
        self._wanted = (key, chosen[:MOST])
        dry, _ = self.playing.signals(key, self._gain(chosen[0]))
        self.zoom.fit(self.playing.start(key), len(dry) / self.rate)
        self._show()
        if not self._plays and self._next():
            self._task = in_background(self._predict())

    def shown(self):
        """The chosen models by gain, and the signals that are known of each, in the order of the list.

        Returns
        -------
        dict of str to (np.ndarray, np.ndarray or None, dict of str to np.ndarray)
            Dry, wet and, by run, predicted, all as long as the shortest.
        """
        key, runs = self._wanted
        gains = [gain for gain in self.results.experiment.gain_labels if gain in map(self._gain, runs)]
        found = {gain: (*self.playing.signals(key, gain), {}) for gain in gains}
        for run in runs:
            if (predicted := self.playing.predicted(key, run)) is not None:
                found[self._gain(run)][2][run] = predicted
        short = slice(min(len(dry) for dry, _, _ in found.values()))
        return {
            gain: (
                dry[short],
                None if wet is None else wet[short],
                {run: each[short] for run, each in predicted.items()},
            )
            for gain, (dry, wet, predicted) in found.items()
        }

    @in_turn
    def draw(self, change=None):
        """Draw the part that the sliders choose."""
        key, shown, gains = self._wanted[0], self.shown(), self.results.experiment.gain_labels
        first, *_ = next(iter(shown.values()))
        start, part = self.playing.start(key), self.zoom.part(len(first), self.rate)
        blocks, entries, columns = [], [Entry(DRY, DRY_DASHES, 1, "dry")], ()
        if not self.playing.is_own(key):
            entries.append(Entry(WET, (), 1.5, "wet"))
            columns = (HERE, WHOLE)
        for gain, (dry, wet, predicted) in shown.items():
            color = CYCLE[gains.index(gain) % len(CYCLE)]
            blocks.append(Block(f"gain {gain}", color, dry, wet, list(predicted.values())))
            for number, (run, samples) in enumerate(predicted.items()):
                errors = {} if wet is None else {HERE: part_esr(wet[part], samples[part]), WHOLE: self._esr(run, key)}
                name = model_name(self.results.models.loc[run])
                entries.append(Entry(tint(color, number), DASHES[number], 1.2, name, errors))
        begin, end = (start + sample / self.rate for sample in (part.start, part.stop))
        text = (
            f"{self.riff.label} from {begin:.3f} to {end:.3f} s, {listed(block.title for block in blocks)}: "
            "waveforms, errors and spectra of the signals below"
        )
        self.picture.value = picture(zoomed(blocks, part, start, self.rate), text) + legend(entries, columns)

    def offer(self):
        """Put what is known of what is chosen into the player; the blind test is about the first gain's models."""
        shown, labels, key = self.shown(), self._labels(), self._wanted[0]
        dry, *_ = next(iter(shown.values()))
        clips, blind = [Clip("dry", dry)], []
        for gain, (_, wet, predicted) in shown.items():
            place = f"gain {gain}, " if len(shown) > 1 else ""
            heard = [] if wet is None else [Clip(f"{place}wet", wet)]
            for run, samples in predicted.items():
                note = "" if wet is None else f"ESR {self._esr(run, key)}"
                heard.append(Clip(place + labels[run], samples, note))
            if not blind and wet is not None:
                blind = list(range(len(clips), len(clips) + len(heard)))
            clips += heard
        self.player.offer(self.riff.label, clips, self.rate, blind)

    async def _predict(self):
        """Have models play, one after the other, until nothing is missing; show each as soon as it has."""
        try:
            while wanted := self._next():
                try:
                    await asyncio.to_thread(self.playing.predict, *wanted, partial(self._watched, *wanted))
                except _NotWanted:
                    continue
                self._show()
        except BaseException:
            self._plays = False
            raise

    @in_turn
    def _next(self):
        """What is chosen and not predicted yet: key and run; None, and nothing plays any more, if there is nothing."""
        key, runs = self._wanted
        missing = [run for run in runs if self.playing.predicted(key, run) is None]
        self._plays = bool(missing)
        if missing:
            return key, missing[0]
        self.work.children = ()
        return None

    @in_turn
    def _show(self):
        self.draw()
        self.offer()

    def _watched(self, key, run, parts):
        """Parts of a signal, with a progress bar in the panel; raises when it is not wanted any more."""
        runs = self._wanted[1]
        name = f"model {runs.index(run) + 1} of {len(runs)} plays" if run in runs else ""
        bar = tqdm(parts, desc=name, display=False, bar_format=BAR)
        self.work.children = (bar.container,)
        for part in bar:
            wanted, runs = self._wanted
            if key != wanted or run not in runs:
                raise _NotWanted
            yield part

    def _gain(self, run):
        return self.results.models.loc[run, "gain"]

    def _labels(self):
        """What tells the chosen models of one gain apart, by run."""
        _, runs = self._wanted
        chosen = self.results.models.loc[runs]
        varied = [each.name for each in self.results.experiment.dimensions]
        alike = [name for name in varied if name == "gain" or len(runs) > 1 and chosen[name].nunique() == 1]
        if len(alike) == len(varied):  # they differ in their gain alone
            alike = ["gain"]
        return {run: model_name(model, without=alike) for run, model in chosen.iterrows()}

    def _esr(self, run, riff):
        scores = self.results.scores
        return percent(scores.loc[(scores["run"] == run) & (scores["riff"] == riff), "esr"].iloc[0])


class _NotWanted(Exception):
    """Something else was chosen meanwhile."""


def part_esr(wet, predicted):
    """The ESR of a part; a silent one has none."""
    return percent(esr(wet, predicted)) if wet.any() else "silent"


def in_background(work):
    """Have a coroutine run while the notebook goes on; where there is no event loop, wait for its end.

    Parameters
    ----------
    work : coroutine

    Returns
    -------
    asyncio.Task or None
    """
    try:
        return asyncio.get_running_loop().create_task(work)
    except RuntimeError:
        asyncio.run(work)
