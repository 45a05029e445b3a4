"""Chapter *Conclusions*: what the runs show."""

from ultragain.book.kit import glue
from ultragain.book.kit.facts import experiment_facts, original_facts, score_facts, sweep_facts


def open_chapter():
    """Results of the book, and this chapter's facts for its prose."""
    results = glue.open_book()
    glue.publish(experiment_facts(results) | score_facts(results) | sweep_facts(results) | original_facts(results))
    return results
