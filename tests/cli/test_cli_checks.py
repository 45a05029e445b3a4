"""`ultragain check` and `ultragain align` as a person meets them."""

import os

import numpy as np
import planted
import pytest
from click.testing import CliRunner
from made_project import SAMPLE_RATE, plucks, write_take

from ultragain.cli.main import main
from ultragain.recording.layout import Take, load_take

RECORDINGS = "data/recordings/TestAmp/Lead"


def ultragain(*arguments):
    outcome = CliRunner().invoke(main, [*map(str, arguments)])
    assert not outcome.exception or isinstance(outcome.exception, SystemExit), outcome.exception
    return outcome


def test_good_recordings(project):
    outcome = ultragain("check", RECORDINGS)
    assert outcome.exit_code == 0
    assert "w_one.wav" in outcome.stdout and f"{RECORDINGS}: 12 pass, 0 warning, 0 failure" in outcome.stdout


def test_only_problems(project):
    outcome = ultragain("check", RECORDINGS, "--only-problems")
    assert outcome.exit_code == 0 and "w_one.wav" not in outcome.stdout


def test_a_failure_fails_and_says_what_to_do(project):
    take = Take(project / RECORDINGS, "Test", "High", "one")
    take.wet.write_bytes(b"no audio")
    outcome = ultragain("check", RECORDINGS, "--only-problems")
    assert outcome.exit_code == 1
    assert "Test/High/Wet/w_one.wav" in outcome.stdout and "cannot be read as audio" in outcome.stdout
    assert "export it again as WAV" in outcome.stdout and "1 failure" in outcome.stdout


def test_a_warning_does_not_fail(project):
    dry, wet = load_take(Take(project / RECORDINGS, "Test", "High", "one"), SAMPLE_RATE)
    write_take(project / RECORDINGS, "Test", "High", "one", dry, wet + 0.03)
    outcome = ultragain("check", RECORDINGS)
    assert outcome.exit_code == 0
    assert "its mean is +0.0" in outcome.stdout and "1 warning, 0 failure" in outcome.stdout


def test_an_experiment_says_what_the_recordings_are_for(project):
    take = Take(project / RECORDINGS, "Test", "High", "two")
    take.dry.unlink()
    take.wet.unlink()
    assert ultragain("check", RECORDINGS).exit_code == 0
    outcome = ultragain("check", RECORDINGS, "--experiment", "experiments/test.yaml", "--only-problems")
    assert outcome.exit_code == 1 and "Test/High/Dry/d_two.wav" in outcome.stdout


def test_nothing_to_check(tmp_path, project):
    assert ultragain("check", "nowhere").exit_code == 1
    assert "no such recordings folder" in ultragain("check", "nowhere").stdout
    assert "no such recordings folder" in ultragain("check", "nowhere", "--experiment", "experiments/test.yaml").stdout
    outcome = ultragain("check", RECORDINGS, "--experiment", "none.yaml")
    assert (
        outcome.exit_code == 1
        and outcome.stderr.strip() == "Error: none.yaml: cannot be read (No such file or directory)"
    )


@pytest.mark.parametrize("rubbish", [b"", b"RIFF", b"RIFF\xff\xff\xff\xffWAVEfmt ", bytes(range(256)) * 40])
def test_broken_files_never_give_a_traceback(project, rubbish):
    for path in (project / RECORDINGS).rglob("*.wav"):
        path.write_bytes(rubbish)
    outcome = ultragain("check", RECORDINGS)
    assert outcome.exit_code == 1 and "Traceback" not in outcome.output
    assert " 0 pass" in outcome.stdout and outcome.stdout.count("cannot be read as audio") == 12


def test_names_with_odd_bytes_and_brackets_are_shown(project):
    folder = project / RECORDINGS / "Test" / "High"
    names = ["take [red].wav", os.fsdecode(b"caf\xe9.wav")]
    try:
        for name in names:
            (folder / name).touch()
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    outcome = ultragain("check", RECORDINGS)
    assert outcome.exit_code == 0 and "2 warning" in outcome.stdout
    assert "Test/High/take [red].wav" in outcome.stdout and "Test/High/caf\\xe9.wav" in outcome.stdout


def test_it_works_outside_a_project(project, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert ultragain("check", project / RECORDINGS).exit_code == 0


def test_late_recordings_are_corrected(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    planted.Case("", planted.changed(planted.late(150), circuit="sd1")).write(tmp_path / "late")
    assert ultragain("check", "late").exit_code == 1
    outcome = ultragain("align", "late", "aligned")
    assert outcome.exit_code == 0
    assert "12 takes in aligned, 12 of them moved, 0 inverted" in outcome.stdout
    assert ultragain("check", "aligned").exit_code == 0
    again = ultragain("align", "late", "aligned")
    assert again.exit_code == 1 and again.stderr.strip() == "Error: aligned: is there already; name a new folder"


def test_a_folder_as_the_published_experiments_have_it_needs_no_renaming(project, settings):
    """`Data/<device>/<version>/{Train,Val,Test}/<gain>/{Dry,Wet}`, several training files, riffs of other names."""
    from ultragain.experiment import load_experiment
    from ultragain.sweep.plan import plan_sweep

    folder = project / "Data" / "SomeAmp" / "Channel2"
    for gain, drive in {"Low": 1.5, "High": 6}.items():
        for split, names in (("Train", ["a", "b"]), ("Val", ["c"]), ("Test", settings["test_riffs"])):
            for name in names:
                dry = plucks(1, np.random.default_rng([len(split), ord(name[0])]))
                write_take(folder, split, gain, name, dry, 0.8 * np.tanh(drive * dry))
    experiment = load_experiment("experiments/test.yaml")
    assert ultragain("check", folder, "--experiment", "experiments/test.yaml").exit_code == 0
    plan = plan_sweep(experiment.with_recordings(folder), project)
    assert len(plan.to_do) == 2 * 2 * 2


def test_names_that_check_accepts_are_those_that_a_sweep_accepts(project, settings):
    """Blanks, umlauts in either form, .WAV: good for both; what no experiment can name is a failure."""
    import yaml

    from ultragain.experiment import load_experiment
    from ultragain.sweep.plan import plan_sweep

    folder = project / "Data" / "My Amp" / "Kan\u00e4le #2"
    folder.parent.parent.mkdir()
    (project / RECORDINGS).parent.rename(folder.parent)
    (folder.parent / "Lead").rename(folder)
    for split in ("Train", "Test"):
        (folder / split / "Low").rename(folder / split / "Sehr leise")
    (folder / "Test" / "High").rename(folder / "Test" / "Ho\u0308her")
    (folder / "Train" / "High").rename(folder / "Train" / "H\u00f6her")
    for path in sorted(folder.rglob("?_one.wav")):
        path.rename(path.with_name(path.name[:2] + "Riff 1 (laut).WAV"))
    settings["device"]["gains"] = {"Sehr leise": 2, "H\u00f6her": 8}
    settings["test_riffs"] = ["Riff 1 (laut)", "two"]
    (project / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    assert "12 pass, 0 warning, 0 failure" in ultragain("check", folder).stdout
    assert "12 pass" in ultragain("check", folder, "--experiment", "experiments/test.yaml").stdout
    plan = plan_sweep(load_experiment("experiments/test.yaml").with_recordings(folder), project)
    assert (plan.to_do[0].device, plan.to_do[0].version) == ("My Amp", "Kan\u00e4le #2")
    for path in sorted(folder.glob("Test/*/*/?_two.wav")):
        path.rename(path.with_name(path.name.replace("two", "tw:o")))
    outcome = ultragain("check", folder)
    assert outcome.exit_code == 1 and "4 failure" in outcome.stdout and "may not hold :" in outcome.stdout


def test_two_files_of_one_name(project):
    wet = project / RECORDINGS / "Test/High/Wet/w_one.wav"
    (wet.parent / "w_one.WAV").write_bytes(wet.read_bytes())
    outcome = ultragain("check", RECORDINGS)
    assert "1 warning" in outcome.stdout and "w_one.wav has the same name" in outcome.stdout
