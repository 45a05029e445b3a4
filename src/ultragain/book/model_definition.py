"""Chapter *Model definition*: what is trained, how it is built, and the error it learns by."""

import inspect

import numpy as np
from IPython.display import Markdown

from ultragain.book.kit import glue
from ultragain.book.kit.facts import experiment_facts
from ultragain.models.catalog import FAMILIES
from ultragain.training.runs import parameters_of
from ultragain.words import listed


def open_chapter():
    """Results of the book, and this chapter's facts for its prose."""
    results = glue.open_book()
    glue.publish(experiment_facts(results) | model_facts(results))
    return results


def model_facts(results):
    """How many weights the models have."""
    e = results.experiment
    family = FAMILIES[e.family]
    sizes = {combination["units"]: parameters_of(e, combination) for combination in e.combinations()}
    return {
        "weights": listed(f"{family.weights(parameters):,} with {units} units" for units, parameters in sizes.items()),
        "optimizer": family.optimizer,
        "loss": family.loss,
    }


def story(results):
    """How a model of the experiment's family works: Markdown."""
    return Markdown(FAMILIES[results.experiment.family].story)


def source(results):
    """The code that builds such a model: Markdown."""
    code = "\n\n".join(map(inspect.getsource, FAMILIES[results.experiment.family].source))
    return Markdown(f"```python\n{code}```")


def largest_model(results):
    """Build the most expensive model of the grid and print its layers."""
    e = results.experiment
    family = FAMILIES[e.family]
    parameters = max((parameters_of(e, combination) for combination in e.combinations()), key=family.cost)
    family.build(parameters, np.random.default_rng(e.training.seed)).summary()
