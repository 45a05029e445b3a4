"""Which riff models with memory find hardest, and what its dry signal has that the training audio lacks."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ultragain.book.kit.tables import in_two_digits
from ultragain.guitar.likeness import describe, short_levels
from ultragain.guitar.spectrum import third_octaves
from ultragain.words import listed, two_digits

LOUDEST = 0.99  # of the training's pieces are softer than what counts as loud here
#: What a riff is compared by: key, column of a table, and in a sentence.
MEASURES = {
    "rms_dbfs": ("RMS dBFS", "its level"),
    "peak_dbfs": ("peak dBFS", "its peak"),
    "louder": ("louder %", "the time that it is louder than nearly all of the training"),
    "tilt_db_per_octave": ("tilt dB/octave", "the tilt of its spectrum"),
    "spectrum_db": ("spectrum dB", "the distance of its spectrum from the training's"),
    "onsets_per_second": ("onsets/s", "how many notes it has in a second"),
}
LIKELY = 0.05


@dataclass(frozen=True)
class Described:
    """Riffs beside the training audio.

    Attributes
    ----------
    errors : pd.DataFrame
        Mean ESR over all models with memory: a row a riff, a column a gain.
    dry : pd.DataFrame
        A row a riff, and one for the training audio under `training`: the columns of `MEASURES`.
    loud_dbfs : float
        Level that `LOUDEST` of the training's 20-ms pieces do not exceed.
    """

    errors: pd.DataFrame
    dry: pd.DataFrame
    loud_dbfs: float

    @property
    def text(self):
        """Both as a table of text."""
        shown = self.errors.map(in_two_digits).add_prefix("gain ").add_suffix(" %")
        measured = pd.DataFrame(
            {name: self.dry[key].map("{:.1f}".format) for key, (name, _) in MEASURES.items()}, index=self.dry.index
        )
        return shown.reindex(self.dry.index).fillna("").join(measured).rename_axis("riff")


def described(memory):
    """Riffs beside the training audio, as far as there are models.

    Parameters
    ----------
    memory : Memory
        With models, and with its recordings on this machine.

    Returns
    -------
    Described
    """
    order = memory.experiment.test_riffs
    errors = memory.scores.pivot_table(index="riff", columns="gain", values="esr", sort=False)
    errors = errors.reindex(
        index=[riff for riff in order if riff in errors.index], columns=[g for g in memory.gains if g in errors]
    )
    recordings = memory.grids[0].recordings[errors.columns[0]]  # the dry signal is the same at every gain
    dry, loud = measure(
        {riff: recordings.riffs[riff][0] for riff in errors.index},
        [take for take, _ in recordings.train],
        memory.experiment.sample_rate,
    )
    return Described(errors, dry, loud)


def measure(riffs, takes, sample_rate):
    """Dry riffs, and the training audio.

    Parameters
    ----------
    riffs : dict of str to np.ndarray, shape (n_samples,)
    takes : list of np.ndarray, shape (n_samples,)
        Training audio.
    sample_rate : int
        In Hz.

    Returns
    -------
    pd.DataFrame
        A row a riff, then `training`. The columns of `MEASURES`: what `likeness.describe` calls so; louder, the percent
        of 20-ms pieces above the level that `LOUDEST` of the training's do not exceed; spectrum_db, the mean
        difference of the third-octave bands' shares of the power, in dB, weighted by the training's shares.
    float
        That level, in dBFS.
    """
    training = np.concatenate(takes)
    loud = float(np.quantile(short_levels(training, sample_rate), LOUDEST))
    usual = _shares(training, sample_rate)
    rows = {}
    for name, dry in {**riffs, "training": training}.items():
        shares = _shares(dry, sample_rate)
        levels = short_levels(dry, sample_rate)
        apart = np.abs(10 * np.log10((shares + 1e-9) / (usual + 1e-9)))
        rows[name] = describe(dry, sample_rate) | {
            "louder": 100 * float(np.mean(levels > loud)),
            "spectrum_db": float(np.sum(usual * apart)),
        }
    return pd.DataFrame.from_dict(rows, orient="index")[list(MEASURES)], loud


def _shares(samples, sample_rate):
    """Shares of the power in third-octave bands."""
    _, levels = third_octaves(np.asarray(samples, np.float64), sample_rate)  # in dB
    power = 10 ** (levels / 10)
    return power / power.sum()


def riff_facts(memory):
    """The hardest riff, and whether what the riffs are like goes with their ESR.

    Parameters
    ----------
    memory : Memory

    Returns
    -------
    dict of str to str
        riff_hardest, riff_levels, riff_ranks: sentences.
    """
    if memory.models.empty:
        return {"riff_hardest": "", "riff_levels": "", "riff_ranks": ""}
    means = memory.scores.groupby("riff", sort=False)["esr"].mean()
    hardest, easiest = means.idxmax(), means.idxmin()
    facts = {
        "riff_hardest": (
            f"In the mean over all of these models {hardest} is the hardest riff, with {two_digits(means[hardest])}, "
            f"and {easiest} the easiest, with {two_digits(means[easiest])}."
        ),
        "riff_levels": "",
        "riff_ranks": "",
    }
    if memory.is_recorded:
        found = described(memory)
        facts |= {"riff_levels": level_sentence(found.dry, hardest), "riff_ranks": rank_sentence(means, found.dry)}
    return facts


def level_sentence(dry, riff):
    """A riff's levels against the training's and the other riffs'."""
    training, own = dry.loc["training"], dry.loc[riff]
    others = dry.drop(index=["training", riff])
    peak = own["peak_dbfs"] - training["peak_dbfs"]
    told = (
        f"The peak of {riff} is {abs(peak):.1f} dB {'above' if peak > 0 else 'below'} that of the training audio, its "
        f"level {own['rms_dbfs']:.1f} dBFS against {training['rms_dbfs']:.1f} dBFS; it is louder than "
        f"{100 * LOUDEST:g} % of the training's pieces for {own['louder']:.1f} % of its time"
    )
    if others.empty:
        return f"{told}."
    place = int((others["rms_dbfs"] > own["rms_dbfs"]).sum()) + 1
    return (
        f"{told} (the other riffs: {others['louder'].min():.1f} to {others['louder'].max():.1f} %). By level it is "
        f"number {place} of {len(others) + 1}, counted from the loudest."
    )


def rank_sentence(errors, dry):
    """Whether the riffs' order by some measure is that by their ESR.

    Parameters
    ----------
    errors : pd.Series
        By riff.
    dry : pd.DataFrame
        As `measure` returns it.
    """
    dry, told, likely = dry.loc[errors.index], [], []
    if len(errors) < 4:
        return "There are too few riffs to ask what goes with their ESR."
    for key, (_, phrase) in MEASURES.items():
        if dry[key].nunique() > 1:
            found = stats.spearmanr(errors, dry[key], nan_policy="omit")
            told.append(f"{found.statistic:.2f} for {phrase}")
            if found.pvalue < LIKELY / len(MEASURES):
                likely.append(phrase)
    answer = (
        f"So {listed(likely)} {'goes' if len(likely) == 1 else 'go'} with the ESR by more than chance, though a "
        "correlation names no cause."
        if likely
        else "None of these is beyond what chance gives among so many comparisons of so few riffs: levels and "
        "spectra do not explain which riff is hard."
    )
    numbers = listed(told)
    return f"The rank correlation of the riffs' ESR with their dry signal is {numbers} ({len(errors)} riffs). {answer}"
