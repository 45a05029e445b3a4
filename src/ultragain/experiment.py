"""The experiment file: every setting of an experiment, read from YAML into checked, typed objects."""

import os
from itertools import product
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from ultragain.circuits.catalog import CIRCUITS
from ultragain.cluster_settings import Cluster
from ultragain.errors import UltraGainError
from ultragain.fields import (
    Control,
    Count,
    FolderInside,
    Knob,
    Name,
    Positive,
    RigSetting,
    Section,
    without_repeats,
)
from ultragain.files import one_form
from ultragain.grid import DIMENSIONS, Grid, is_windowed
from ultragain.model_settings import Override, Sizes, Training, family_problems, whose
from ultragain.models.catalog import FAMILIES
from ultragain.problems import first_problem
from ultragain.settings_file import read_settings


class Device(Section):
    """What turns dry into wet: a simulated circuit, or a real device by its recordings."""

    name: Name = Field(description="first folder below data/recordings and data/runs")
    version: Name = Field(description="second folder, e.g. the amplifier's channel")
    description: str = Field(min_length=1, description="how results name the device they come from")
    circuit: str | None = Field(None, description=f"circuit that the virtual device simulates: {', '.join(CIRCUITS)}")
    capture: Name | None = Field(
        None, description="somebody's capture that is the device, by the name it was given with `ultragain import`"
    )
    recordings: FolderInside | None = Field(
        None,
        description="folder of a real device's {Train,Test}/<gain>/{Dry,Wet}, made by `ultragain record` or by you",
    )
    gains: dict[Name, Knob] = Field(min_length=1, description="label of each gain setting: position of the knob")
    controls: dict[str, Control] = Field(
        default_factory=dict,
        description="the circuit's other controls: `ultragain circuit export <circuit> --help` lists them",
    )
    dry: Literal["synthetic", "inputs", "both"] = Field(
        "synthetic", description="what is played: the project's own guitar, your files in data/inputs, or both"
    )
    input_volts: Positive = Field(
        1.0, description="peak at the virtual device's input jack for a dry file's full scale, in volts"
    )
    noise: bool = Field(True, description="whether the virtual device adds hiss and hum")
    seed: int = Field(25, ge=0, description="seed of the device's noise and of the virtual guitarist's hands")

    @field_validator("circuit")
    @classmethod
    def _is_known(cls, circuit):
        if circuit is not None and circuit not in CIRCUITS:
            raise ValueError(f"must be one of {', '.join(CIRCUITS)}")
        return circuit

    @model_validator(mode="after")
    def _has_one_source(self):
        if [self.circuit, self.capture, self.recordings].count(None) != 2:
            raise ValueError("needs exactly one of circuit, capture and recordings")
        if self.capture and (len(self.gains) != 1 or self.controls):
            raise ValueError("is a capture, of one setting: it has one gain and no controls")
        return self


class Experiment(Section):
    """A checked experiment, with its profile's sizes already in `sizes`."""

    title: str = Field(min_length=1, description="the experiment's title, for messages")
    device: Device
    real_rig: dict[str, RigSetting] = Field(
        default_factory=dict, description="the real device's settings, for the record: nothing computes with them"
    )
    sample_rate: Count = Field(description="of every recording, in Hz")
    family: str = Field("lstm-windowed", description=f"what kind of model is trained: {', '.join(FAMILIES)}")
    grid: Grid
    training: Training
    test_riffs: Annotated[list[Name], AfterValidator(without_repeats)] = Field(
        min_length=1, description="riffs that the models are scored on"
    )
    sizes: Sizes
    default_profile: Name = Field(description="profile that is used when none is named")
    profiles: dict[Name, Override] = Field(min_length=1, description="sizes under a name: smoke, quick, full")
    # where runs are trained is no part of what they are: it is left out when an experiment is dumped to be compared
    cluster: Cluster = Field(default_factory=Cluster, exclude=True)
    profile: Name = Field(description="the profile in force; set when the file is loaded, not in the file")

    @field_validator("family")
    @classmethod
    def _is_known(cls, family):
        if family not in FAMILIES:
            raise ValueError(f"must be one of {', '.join(FAMILIES)}")
        return family

    @property
    def gain_labels(self):
        """Labels of the gain settings, in the file's order."""
        return list(self.device.gains)

    @property
    def dimensions(self):
        """The dimensions that its grid varies, tuple of `ultragain.grid.Dimension`."""
        return tuple(DIMENSIONS[name] for name in FAMILIES[self.family].dimensions)

    @property
    def is_windowed(self):
        """Whether its models have windows; the chapters and their statistics are about such experiments."""
        return is_windowed(FAMILIES[self.family])

    @property
    def covers_gains(self):
        """Whether one of its models is for all gains of the device."""
        return FAMILIES[self.family].covers_gains

    @property
    def trained_gains(self):
        """Labels of the gain settings that models are trained at, in the file's order."""
        return [label for label in self.gain_labels if label not in (self.training.held_out or ())]

    @property
    def longest_unpredicted(self):
        """The most samples at the beginning of a riff that one of its models leaves without a prediction."""
        return max(map(FAMILIES[self.family].unpredicted, self.combinations()))

    @property
    def rising_gains(self):
        """Labels of the gain settings in the order of rising gain."""
        return sorted(self.device.gains, key=self.device.gains.get)

    def values(self, dimension):
        """Values of a dimension of the grid, in the file's order; `dimension` is its name."""
        key = DIMENSIONS[dimension].key
        return list(getattr(self.grid, key)) if key else self.gain_labels

    def combinations(self):
        """Every combination of the grid, one dict of name to value each; the gain changes slowest."""
        names = [each.name for each in self.dimensions]
        return [dict(zip(names, values, strict=True)) for values in product(*map(self.values, names))]

    @property
    def is_virtual(self):
        """Whether the wet audio is simulated rather than recorded."""
        return self.device.recordings is None

    def with_seed(self, seed):
        """The same experiment, its windows, weights and shuffling drawn from another seed."""
        return self.model_copy(update={"training": self.training.model_copy(update={"seed": seed})})

    def with_recordings(self, folder):
        """The same experiment on the recordings in `folder`, whose last two names are device and version.

        Unless the file describes that very device, its description, controls and rig are another
        device's and are left out. A folder that is a link keeps its own names.
        """
        given, folder = folder, Path(os.path.abspath(folder))
        name, version = map(one_form, (folder.parent.name, folder.name))
        own = self.device.model_dump()
        is_described = not self.is_virtual and (own["name"], own["version"]) == (name, version)
        if not is_described:
            own |= {"name": name, "version": version, "circuit": None, "capture": None, "controls": {}}
            own["description"] = f"recordings {name}/{version}"
        try:
            device = Device.model_validate(own | {"recordings": "data/recordings"})
        except ValidationError as error:
            raise UltraGainError(f"--recordings {given}: {first_problem(error, Device)}") from error
        # The command line may name any folder; only paths that stand in a file are held inside the project.
        update = {"device": device.model_copy(update={"recordings": str(folder)})}
        return self.model_copy(update=update if is_described else update | {"real_rig": {}})


def load_experiment(path, profile=None):
    """Read an experiment file.

    Parameters
    ----------
    path : path-like
        YAML file, read with PyYAML's safe loader.
    profile : str, optional
        Which of its profiles is in force; its `default_profile` if not given.

    Returns
    -------
    Experiment

    Raises
    ------
    UltraGainError
        One line that names the file, the key and the allowed values.
    """
    content, written = read_settings(path)
    if "profile" in content:
        raise UltraGainError(
            f"{path}: profile: is chosen with --profile, not in the file (default_profile names the usual one)"
        )
    try:
        content, written = (each | {"profile": profile or each.get("default_profile")} for each in (content, written))
        experiment = _checked(content, written)
    except ValidationError as error:
        raise UltraGainError(f"{path}: {first_problem(error, Experiment)}") from error
    if problem := next(family_problems(experiment), ""):
        raise UltraGainError(f"{path}: {problem}")
    override = experiment.profiles.get(experiment.profile)
    if override is None:
        key = "--profile" if profile else "default_profile"
        raise UltraGainError(f"{path}: {key} {experiment.profile}: unknown; allowed: {', '.join(experiment.profiles)}")
    return experiment.model_copy(
        update={"sizes": experiment.sizes.model_copy(update=override.model_dump(exclude_none=True))}
    )


def _checked(content, written):
    """The experiment in a file's content; names that YAML takes for numbers or switches are read as `written`."""
    try:
        return Experiment.model_validate(content)
    except ValidationError as error:
        misread = [
            problem["loc"]
            for problem in error.errors()
            if problem["type"] == "string_type" and isinstance(problem["input"], bool | int | float)
        ]
        if not misread:
            raise
    for *place, last in misread:
        target, source = content, written
        for step in place:
            target, source = target[step], source[step]
        target[last] = source[last]
    return Experiment.model_validate(content)


def describe_keys(model=Experiment, prefix=""):
    """Every key of an experiment file with its meaning, one (key, meaning) pair each."""
    explained = {}
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if annotation in explained:
            yield f"{prefix}{name}:", f"The same keys as {explained[annotation]}."
        elif isinstance(annotation, type) and issubclass(annotation, Section):
            explained[annotation] = name
            yield f"{prefix}{name}:", (annotation.__doc__ or "").splitlines()[0]
            yield from describe_keys(annotation, f"{prefix}  ")
        elif name != "profile":
            yield f"{prefix}{name}", (field.description or "") + whose(model, name)
