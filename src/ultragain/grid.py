"""The dimensions of grids: the one place that says what an experiment varies and how it is written."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, create_model

from ultragain.fields import Count, Positive, Section, without_repeats
from ultragain.words import setting


@dataclass(frozen=True)
class Dimension:
    """One dimension of the grid: everything that lists, options, tables, figures and prose need to know of it.

    Attributes
    ----------
    name : str
        In a run's parameters, as a column of tables, and for `--only`.
    type : {str, int, float}
    noun : str
    phrase : str
        How a value stands in a sentence, e.g. "a context of {} samples".
    short : str
        How it stands among others that name a model, e.g. "context {}".
    tag : str
        How it stands in a run's folder name, e.g. "c{}".
    is_size : bool
        Whether it changes how large a model is, and so what an epoch of it costs.
    unit : str
        Empty for a dimension without one.
    key : str
        Under `grid` in the experiment file; empty for the gain, whose values are the device's.
    description : str
        Of that key.
    """

    name: str
    type: type
    noun: str
    phrase: str
    short: str
    tag: str
    is_size: bool = False
    unit: str = ""
    key: str = ""
    description: str = ""

    @property
    def label(self):
        """Noun and unit, for an axis or the head of a column."""
        return f"{self.noun} ({self.unit})" if self.unit else self.noun

    def text(self, value):
        """A value as people write it."""
        return setting(value)

    def said(self, value):
        """A value in a sentence, e.g. "a context of 88 samples"."""
        return self.phrase.format(self.text(value))

    def named(self, value):
        """A value among others that name a model, e.g. "context 88"."""
        return self.short.format(self.text(value))


GRID = (
    Dimension("gain", str, "gain", phrase="gain {}", short="gain {}", tag="{}"),
    Dimension(
        "context",
        int,
        "context",
        phrase="a context of {} samples",
        short="context {}",
        tag="c{}",
        is_size=True,
        unit="samples",
        key="contexts",
        description="window lengths in samples",
    ),
    Dimension(
        "units",
        int,
        "units",
        phrase="{} units",
        short="{} units",
        tag="u{}",
        is_size=True,
        key="units",
        description="units of the recurrent layer",
    ),
    Dimension(
        "learning_rate",
        float,
        "learning rate",
        phrase="a learning rate of {}",
        short="learning rate {}",
        tag="lr{}",
        key="learning_rates",
        description="Adam's learning rates",
    ),
)
#: Their names. These make up the write-up's grid of windowed models, which the statistics and the chapters are about.
FACTORS = tuple(dimension.name for dimension in GRID)

BUDGET = Dimension(
    "minutes",
    float,
    "budget",
    phrase="{} minutes of training",
    short="{} min",
    tag="m{}",
    unit="min",
    key="minutes",
    description="budgets of training time, in minutes",
)
#: Every dimension that some family's experiments vary, by name, in the order in which tables show them.
DIMENSIONS = {dimension.name: dimension for dimension in (*GRID, BUDGET)}
_ELEMENTS = {int: Count, float: Positive}

Grid = create_model(
    "Grid",
    __base__=Section,
    __doc__="One model is trained for each gain and each combination of these.",
    **{
        each.key: (
            Annotated[list[_ELEMENTS[each.type]], AfterValidator(without_repeats), Field(min_length=1)] | None,
            Field(None, description=each.description),
        )
        for each in DIMENSIONS.values()
        if each.key
    },
)


def is_windowed(family):
    """Whether models of a `Family` have windows, as those of the write-up; others keep a memory."""
    return "context" in family.dimensions


def model_name(combination, without=()):
    """A model in words: its values of its grid's dimensions.

    Parameters
    ----------
    combination : mapping
        Value by name of each dimension of its grid; other names may be in it.
    without : collection of str
        Names of dimensions to leave out.

    Returns
    -------
    str
    """
    shown = [each for each in DIMENSIONS.values() if each.name in combination and each.name not in without]
    return ", ".join(each.named(combination[each.name]) for each in shown)
