import pytest
from finished_run import finish

from ultragain.experiment import load_experiment


@pytest.fixture
def done(project, one_thread):
    """A project with two finished runs at gain Low and a replicate of the first; the three runs, and the experiment."""
    experiment = load_experiment(project / "experiments" / "test.yaml")
    first, second, *_ = experiment.combinations()
    runs = [finish(each, first, project) for each in (experiment, experiment.with_seed(26))]
    return [*runs, finish(experiment, second, project)], experiment


@pytest.fixture
def path(project):
    return project / "experiments" / "test.yaml"
