"""What the best model at each gain played, taken apart as several chapters quote it."""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from ultragain.evaluation.anatomy.attacks import by_time_since_attack, find_attacks
from ultragain.evaluation.anatomy.bands import by_band
from ultragain.evaluation.anatomy.levels import HISTORY_SECONDS
from ultragain.evaluation.passages import scored_signals, unpredicted_samples
from ultragain.evaluation.results import Results
from ultragain.evaluation.statistics import best_median_worst, levels
from ultragain.grid import model_name
from ultragain.words import hertz, listed, percent

EARLY_SECONDS = 0.05  # after an attack, for a sentence
LOW_HERTZ = 160  # for a sentence


@dataclass(frozen=True)
class Played:
    """What the best model at one gain played.

    Attributes
    ----------
    model : pd.Series
        Its row of `Results.models`.
    riffs : dict of str to (dry, wet, predicted)
        np.ndarray of shape (n_samples,) each.
    unpredicted : int
        Samples at the beginning of each that are not scored.
    """

    model: pd.Series
    riffs: dict
    unpredicted: int

    @property
    def signals(self):
        """Those of all riffs, list of (dry, wet, predicted)."""
        return list(self.riffs.values())


@dataclass(frozen=True)
class Anatomy:
    """The best model at each gain.

    Attributes
    ----------
    results : Results
    played : dict of str to Played
        By gain; without gains that have no model.
    """

    results: Results
    played: dict

    @property
    def rate(self):
        """In Hz."""
        return self.results.experiment.sample_rate

    def tables(self, function):
        """`function` of each gain's signals and unpredicted samples, by gain."""
        return {gain: function(each.signals, unpredicted=each.unpredicted) for gain, each in self.played.items()}


def best_models(results):
    """The best model at each gain, and what it played.

    Parameters
    ----------
    results : Results

    Returns
    -------
    Anatomy
    """
    played = {}
    for gain in levels(results.models, "gain", results.experiment.gain_labels):
        if chosen := best_median_worst(results.models[results.models["gain"] == gain]):
            run = chosen["best"]
            rows = results.scores[results.scores["run"] == run].set_index("riff", drop=False)
            riffs = {riff: scored_signals(results, row) for riff, row in rows.iterrows()}
            played[gain] = Played(results.models.loc[run], riffs, unpredicted_samples(results, run))
    return Anatomy(results, played)


def anatomy_facts(anatomy):
    """Where the error is, in sentences."""
    attacks, bands = since_attack(anatomy), by_frequency(anatomy)
    return {
        "best_models": listed(
            f"{gain}: {model_name(each.model, ['gain'])} ({percent(each.model['esr'])})"
            for gain, each in anatomy.played.items()
        ),
        "early_ms": f"{1000 * EARLY_SECONDS:g} ms",
        "early": _held(attacks, EARLY_SECONDS, "time_share", "of the time"),
        "low_hertz": hertz(LOW_HERTZ),
        "low_ms": f"{1000 / LOW_HERTZ:.1f} ms",
        "low": _held(bands, LOW_HERTZ, "signal_share", "of the wet energy"),
        "history_ms": f"{1000 * HISTORY_SECONDS:g} ms",
    }


def _held(tables, high, of, noun):
    """How much of the error the groups below a bound hold at each gain, and of what else."""
    parts = {gain: frame[frame.index.right <= high] for gain, frame in tables.items()}
    return listed(
        f"{100 * part['error_share'].sum():.0f} % of the error at gain {gain} ({100 * part[of].sum():.0f} % {noun})"
        for gain, part in parts.items()
    )


def since_attack(anatomy):
    """Error by the time since the last attack, a table a gain."""
    first = next(iter(anatomy.played.values())).riffs  # the dry signal is the same at every gain
    found = [find_attacks(dry, anatomy.rate) for dry, _, _ in first.values()]
    return anatomy.tables(partial(by_time_since_attack, attacks=found, sample_rate=anatomy.rate))


def by_frequency(anatomy):
    """Error by octave, a table a gain."""
    return anatomy.tables(partial(by_band, sample_rate=anatomy.rate))
