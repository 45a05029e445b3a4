"""What a grid cost to train, and what early stopping did, as several chapters quote it."""

import pandas as pd

from ultragain.book.kit import glue
from ultragain.evaluation.statistics import ORIGINALS, original_of
from ultragain.files import project_root
from ultragain.grid import DIMENSIONS, GRID
from ultragain.words import duration, listed, percent

SPEEDS = "data/reference/training-speed.csv"
MEASURED_WINDOWS = 75_000  # that its epochs have
SIZES = [each.name for each in GRID if each.is_size]


def cost_facts(results):
    """Epochs and hours of all trainings, early stopping, and the original experiment's cost beside it.

    Parameters
    ----------
    results : Results

    Returns
    -------
    dict of str to str
    """
    models, budget = results.models, results.experiment.sizes.epochs
    epochs, seconds = int(models["epochs_trained"].sum()), models["training_seconds"].sum()
    after = int((models["epochs_trained"] - models["best_epoch"]).sum())
    rate = DIMENSIONS["learning_rate"]
    by_rate = {rate.said(value): group for value, group in models.groupby(rate.name)}
    return {
        "total_epochs": f"{epochs:,}",
        "total_hours": duration(seconds),
        "epoch_seconds": f"{seconds / epochs:.1f} s",
        "stopped_early": f"{(models['epochs_trained'] < budget).sum()} of {len(models)}",
        "stopped_by_rate": listed(
            f"{(group['epochs_trained'] < budget).sum()} of {len(group)} with {said}" for said, group in by_rate.items()
        ),
        "best_epochs": listed(f"{group['best_epoch'].median():.0f} with {said}" for said, group in by_rate.items()),
        "patience_epochs": f"{after:,}",
        "patience_share": percent(after / epochs),
        "undisturbed": undisturbed_cost(results),
        "original_cost": original_cost(results.experiment.device, epochs, seconds),
    }


def undisturbed_cost(results):
    """What the epochs take on a machine that does nothing else, by the measured speeds, in a sentence.

    Empty where the sizes or the number of windows are others than those that were measured.
    """
    measured = pd.read_csv(project_root() / SPEEDS)
    speeds = measured.set_index(SIZES)["ours_seconds"]
    epochs = results.models.groupby(SIZES)["epochs_trained"].sum()
    if not epochs.index.isin(speeds.index).all() or set(results.models["training_windows"]) != {MEASURED_WINDOWS}:
        return ""
    total = (epochs * speeds.reindex(epochs.index)).sum()
    machine = measured.iloc[0]
    return (
        f"On {machine['cores']} cores that do nothing else ({machine['processor']}) these epochs take "
        f"{duration(total)}, by the measured speeds."
    )


def original_cost(device, epochs, seconds):
    """What the author's trainings of the same grid took, beside ours, in a sentence; empty where there are none."""
    originals = glue.originals()
    name = original_of(device)
    if name is None:
        return ""
    theirs = originals[originals["experiment"] == name]
    their_epochs, their_seconds = int(theirs["epochs_trained"].sum()), theirs["train_seconds"].sum()
    return (
        f"The author's {len(theirs)} models of the {ORIGINALS[name]} took {their_epochs:,} epochs and "
        f"{their_seconds:,.0f} s of a GPU ({duration(their_seconds)}, {their_seconds / their_epochs:.1f} s an epoch). "
        f"Ours took {epochs / their_epochs:.2f} times the epochs, and {seconds / their_seconds:.2f} times the seconds, "
        "of one processor core."
    )
