import json
import shutil

import pandas as pd
import pytest

from ultragain.errors import UltraGainError
from ultragain.publishing.restore import restore
from ultragain.publishing.store import publish, published_folder
from ultragain.training import runs


def published(project, done, path):
    """The first run, published, and its folder there."""
    finished, experiment = done
    publish(experiment, path, project)
    return finished[0], experiment, published_folder(project, experiment.device) / "runs" / finished[0].id


def test_a_published_run_comes_back_whole(project, done, path):
    run, experiment, _ = published(project, done, path)
    before = {file.name: file.read_bytes() for file in (run.folder(project) / "audio").iterdir()}
    shutil.rmtree(project / "data" / "runs")
    assert restore([run], experiment, project, workers=1) == [run]
    assert runs.problem_with(run.folder(project)) == ""
    assert {file.name: file.read_bytes() for file in (run.folder(project) / "audio").iterdir()} == before


def test_a_damaged_run_is_set_aside_for_the_published_one(project, done, path):
    run, experiment, _ = published(project, done, path)
    (run.folder(project) / runs.METRICS).write_text("damaged")
    restore([run], experiment, project, workers=1)
    assert runs.problem_with(run.folder(project)) == ""
    assert (run.folder(project).parent / "damaged" / f"{run.id}-1" / runs.METRICS).read_text() == "damaged"


def test_what_was_never_published_is_not_restored(project, done):
    (run, *_), experiment = done
    assert restore([run], experiment, project, workers=1) == []


def scored_otherwise(folder):
    """Change a published run's scores, and its checksums with them."""
    scores = pd.read_csv(folder / runs.METRICS)
    scores["esr"] *= 1.01
    scores.to_csv(folder / runs.METRICS, index=False)
    record = json.loads((folder / runs.RECORD).read_text())
    record["sha256"][runs.METRICS] = runs.file_digest(folder / runs.METRICS)
    (folder / runs.RECORD).write_text(json.dumps(record))


def test_a_model_that_scores_differently_is_refused_and_leaves_nothing(project, done, path):
    run, experiment, folder = published(project, done, path)
    scored_otherwise(folder)
    shutil.rmtree(project / "data" / "runs")
    with pytest.raises(UltraGainError, match="its model scores differently here, by 9.9e-03"):
        restore([run], experiment, project, workers=1)
    assert not run.folder(project).exists()


def test_a_damaged_published_run_is_refused(project, done, path):
    run, experiment, folder = published(project, done, path)
    (folder / runs.MODEL).write_bytes(b"no model")
    shutil.rmtree(project / "data" / "runs")
    with pytest.raises(UltraGainError, match="model.keras is corrupt"):
        restore([run], experiment, project, workers=1)


def test_another_runs_record_is_refused(project, done, path):
    run, experiment, folder = published(project, done, path)
    record = json.loads((folder / runs.RECORD).read_text())
    key = record["key"][:8] + "0" * 56  # the folder's name still suits it
    (folder / runs.RECORD).write_text(json.dumps(record | {"key": key, "id": "other"}))
    shutil.rmtree(project / "data" / "runs")
    with pytest.raises(UltraGainError, match="is another run's"):
        restore([run], experiment, project, workers=1)
