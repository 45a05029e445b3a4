"""Chapter *Evaluation*: how a model is scored, and what its error looks like."""

from ultragain.book.kit import glue
from ultragain.book.kit.facts import experiment_facts, score_facts, window_facts
from ultragain.book.kit.signals import overlays
from ultragain.book.kit.tables import in_percent, table
from ultragain.evaluation.passages import overlay_passages
from ultragain.evaluation.statistics import best_median_worst, levels


def open_chapter():
    """Results of the book, and this chapter's facts for its prose."""
    results = glue.open_book()
    glue.publish(experiment_facts(results) | score_facts(results) | window_facts(results) | samples_facts(results))
    return results


def samples_facts(results):
    """Whether the models learned from the samples of the recordings here."""
    notice = results.samples_notice()
    return {"samples": f"{notice}." if notice else "All models learned from exactly the samples of these recordings."}


def late(results):
    """What scoring one sample late does to the median ESR at each gain: a table."""
    return table(
        late_and_aligned(results),
        f"Median ESR over the models at each gain, aligned and one sample late. Source: {results.source}",
    )


def best(results):
    """Dry, wet and predicted by the best model in three passages: a figure."""
    return _overlays(results, "best")


def worst(results):
    """The same for the worst model."""
    return _overlays(results, "worst")


def _overlays(results, rank):
    run = best_median_worst(results.models)[rank]
    return overlays(overlay_passages(results, run), results.experiment.sample_rate)


def late_and_aligned(results):
    """What scoring one sample late does to the median ESR at each gain.

    Parameters
    ----------
    results : Results

    Returns
    -------
    pd.DataFrame
        One row a gain, in percent, as text.
    """
    grouped = results.models.groupby("gain")[["esr", "esr_one_late"]].median()
    grouped = grouped.loc[levels(results.models, "gain", results.experiment.gain_labels)]
    return grouped.rename(columns={"esr": "aligned %", "esr_one_late": "one late %"}).map(in_percent)
