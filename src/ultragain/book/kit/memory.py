"""What is published of models with memory, as the part *Beyond the window* and the conclusions show it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ultragain.book.kit import glue
from ultragain.evaluation.results import Results
from ultragain.evaluation.statistics import best_median_worst
from ultragain.experiment import Experiment
from ultragain.files import project_root
from ultragain.grid import model_name
from ultragain.models.catalog import FAMILIES
from ultragain.recording.layout import recordings_folder
from ultragain.recording.virtual import missing_takes

PEERS = "data/reference/peers.csv"  # benchmarks/peers.py writes it; data/reference/README.md explains its columns
NAM, DEVICE = "Neural Amp Modeler", "the device itself"  # among its models
CELL = ["gain", "model", "minutes"]  # models that differ in nothing but the seed

MODELS = [*CELL, "family", "seed", "parameters", "steps", "seconds", "mean", "worst", "worst_riff"]
SCORES = ["run", *CELL, "seed", "riff", "esr"]


@dataclass(frozen=True)
class Memory:
    """Published models with memory of one device, and what they are compared with.

    Attributes
    ----------
    experiment : Experiment
        The windowed one on the same device.
    windowed : Results or None
        Of it: the published ones where there are some.
    grids : list of Results
        A family's own seed, then its replicates; then the next family's.
    models : pd.DataFrame
        A row a run, indexed by its id: gain, model (see `label`), minutes, family, seed, parameters (number of
        weights), steps, seconds (of training), and the ESR over the riffs: mean, worst, and the riff of that,
        worst_riff.
    scores : pd.DataFrame
        A row a run and riff: run, gain, model, minutes, seed, riff, esr.
    peers : pd.DataFrame
        Rows of `PEERS` about this device; none where it is not measured.
    is_elsewhere : bool
        Whether the book is about a reader's own recordings, and this about the virtual device all the same.
    """

    experiment: Experiment
    windowed: Results | None
    grids: list
    models: pd.DataFrame
    scores: pd.DataFrame
    peers: pd.DataFrame
    is_elsewhere: bool = False

    @property
    def gains(self):
        """Labels of the gains, in the experiment's order."""
        return self.experiment.gain_labels

    @property
    def source(self):
        """Device, profile and coverage in a phrase: what every claim from these models rests on."""
        own = {}
        for each in self.grids:  # a family's own seed comes before its replicates
            own.setdefault(each.experiment.family, each)
        told = [
            f"{len(each.models)} of {each.expected} models of family {family} at profile {each.experiment.profile}"
            for family, each in own.items()
        ]
        others = len(self.models) - sum(len(each.models) for each in own.values())
        told += [f"{others} with other seeds"] if others else []
        return f"published run, {self.experiment.device.description}: {', '.join(told) or 'no models with memory'}"

    @property
    def is_recorded(self):
        """Whether there are models, and the recordings that they learned from are on this machine."""
        return bool(self.grids) and all(map(is_recorded, self.grids))

    def of(self, run):
        """The Results that a run is in."""
        return next(each for each in self.grids if run in each.models.index)


def open_memory(results=None):
    """What is published of models with memory on the book's device.

    Of a book about a reader's own recordings: on the virtual device of the usual experiment.

    Parameters
    ----------
    results : Results, optional
        The book's, if it is open already.

    Returns
    -------
    Memory
    """
    experiment, windowed = glue.open_beside(results)
    return gather(experiment, windowed, glue.published_memory(experiment.device), peers_of(experiment, project_root()))


def is_recorded(results):
    """Whether the recordings that Results are about are on this machine; of None they are not."""
    if results is None:
        return False
    experiment, root = results.experiment, project_root()
    if not experiment.is_virtual:
        return recordings_folder(experiment, root).is_dir()
    return not missing_takes(experiment, root)


def gather(experiment, windowed, grids, peers):
    """`Memory` of Results.

    Parameters
    ----------
    experiment, windowed, grids, peers
        As in `Memory`.
    """
    parts = [_models(results) for results in grids]
    models = pd.concat([pd.DataFrame(columns=MODELS), *parts]) if parts else pd.DataFrame(columns=MODELS)
    scores = [
        results.scores[["run", "riff", "esr"]].join(models[[*CELL, "seed"]], on="run")[SCORES] for results in grids
    ]
    scores = pd.concat(scores, ignore_index=True) if scores else pd.DataFrame(columns=SCORES)
    return Memory(experiment, windowed, grids, models, scores, peers, glue.has_own_recordings())


def peers_of(experiment, root):
    """Rows of `PEERS` about an experiment's device; none where there is no such file."""
    path = Path(root) / PEERS
    names = ["device", "gain", "model", "minutes", "seed", "esr_mean", "esr_worst", "seconds", "aliasing_db"]
    rows = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=names)
    return rows[rows["device"] == experiment.device.description]


def label(family, combination):
    """A model by its family and what its grid varies besides gain and budget, e.g. "stateful LSTM, 64 units"."""
    shown = model_name({name: combination[name] for name in family.dimensions}, without=("gain", "minutes"))
    return ", ".join(filter(None, [family.noun, shown]))


def riff_errors(results):
    """ESR over the riffs of each run of Results: a pd.DataFrame of mean, worst and worst_riff, indexed by run."""
    by_riff = results.scores.pivot(index="run", columns="riff", values="esr").reindex(results.models.index)
    return pd.DataFrame(
        {"mean": by_riff.mean(axis=1), "worst": by_riff.max(axis=1), "worst_riff": by_riff.idxmax(axis=1)}
    )


def _models(results):
    models, family = results.models, FAMILIES[results.experiment.family]
    shown = pd.DataFrame(
        {
            "gain": models["gain"],
            "model": [label(family, row) for _, row in models.iterrows()],
            "minutes": models["minutes"],
            "family": family.name,
            "seed": results.experiment.training.seed,
            "parameters": [family.weights(row) for _, row in models.iterrows()],
            "steps": models["steps"],
            "seconds": models["training_seconds"],
        }
    )
    return shown.join(riff_errors(results))


def cells(memory):
    """Models that differ in nothing but the seed, taken together.

    Parameters
    ----------
    memory : Memory

    Returns
    -------
    pd.DataFrame
        A row a gain, model and budget, in the gains' order: gain, model, minutes, seeds (how many), mean (over the
        seeds, of the ESR's mean over the riffs), lowest and highest (of these over the seeds), worst (the ESR of the
        worst riff, means over the seeds) and worst_riff, seconds (of training, median), ratio (see `windowed_bests`:
        the best windowed model's mean ESR over this mean; NaN without one).
    """
    bests = windowed_bests(memory.windowed)
    rows = []
    for (gain, model, minutes), group in memory.models.groupby(CELL, sort=False):
        by_riff = memory.scores[memory.scores["run"].isin(group.index)].groupby("riff", sort=False)["esr"].mean()
        best = bests["mean"].get(gain, float("nan"))
        rows.append(
            {
                "gain": gain,
                "model": model,
                "minutes": minutes,
                "seeds": len(group),
                "mean": group["mean"].mean(),
                "lowest": group["mean"].min(),
                "highest": group["mean"].max(),
                "worst": by_riff.max(),
                "worst_riff": by_riff.idxmax(),
                "seconds": group["seconds"].median(),
                "ratio": best / group["mean"].mean(),
            }
        )
    names = [*CELL, "seeds", "mean", "lowest", "highest", "worst", "worst_riff", "seconds", "ratio"]
    order = {gain: place for place, gain in enumerate(memory.gains)}
    found = pd.DataFrame(rows, columns=names)
    return found.sort_values(CELL, key=lambda column: column.map(order) if column.name == "gain" else column)


def windowed_bests(windowed):
    """The best windowed model at each gain, by the median over the riffs as everywhere in the book.

    Parameters
    ----------
    windowed : Results or None

    Returns
    -------
    pd.DataFrame
        A row a gain: run, mean, worst, worst_riff, seconds (of training); no rows without Results.
    """
    names = ["run", "mean", "worst", "worst_riff", "seconds"]
    if windowed is None:
        return pd.DataFrame(columns=names)
    errors, rows = riff_errors(windowed), {}
    for gain, group in windowed.models.groupby("gain", sort=False):
        if chosen := best_median_worst(group):
            run = chosen["best"]
            rows[gain] = {"run": run, **errors.loc[run], "seconds": group.loc[run, "training_seconds"]}
    return pd.DataFrame.from_dict(rows, orient="index", columns=names)


def bests(memory):
    """Id of the run with the lowest mean ESR at each gain, dict of str to str; gains without one are left out."""
    found = {gain: group["mean"].astype(float).dropna() for gain, group in memory.models.groupby("gain", sort=False)}
    return {gain: found[gain].idxmin() for gain in memory.gains if gain in found and len(found[gain])}
