"""The checks: quiet on good recordings, loud on planted faults. `benchmarks/checks.py` prints the whole table."""

import os
from pathlib import Path

import numpy as np
import planted
import planted_faults
import planted_levels
import planted_levels_faults
import planted_time
import planted_time_faults
import pytest
from made_project import REPOSITORY, plucks, write_recordings, write_take

from ultragain.checks.catalog import CHECKS
from ultragain.checks.finding import PASS, as_table, failure, warning, worst
from ultragain.checks.measurements import Measurements
from ultragain.checks.run import check_recordings, require_good
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.guitar import library
from ultragain.recording.layout import Take, recordings_folder
from ultragain.recording.virtual import make_recordings

GOOD = [*planted.GOOD, *planted_levels.GOOD, *planted_time.GOOD]
FAULTS = [*planted_faults.FAULTS, *planted_levels_faults.FAULTS, *planted_time_faults.FAULTS]


@pytest.fixture(scope="session")
def measurements():
    """Shared by the tests: most takes of most cases are the same."""
    return Measurements()


def problems(case, folder, measurements):
    case.write(folder)
    return [finding for finding in check_recordings(folder, case.requirements, measurements) if finding.verdict != PASS]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_no_false_alarm(case, tmp_path, measurements):
    assert problems(case, tmp_path, measurements) == []


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
def test_no_miss(case, tmp_path, measurements):
    found = problems(case, tmp_path, measurements)
    assert any(
        finding.check == case.expected and case.where in finding.file and case.says in f"{finding}" for finding in found
    ), found
    assert all(finding.problem and finding.advice for finding in found)


def test_there_are_many_cases_and_none_twice():
    assert len(GOOD) >= 60 and len(FAULTS) >= 100
    names = [case.name for case in GOOD + FAULTS]
    assert len(set(names)) == len(names)


def test_every_check_has_a_fault_that_it_has_to_find():
    assert {case.expected for case in FAULTS} == {check.name for check in CHECKS}
    assert len({check.name for check in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_one_playing_is_recognised_at_any_rate_however_late_it_begins(tmp_path, rate):
    """2 s late, within the 3 s that are looked through, and with a faint noise of its own."""
    rng = np.random.default_rng(1)
    dry = 0.1 * rng.normal(size=5 * rate)
    later = np.concatenate([np.zeros(2 * rate), dry])[: len(dry)] + 1e-5 * rng.normal(size=len(dry))
    for gain, playing in (("Low", dry), ("High", later)):
        write_take(tmp_path, "Train", gain, "study", playing, np.tanh(3 * playing), rate)
    assert "same playing" not in {finding.check for finding in check_recordings(tmp_path)}


def test_gain_labels_are_free(tmp_path, measurements):
    """Those that book/own_recordings.md offers, and a figure that is no number to Python."""
    write_recordings(tmp_path, {"Low": 1, "Noon": 2, "8": 4, "\N{SUPERSCRIPT TWO}": 3}, ["one"])
    assert {finding.verdict for finding in check_recordings(tmp_path, measurements=measurements)} == {PASS}


def test_a_name_that_is_not_utf8_is_shown_escaped(tmp_path, measurements):
    name = os.fsdecode(b"caf\xe9")
    dry = plucks(2, np.random.default_rng(3))
    try:
        write_take(tmp_path, "Train", "High", name, dry, np.tanh(3 * dry))
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    write_take(tmp_path, "Test", "High", "one", dry[::-1], np.tanh(3 * dry[::-1]))
    (tmp_path / "Train" / "High" / f"{name}.wav").touch()
    assert {
        (finding.file, finding.verdict)
        for finding in check_recordings(tmp_path, measurements=measurements)
        if "caf" in finding.file
    } == {
        ("Train/High/Dry/d_caf\\xe9.wav", PASS),
        ("Train/High/Wet/w_caf\\xe9.wav", PASS),
        ("Train/High/caf\\xe9.wav", "warning"),
    }


def test_each_empty_file_is_reported_as_itself(tmp_path):
    """They have one content, and so one measurement."""
    write_recordings(tmp_path, {"High": 2}, ["one", "two"])
    for name in ("one", "two"):
        Take(tmp_path, "Test", "High", name).wet.write_bytes(b"")
    problems = {finding.file: finding.problem for finding in check_recordings(tmp_path) if finding.check == "readable"}
    assert set(problems) == {"Test/High/Wet/w_one.wav", "Test/High/Wet/w_two.wav"}
    assert all("cannot be read as audio" in problem and "w_" not in problem for problem in problems.values())


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that refuses to be read, whoever asks")
def test_a_file_that_cannot_be_opened_is_one_row(tmp_path):
    write_recordings(tmp_path, {"High": 2}, ["one"])
    refused = Take(tmp_path, "Test", "High", "one").wet
    refused.unlink()
    refused.symlink_to("/proc/self/mem")
    findings = check_recordings(tmp_path)
    assert [(finding.file, finding.problem) for finding in findings if finding.verdict != PASS] == [
        ("Test/High/Wet/w_one.wav", "cannot be opened (Input/output error)")
    ]
    assert len(findings) == 4


def test_the_table_has_a_row_a_file():
    findings = [
        warning("a.wav", "hums", "turn"),
        failure("a.wav", "short", "cut"),
        failure("b.wav", "low", "up"),
    ]
    table = as_table(findings)
    assert list(table["file"]) == ["a.wav", "b.wav"]
    assert table.loc[0, "verdict"] == "failure" and table.loc[0, "problem"] == "short; hums"
    assert worst(findings) == "failure" and worst([]) == PASS


def test_every_file_has_a_row(tmp_path, measurements):
    planted.GOOD[0].write(tmp_path)
    table = as_table(check_recordings(tmp_path, measurements=measurements))
    assert set(table["file"]) == {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.wav")}


def test_a_folder_that_is_not_there_and_one_that_is_empty(tmp_path):
    assert "no such recordings folder" in check_recordings(tmp_path / "none")[0].problem
    assert "holds no recordings" in check_recordings(tmp_path)[0].problem


def test_good_recordings_pass_the_gate(project):
    assert require_good(load_experiment("experiments/test.yaml"), project) == []


def test_bad_recordings_do_not(project):
    experiment = load_experiment("experiments/test.yaml")
    folder = recordings_folder(experiment, project)
    Take(folder, "Test", "High", "one").wet.write_bytes(b"")
    Take(folder, "Train", "Low", "study").wet.unlink()
    with pytest.raises(UltraGainError) as error:
        require_good(experiment, project)
    message = str(error.value)
    assert "Train/Low/Wet/w_study.wav: is missing" in message and "\n" not in message
    assert "(and 1 more: `ultragain check` lists them)" in message


def test_warnings_pass_the_gate_as_notices(project):
    experiment = load_experiment("experiments/test.yaml")
    experiment = experiment.model_copy(
        update={"sizes": experiment.sizes.model_copy(update={"training_windows": 10**6})}
    )
    notices = require_good(experiment, project)
    assert len(notices) == 2 and all("windows, 1,000,000 were asked for" in notice for notice in notices)


def test_a_virtual_devices_takes_are_checked_and_no_others(tmp_path, monkeypatch):
    pluck = "tempo 240\ntail 0.05\nf\n6:0/8"
    monkeypatch.setitem(library.TEST_RIFFS, "ohwell", pluck)
    monkeypatch.setattr(library, "training_studies", lambda seconds: {"study01": pluck.replace("6:0", "4:2 3:2")})
    experiment = load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml", "smoke")
    device = experiment.device.model_copy(update={"gains": {"Low": 2.0}})
    experiment = experiment.model_copy(update={"device": device, "test_riffs": ["ohwell"]})
    folder = make_recordings(experiment, tmp_path, workers=1)
    left_over = Take(folder, "Train", "Low", "study02")
    left_over.dry.write_bytes(b"of a longer profile, interrupted")
    notices = require_good(experiment, tmp_path)
    assert notices and all("windows" in notice for notice in notices)
    Take(folder, "Test", "Low", "ohwell").wet.write_bytes(b"")
    with pytest.raises(UltraGainError, match="w_ohwell.wav: cannot be read as audio"):
        require_good(experiment, tmp_path)


def test_a_model_with_a_memory_needs_some_seconds_and_no_windows(project, with_budgets):
    assert require_good(with_budgets, project) == []
    write_recordings(project / with_budgets.device.recordings, {"Low": 1, "High": 4}, ["one", "two"], train_seconds=1.0)
    with pytest.raises(UltraGainError, match="holds 1.0 s of audio; 2 s are needed"):
        require_good(with_budgets, project)
