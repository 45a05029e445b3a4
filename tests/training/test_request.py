"""What papermill, or a person, may put into the training notebook's first cell."""

import re

import numpy as np
import pytest
import yaml

from ultragain.errors import UltraGainError
from ultragain.training.request import read_request
from ultragain.training.runs import describe_run, partial_folder

EXPERIMENT = "experiments/test.yaml"
USUAL = {"gain": "Low", "context": 8, "units": 4, "learning_rate": 0.01}


def asked(project, **given):
    return read_request(project, EXPERIMENT, **USUAL | given)


@pytest.fixture
def settings(settings):
    settings["device"]["gains"] = {"Low": 1, "8": 2, "1.50": 3, "Off": 4, "yes": 5, "010": 6, "True": 7, "None": 8}
    return settings


@pytest.mark.parametrize(
    "given, label",
    [
        ("Low", "Low"),
        ("8", "8"),
        (8, "8"),
        (8.0, "8"),
        (1.5, "1.50"),
        (10, "010"),  # Python's reading of it
        (True, "True"),
        (False, "Off"),
        (None, "None"),
        ("yes", "yes"),
    ],
)
def test_a_gain_is_the_label_that_it_can_only_mean(project, given, label):
    assert asked(project, gain=given).combination["gain"] == label


def test_a_gain_that_two_labels_could_mean_is_refused(project, settings):
    settings["device"]["gains"] = {"8.0": 1, "8.00": 2}
    (project / EXPERIMENT).write_text(yaml.safe_dump(settings))
    assert asked(project, gain=8.0).combination["gain"] == "8.0"  # as it is written
    with pytest.raises(UltraGainError, match="gain 8: not in the experiment; it has 8.0, 8.00"):
        asked(project, gain=8)


@pytest.mark.parametrize("context", [44, 44.0, "44", "44.0", np.int64(44)])
def test_numbers_are_converted_where_that_is_exact(project, context):
    """And a context need not be one of the grid's."""
    found = asked(project, context=context, units=8.0, learning_rate=1, seed="25.0")
    assert found.combination == {"gain": "Low", "context": 44, "units": 8, "learning_rate": 1.0}
    assert [type(value) for value in found.combination.values()] == [str, int, int, float]
    assert found.settings.training.seed == 25 and type(found.settings.training.seed) is int


@pytest.mark.parametrize("seed", ["", None])
def test_without_a_seed_it_is_the_experiments(project, seed):
    assert asked(project, seed=seed).settings.training.seed == 25
    assert asked(project, seed=0).settings.training.seed == 0


@pytest.mark.parametrize(
    "given, message",
    [
        ({"gain": "Loud"}, "gain Loud: not in the experiment; it has Low, 8, 1.50, "),
        ({"gain": 9}, "gain 9: not in the experiment"),
        ({"gain": 1}, "gain 1: not in the experiment"),  # which is no yes
        ({"context": 44.5}, "context 44.5: must be a whole number"),
        ({"context": -44}, "context -44: must be 1 or more"),
        ({"context": "long"}, "context long: must be a number"),
        ({"context": True}, "context True: must be a number"),
        ({"units": 0}, "units 0: must be 1 or more"),
        ({"units": None}, "units None: must be a number"),
        ({"learning_rate": "0,01"}, "learning_rate 0,01: must be a number, with a point: 0.01"),
        ({"learning_rate": 0}, "learning_rate 0: must be above 0"),
        ({"learning_rate": float("nan")}, "learning_rate nan: must be a number"),
        ({"learning_rate": float("inf")}, "learning_rate inf: must be a number"),
        ({"seed": 25.5}, "seed 25.5: must be a whole number"),
        ({"seed": -1}, "seed -1: must be 0 or more"),
        ({"seed": "x"}, "seed x: must be a number"),
        ({"profile": "huge"}, "--profile huge: unknown; allowed: tiny, longer"),
        ({"recordings": "C:\\MyAmp\\Lead"}, r"recordings C:\MyAmp\Lead: no such recordings folder"),
        ({"folder": "notebooks/training.ipynb"}, "folder notebooks/training.ipynb: cannot be written (File exists)"),
        ({"folder": "/proc/new"}, "folder /proc/new: cannot be written"),
    ],
)
def test_what_no_run_could_have_is_refused(project, given, message):
    with pytest.raises(UltraGainError, match=re.escape(message)):
        asked(project, **given)


def test_a_new_folder_is_made_at_once(project):
    assert asked(project, folder="new/place").folder == project / "new" / "place"
    assert (project / "new" / "place").is_dir()


@pytest.mark.parametrize("whose", ["nobody's", "a person's", "a sweep's"])
def test_the_state_of_the_training_goes_when_the_run_is_written(project, whose):
    """But not in a sweep, which may be killed before the run stands at its place."""
    found = asked(project)
    run = describe_run(found.settings, found.combination, "")
    final, state = run.folder(project), run.unfinished(project)
    folder = {"nobody's": "", "a person's": "mine", "a sweep's": partial_folder(final)}[whose]
    state.mkdir(parents=True)
    with pytest.raises(KeyError), asked(project, folder=folder).place(run, project):
        raise KeyError("the disk is full")
    assert state.is_dir() and not final.exists()
    with asked(project, folder=folder).place(run, project) as target:
        (target / "run.json").touch()
    assert state.exists() == (whose == "a sweep's")
    assert (project / (folder or final) / "run.json").is_file()
