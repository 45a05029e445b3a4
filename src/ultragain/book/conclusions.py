"""Chapter *Conclusions*: what the runs show."""

from ultragain.book.kit import glue
from ultragain.book.kit.anatomy import anatomy_facts, best_models
from ultragain.book.kit.comparison import device_facts, pattern_facts
from ultragain.book.kit.costs import cost_facts
from ultragain.book.kit.effects import analyse, effect_facts
from ultragain.book.kit.facts import experiment_facts, original_facts, score_facts, sweep_facts
from ultragain.book.kit.memory import open_memory
from ultragain.book.kit.memory_facts import memory_facts


def open_chapter():
    """Results of the book and their analysis; this chapter's facts for its prose are published on the way."""
    results = glue.open_book()
    analysis = analyse(results, glue.replicates(results))
    glue.publish(
        memory_facts(open_memory(results))
        | experiment_facts(results)
        | score_facts(results)
        | sweep_facts(results)
        | cost_facts(results)
        | effect_facts(analysis)
        | anatomy_facts(best_models(results))
        | device_facts(results, glue.other_published(results))
        | original_facts(results)
        | pattern_facts(results)
    )
    return results, analysis
