"""Fixtures that the tests share: a small project with small recordings."""

import copy
import shutil
import signal

import pytest
import yaml
from made_family import BUDGETED
from made_family import SETTINGS as BUDGETED_SETTINGS
from made_project import REPOSITORY, SETTINGS, write_recordings

from ultragain.experiment import load_experiment
from ultragain.models.catalog import FAMILIES


@pytest.fixture(scope="session", autouse=True)
def interrupts_are_heard():
    """A shell that starts the tests in the background has them ignore Ctrl-C, and so what they start; some send one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def one_thread():
    """TensorFlow on one thread, as every training and scoring has it: for tests that compute with it."""
    from ultragain.models.keras_model import use_one_thread

    assert use_one_thread(), "TensorFlow was at work before: have that test use this fixture, too"


@pytest.fixture
def settings():
    """Content of a small experiment file, for a test to change."""
    return copy.deepcopy(SETTINGS)


@pytest.fixture
def budgeted(monkeypatch):
    """Settings of an experiment of `made_family.BUDGETED`, which the catalog has, on the project's device."""
    monkeypatch.setitem(FAMILIES, BUDGETED.name, BUDGETED)
    return copy.deepcopy(SETTINGS | BUDGETED_SETTINGS)


@pytest.fixture
def with_budgets(project, budgeted):
    """The experiment of a family with budgets, beside that of the windowed one; its file is budgets.yaml."""
    (project / "experiments" / "budgets.yaml").write_text(yaml.safe_dump(budgeted, sort_keys=False))
    return load_experiment(project / "experiments" / "budgets.yaml")


@pytest.fixture
def project(tmp_path, settings, monkeypatch):
    """A small project: experiment file, recordings, the training notebook; the test runs inside it."""
    root = tmp_path / "project"
    (root / "experiments").mkdir(parents=True)
    (root / "_toc.yml").touch()
    (root / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    (root / "notebooks").mkdir()
    shutil.copy(REPOSITORY / "notebooks" / "training.ipynb", root / "notebooks")
    write_recordings(root / settings["device"]["recordings"], {"Low": 1, "High": 4}, settings["test_riffs"])
    monkeypatch.chdir(root)
    return root
