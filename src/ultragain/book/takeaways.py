"""Chapter *Takeaways*: what to do next time."""

from ultragain.book.kit import glue
from ultragain.book.kit.anatomy import anatomy_facts, best_models
from ultragain.book.kit.costs import cost_facts
from ultragain.book.kit.effects import analyse, effect_facts
from ultragain.book.kit.facts import experiment_facts, score_facts, sweep_facts
from ultragain.book.kit.memory import open_memory
from ultragain.book.kit.memory_facts import memory_facts


def open_chapter():
    """Results of the book, and this chapter's facts for its prose; its figure publishes the times of recovery."""
    results = glue.open_book()
    glue.publish(
        memory_facts(open_memory(results))
        | experiment_facts(results)
        | score_facts(results)
        | sweep_facts(results)
        | cost_facts(results)
        | effect_facts(analyse(results, glue.replicates(results)))
        | anatomy_facts(best_models(results))
    )
    return results
