"""Chapter *Takeaways*: what to do next time."""

from ultragain.book.kit import glue
from ultragain.book.kit.devices import recoveries, recovery_facts
from ultragain.book.kit.facts import experiment_facts, score_facts


def open_chapter():
    """Results of the book, and this chapter's facts for its prose."""
    results = glue.open_book()
    experiment = results.experiment
    glue.publish(experiment_facts(results) | score_facts(results) | recovery_facts(recoveries(experiment), experiment))
    return results
