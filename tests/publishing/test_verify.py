import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile
from test_restore import scored_otherwise

from ultragain.engine.constants import SOURCE
from ultragain.engine.registers import processor_name
from ultragain.models.catalog import FAMILIES
from ultragain.publishing.listening import chosen
from ultragain.publishing.replay import ROUNDING, TOLERANCE, deviation, tolerance
from ultragain.publishing.store import load_published, publish, published_folder
from ultragain.publishing.verify import verify
from ultragain.training import runs


@pytest.fixture
def folder(project, done, path):
    """The published folder, all that local runs are needed for done."""
    publish(done[1], path, project)
    shutil.rmtree(project / "data" / "runs")
    return published_folder(project, done[1].device)


def test_what_is_published_is_what_the_models_play(project, done, folder):
    checked, problems = verify(done[1], project, workers=1)
    assert problems == []
    assert sorted(checked.index) == sorted(run.id for run in done[0])
    assert checked["deviation"].max() == 0
    sample, problems = verify(done[1], project, workers=1, sample=2)
    assert len(sample) == 2 and problems == []


def test_every_kind_of_change_is_found(project, done, folder):
    first, replicate, second = (folder / "runs" / run.id for run in done[0])
    scored_otherwise(first)
    (replicate / runs.HISTORY).write_text("damaged")
    audio = second / "audio" / "one.flac"
    samples, rate = soundfile.read(audio)
    soundfile.write(audio, samples + 0.001, rate, subtype="PCM_24")
    (folder / "riffs" / "two" / "dry.flac").unlink()
    (folder / "models.csv").write_text("run\n")
    shutil.copytree(second, folder / "runs" / "Low-of-another-experiment")
    with pytest.warns(UserWarning, match="is left out"):
        _, problems = verify(done[1], project, workers=1)
    found = "\n".join(problems)
    for what in (
        "scores differently here, by 9.9e-03",
        "history.csv is corrupt",
        f"{audio}: is not what the model predicts",
        "dry.flac: is not what is recorded here",
        "models.csv: does not say what the runs say",
        "Low-of-another-experiment: run.json is another run's",
    ):
        assert what in found


def test_predictions_are_there_for_the_chosen_models_alone(project, done, folder):
    shutil.rmtree(folder / "runs" / done[0][2].id / "audio")
    assert verify(done[1], project, workers=1, sample=1)[1] == [
        f"{done[0][2].id}: has no predictions, or should have none"
    ]
    assert chosen(load_published(done[1], project)) == {done[0][0].id, done[0][2].id}


def test_the_same_machine_is_held_to_rounding():
    family = FAMILIES["lstm-windowed"]
    record = {
        "versions": {"processor": processor_name(), "engine": SOURCE},
        "computed_with": family.computes_with,
    }
    assert tolerance(record, family) == ROUNDING
    assert tolerance(record | {"computed_with": "Keras"}, family) == TOLERANCE


def test_deviation_is_relative_and_by_riff():
    scores = pd.DataFrame(
        {"riff": ["a", "b"], "esr": [0.1, 0.2], "mse": [1.0, 1.0], "mae": [1.0, 1.0], "esr_one_late": [0.3, np.nan]}
    )
    assert deviation(scores, scores) == 0
    assert deviation(scores, scores.assign(esr=[0.1, 0.21])) == pytest.approx(0.05)
    assert np.isnan(deviation(scores, scores.assign(mse=[np.nan, 1.0])))
