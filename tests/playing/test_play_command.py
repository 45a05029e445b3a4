"""`ultragain play` with files, as a person types it."""

import copy

import numpy as np
import pytest
import soundfile
import soxr
import yaml
from click.testing import CliRunner
from finished_run import finish
from made_networks import decibels
from made_project import SETTINGS, plucks

from ultragain.cli.main import main
from ultragain.experiment import load_experiment
from ultragain.models.keras_file import weights_of
from ultragain.training import runs

pytestmark = pytest.mark.usefixtures("one_thread")

MEMORY = {
    "family": "lstm-stateful",
    "grid": {"units": [4], "minutes": [0.5]},
    "training": {"threads": 1, "seed": 25, "validation_share": 0.2},
    "sizes": {"train_seconds": 2, "steps_per_minute": 4, "scored_seconds": 0.1},
    "profiles": {"tiny": {}},
}
RATE = 44100


@pytest.fixture
def trained(project):
    path = project / "experiments" / "memory.yaml"
    path.write_text(yaml.safe_dump(copy.deepcopy(SETTINGS | MEMORY), sort_keys=False))
    return finish(load_experiment(path), {"gain": "High", "units": 4, "minutes": 0.5}, project)


@pytest.fixture
def predicted(project, trained):
    """What scoring's own player makes of audio."""
    weights = weights_of((trained.folder(project) / runs.MODEL).read_bytes())
    return trained.family.play(trained.family.model(weights, trained.parameters), trained.parameters)


def play(*arguments):
    outcome = CliRunner().invoke(main, ["play", *map(str, arguments)])
    return outcome.exit_code, outcome.stderr if outcome.exit_code else outcome.stdout


def di(seconds, seed=1):
    return plucks(seconds, np.random.default_rng(seed)).astype(np.float32)


def test_a_file_is_played_as_scoring_plays_it(trained, predicted):
    dry = di(2.0)
    soundfile.write("di.wav", dry, RATE, subtype="FLOAT")
    status, said = play(trained.id, "di.wav", "out.wav")
    assert status == 0 and said.startswith("out.wav: tanh of the dry signal, gain High, peak -")
    wet, rate = soundfile.read("out.wav", dtype="float32")
    assert rate == RATE and decibels(predicted(dry), wet) < -90


def test_stereo_at_another_rate_stays_what_it_is(trained, predicted):
    dry = np.column_stack([di(1.0, 2), 0.5 * di(1.0, 3)])
    soundfile.write("di.flac", dry, 48_000, subtype="PCM_24")
    assert play(trained.id, "di.flac", "out.flac")[0] == 0
    wet, rate = soundfile.read("out.flac", dtype="float32")
    assert rate == 48_000 and wet.shape == dry.shape
    given = soundfile.read("di.flac", dtype="float32")[0]
    for channel in range(2):
        own = soxr.resample(given[:, channel], 48_000, RATE, quality="VHQ")
        wanted = soxr.resample(predicted(own), RATE, 48_000, quality="VHQ")
        assert decibels(wanted, wet[: len(wanted), channel]) < -90


def test_what_is_louder_than_full_scale_is_kept_in_a_wav(trained, project):
    soundfile.write("di.wav", di(0.5), RATE)
    play(trained.id, "di.wav", "out.wav")
    assert soundfile.info("out.wav").subtype == "FLOAT"


def test_what_makes_no_sense_is_one_line_and_changes_nothing(project, trained):
    soundfile.write("di.wav", di(0.25), RATE)
    (project / "mine.wav").write_bytes(b"mine")
    (project / "text.wav").write_text("no audio")
    soundfile.write("empty.wav", np.zeros(0), RATE)
    soundfile.write("nan.wav", np.full(10, np.nan, np.float32), RATE, subtype="FLOAT")
    before = {path: path.stat().st_size for path in project.rglob("*")}
    for arguments, message in [
        ((trained.id,), "give files IN and OUT, or --live"),
        ((trained.id, "di.wav"), "give files IN and OUT, or --live"),
        ((trained.id, "di.wav", "out.wav", "--live"), "give files IN and OUT, or --live"),
        ((trained.id, "di.wav", "mine.wav"), "mine.wav: is there already"),
        ((trained.id, "gone.wav", "out.wav"), "gone.wav: cannot be read"),
        ((trained.id, "text.wav", "out.wav"), "text.wav: cannot be read"),
        ((trained.id, "empty.wav", "out.wav"), "empty.wav: is empty"),
        ((trained.id, "nan.wav", "out.wav"), "nan.wav: holds samples that are no numbers"),
        ((trained.id, "di.wav", "out.wav", "--knob", "5"), "leave out --knob"),
    ]:
        status, said = play(*arguments)
        assert status == 1 and message in said and said.count("\n") == 1, said
    assert {path: path.stat().st_size for path in project.rglob("*")} == before


def test_a_windowed_model_is_refused(project):
    combination = {"gain": "High", "context": 8, "units": 4, "learning_rate": 0.01}
    run = finish(load_experiment("experiments/test.yaml"), combination, project)
    status, said = play(run.id, "di.wav", "out.wav")
    assert status == 1 and "computes a whole window for every sample" in said
