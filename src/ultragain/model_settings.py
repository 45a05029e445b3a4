"""The experiment file's sections `training` and `sizes`, and which keys of it belong to which family of models."""

from typing import Annotated

from pydantic import AfterValidator, Field, create_model

from ultragain.fields import Count, Name, Number, Positive, SecondsOrWhole, Section, without_repeats
from ultragain.grid import DIMENSIONS, Grid
from ultragain.models.catalog import FAMILIES


class Training(Section):
    """What all models of the grid have in common."""

    batch_size: Count | None = Field(None, description="windows a training step")
    patience: Count | None = Field(None, description="epochs without a better val_esr before training stops")
    shuffle: bool | None = Field(None, description="whether the training windows are shuffled anew each epoch")
    threads: Count | None = Field(
        None, description="cores that one model is trained on; a WaveNet's step takes a segment for each"
    )
    held_out: Annotated[list[Name], AfterValidator(without_repeats)] | None = Field(
        None, description="labels of the gains that a model of all gains is tested at and not trained at; [] for none"
    )
    seed: int = Field(ge=0, description="seed of windows, split, weights and shuffling")
    validation_share: Annotated[Number, Field(gt=0, lt=1)] = Field(
        description="share of the windows, or of every recording, kept for validation where there is no Val folder"
    )


def _size(description, phrase, default=...):
    return Field(default, description=description, json_schema_extra={"phrase": phrase})


class Sizes(Section):
    """How much of everything: the only settings that a profile may override."""

    train_seconds: Positive = _size(
        "training audio that `ultragain record` makes at each gain, in seconds",
        "{:g} s of simulated training audio",
    )
    training_windows: Count | None = _size("windows that a model learns from", "{:,} training windows", default=None)
    epochs: Count | None = _size("the most epochs a model may train", "{} epochs", default=None)
    steps_per_minute: Positive | None = _size(
        "training steps for each minute of the budget; measured on the machine if not given",
        "{:g} training steps for a minute",
        default=None,
    )
    scored_seconds: SecondsOrWhole = _size(
        "how much of each test riff is scored: seconds, or `whole`", "{} s scored of each riff"
    )


#: Keys that a family may leave out of its experiments although they are its own.
OPTIONAL = {"steps_per_minute"}

#: How each size stands in a sentence.
SIZE_PHRASES = {name: field.json_schema_extra["phrase"] for name, field in Sizes.model_fields.items()}

Override = create_model(
    "Override",
    __base__=Section,
    __doc__="A profile: sizes that differ from the experiment's own.",
    **{name: (field.rebuild_annotation() | None, None) for name, field in Sizes.model_fields.items()},
)


def _family_keys(family, section):
    """Keys of a section that only some families have and that a family does, set of str."""
    return {
        "grid": {DIMENSIONS[name].key for name in family.dimensions} - {""},
        "training": set(family.training),
        "sizes": set(family.sizes),
    }[section]


def family_problems(experiment):
    """What an experiment's family lacks or does not know of the keys that only some families have, a phrase each."""
    family = FAMILIES[experiment.family]
    for name in ("grid", "training", "sizes"):
        section = getattr(experiment, name)
        own = _family_keys(family, name)
        allowed = [key for key, field in type(section).model_fields.items() if field.is_required() or key in own]
        places = {name: section}
        if name == "sizes":
            places |= {f"profiles.{profile}": sizes for profile, sizes in experiment.profiles.items()}
        for place, content in places.items():
            for key in content.model_dump(exclude_none=True):
                if key not in allowed:
                    yield f"key {place}.{key} is none of family {family.name}'s; allowed here: {', '.join(allowed)}"
        for key in allowed:
            if getattr(section, key) is None and key not in OPTIONAL:
                yield f"key {name}.{key} is missing: family {family.name} needs it"
    held_out, gains = experiment.training.held_out or (), experiment.device.gains
    for label in held_out:
        if label not in gains:
            yield f"key training.held_out: {label} is no gain of the device; it has {', '.join(gains)}"
    if set(held_out) >= set(gains):
        yield "key training.held_out: leaves no gain to train at"


def whose(model, key):
    """In brackets the families whose experiments have a key; nothing where all have it."""
    section = {Grid: "grid", Training: "training", Sizes: "sizes"}.get(model)
    if section is None:
        return ""
    families = [name for name, family in FAMILIES.items() if key in _family_keys(family, section)]
    return f" (family {', '.join(families)})" if 0 < len(families) < len(FAMILIES) else ""
