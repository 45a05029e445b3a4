"""A family of models with a budget, as settings and results see one; nothing can train it."""

from dataclasses import dataclass, replace

from ultragain.models import lstm


@dataclass(frozen=True)
class Counts:
    """How much a model learned from, in seconds."""

    key = "audio"

    training: float
    validation: float


BUDGETED = replace(
    lstm.FAMILY,
    name="budgeted",
    noun="model with a budget",
    dimensions=("gain", "minutes"),
    training=("threads",),
    sizes=("steps_per_minute",),
    learning=1,
    cost=lambda parameters: parameters["minutes"],
    unpredicted=lambda parameters: 0,
)

SETTINGS = {
    "family": "budgeted",
    "grid": {"minutes": [2, 0.5]},
    "training": {"threads": 2, "seed": 25, "validation_share": 0.1},
    "sizes": {"train_seconds": 2, "scored_seconds": 0.1},
    "profiles": {"tiny": {}, "short": {"steps_per_minute": 30}},
}
