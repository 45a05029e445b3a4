"""The checks: quiet on good recordings, loud on planted faults. `benchmarks/checks.py` prints the whole table."""

import json
import os
from pathlib import Path

import numpy as np
import planted
import pytest
from conftest import SAMPLE_RATE, plucks, write_recordings, write_take

from ultragain.checks import PASS, as_table, check_recordings, memory_file, require_good
from ultragain.checks.clipping import flat_tops, full_scale_runs, longest_silence
from ultragain.checks.finding import failure, warning, worst
from ultragain.checks.latency import Latency, compare, compare_all, latency
from ultragain.checks.measure import MeasuredTake, Memory
from ultragain.checks.noise import hiss, hum, noise_in_rests
from ultragain.checks.sets import same_latency, same_level
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment
from ultragain.recording import virtual
from ultragain.recording.layout import recordings_folder, take_at

T = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE


@pytest.fixture(scope="module", autouse=True)
def coarse():
    """Simulate with a smaller oversampling: a little aliasing, the same music."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(virtual, "OVERSAMPLING", 2)
        yield


@pytest.fixture(scope="session")
def memory():
    """Of what was measured: most takes of most cases are the same."""
    return Memory()


def problems(case, folder, memory):
    case.write(folder)
    return [finding for finding in check_recordings(folder, memory=memory, **case.options) if finding.verdict != PASS]


@pytest.mark.parametrize("case", planted.GOOD, ids=lambda case: case.name)
def test_no_false_alarm(case, tmp_path, memory):
    assert problems(case, tmp_path, memory) == []


@pytest.mark.parametrize("case", planted.FAULTS, ids=lambda case: case.name)
def test_no_miss(case, tmp_path, memory):
    found = problems(case, tmp_path, memory)
    assert any(
        finding.check == case.expected and case.where in finding.file and case.says in f"{finding}" for finding in found
    ), found
    assert all(finding.problem and finding.advice for finding in found)


def test_there_are_as_many_cases_as_were_asked_for():
    assert len(planted.GOOD) >= 40 and len(planted.FAULTS) >= 30
    assert len({case.name for case in planted.GOOD + planted.FAULTS}) == len(planted.GOOD + planted.FAULTS)


# latency -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [-2000, -40, -3, 0, 1, 17, 500, 9000, 30_000])
def test_latency_is_the_delay(delay):
    rng = np.random.default_rng(3)
    dry = plucks(6, rng) + 1e-3 * rng.normal(size=6 * SAMPLE_RATE)
    late_dry, wet = planted.late(delay)(dry, -np.tanh(8 * dry))
    found = latency(late_dry, wet, SAMPLE_RATE)
    assert found.samples == delay and found.is_certain


def test_latency_of_a_stranger_is_uncertain():
    dry, other = (plucks(6, np.random.default_rng(seed)) for seed in (1, 2))
    assert not latency(dry, np.tanh(8 * other), SAMPLE_RATE).is_certain
    assert latency(dry, 0 * dry, SAMPLE_RATE).confidence == 0


def test_two_takes_of_one_device_are_compared():
    takes = planted.played()
    one, other = takes["Test", "High", "holywar"], takes["Train", "High", "study01"]
    of_one = latency(*one, SAMPLE_RATE)
    dry, wet = planted.late(6)(other[0], -other[1])
    later, sign = compare(of_one, latency(dry, wet, SAMPLE_RATE), SAMPLE_RATE)
    assert sign == -1 and abs(later - 6) <= 2
    assert compare(of_one, of_one, SAMPLE_RATE) == (0, 1)


# Shapes of 1 ms on either side: an impulse, an impulse 5 samples beside the peak that was found, and one that is spread so
# evenly that its likeness to an impulse, 1 / sqrt(89), is far below the half that tells a device again.
MIDDLE = np.eye(89)[44]
BESIDE = np.eye(89)[49]
SPREAD = np.full(89, 89**-0.5)


def found_at(samples, shape=MIDDLE, confidence=8.0):
    return Latency(samples, confidence, tuple(shape))


def test_shapes_are_laid_upon_each_other():
    assert compare(found_at(100), found_at(103, BESIDE), SAMPLE_RATE) == (3 + 5, 1)
    assert compare(found_at(100), found_at(103, -BESIDE), SAMPLE_RATE) == (3 + 5, -1)


@pytest.mark.parametrize("off", [-44, -20, 9, 44])
def test_a_peak_that_a_filter_may_have_moved_tells_nothing(off):
    later, sign = compare(found_at(100), found_at(100 + off, SPREAD), SAMPLE_RATE)
    assert np.isnan(later) and sign == 0


@pytest.mark.parametrize("off", [-45, 45, 3000])
def test_no_filter_moves_a_peak_by_more_than_a_millisecond(off):
    assert compare(found_at(100), found_at(100 + off, SPREAD), SAMPLE_RATE) == (off, 0)


def test_takes_of_one_device_lie_to_the_usual_one():
    """What a filter may have done is counted from the usual place, wherever the most certain take stands."""
    found = [found_at(170, confidence=9.0), found_at(110), found_at(110, -MIDDLE), found_at(111)]
    found += [found_at(130, SPREAD), found_at(60, SPREAD)]
    late, signs, usual = compare_all(found, SAMPLE_RATE)
    np.testing.assert_array_equal(late, [170, 110, 110, 111, np.nan, 60])
    np.testing.assert_array_equal(signs, [1, 1, -1, 1, 0, 0])
    assert usual == np.median([170, 110, 110, 111])


def take_with(name, clicks=(), samples=100, shape=MIDDLE):
    """A measured take at one gain, without files."""
    take = MeasuredTake(
        "Train", "High", name, Path(f"d_{name}.wav"), Path(f"w_{name}.wav"), f"d_{name}.wav", f"w_{name}.wav"
    )
    take.clicks, take.of_dry = dict(clicks), {"rate": SAMPLE_RATE}
    take.of_pair = {"latency": {"samples": samples, "confidence": 8.0, "shape": shape}}
    return take


def test_a_take_that_cannot_be_compared_is_not_accused():
    """Its peak is 20 samples from the others', which a filter does; 60 it does not do."""
    others = [take_with("a"), take_with("b")]
    assert list(same_latency([*others, take_with("c", samples=120, shape=SPREAD)], None, None)) == []
    assert [found.file for found in same_latency([*others, take_with("c", samples=120)], None, None)] == ["w_c.wav"]
    assert [found.file for found in same_latency([*others, take_with("c", samples=160, shape=SPREAD)], None, None)] == [
        "w_c.wav"
    ]


@pytest.mark.parametrize(
    "wets, named",
    [
        ([-10, -10.5], []),
        ([-10, -10.6], ["w_1.wav"]),
        ([-10, -9, -9, -9], ["w_0.wav"]),
        ([-10], []),
        ([], []),
        ([-10, -10, -8.9, -9.1, -10], ["w_2.wav", "w_3.wav"]),
    ],
)
def test_the_level_that_most_takes_have_is_the_right_one(wets, named):
    takes = [take_with(f"{number}", {"dry": -12, "wet": wet}) for number, wet in enumerate(wets)]
    assert [found.file for found in same_level([*takes, take_with("without")], None, None)] == named


# levels and noise --------------------------------------------------------------------------------


def test_full_scale_runs_are_counted():
    samples = np.array([0, 1, 1, 1, 0, -1, -1, 0, -1, -1, -1, -1, 0.5])
    assert full_scale_runs(samples) == (2, 7)  # the run of 2 is what a sine may do


def test_a_sine_at_full_scale_is_not_clipped():
    sine = np.round(np.sin(2 * np.pi * 82.4 * T) * 32767) / 32768
    assert full_scale_runs(sine) == (0, 0)


def test_flat_tops_are_counted_at_their_level():
    sine = np.sin(2 * np.pi * 100 * T)
    count, level = flat_tops(np.minimum(0.5 * sine, 0.3))
    assert count == 4 * 100 and level == pytest.approx(0.3)
    assert flat_tops(0.5 * sine * np.exp(-T)) == (0, pytest.approx(0.0, abs=0.5))


def test_the_longest_gap_is_measured_where_the_guitar_plays():
    dry = np.concatenate([np.zeros(3000), np.ones(4000)])
    wet = np.ones(7000)
    wet[:3000], wet[4000:4500] = 0, 0
    assert longest_silence(wet, dry, 0.01) == 500


@pytest.mark.parametrize("mains", [50, 60])
def test_hum_is_found_at_its_level(mains):
    music = plucks(4, np.random.default_rng(4))
    tone = 0.01 * np.sqrt(2) * np.sin(2 * np.pi * mains * T)
    found, rms = hum(music + tone, SAMPLE_RATE)
    assert found == mains and rms == pytest.approx(0.01, rel=0.15)
    assert hum(music, SAMPLE_RATE)[1] == 0


def test_hiss_is_found_at_its_level():
    clip = planted.clip("holywar", 0.5, 2.0)
    assert 20 * np.log10(hiss(planted.hissing(clip, -50), SAMPLE_RATE)) == pytest.approx(-50, abs=1.5)
    assert hiss(clip, SAMPLE_RATE) < 1e-4
    assert hiss(clip, 22_050) == 0  # the band is beyond such a file


def test_what_the_dry_signal_explains_is_no_noise():
    rng = np.random.default_rng(5)
    dry = np.where(T < 2, 0.5, 1e-4) * rng.normal(size=len(T)).clip(-1.9, 1.9)
    wet = 30 * np.convolve(dry, [0.5, 0.3, 0.2])[: len(dry)]
    explained = noise_in_rests(dry, wet)
    noisy = noise_in_rests(dry, wet + 0.01 * rng.normal(size=len(T)))
    assert noisy == pytest.approx(0.01, rel=0.1)
    assert explained < 0.1 * noisy
    assert noise_in_rests(dry[:SAMPLE_RATE], wet[:SAMPLE_RATE]) is None  # not a rest in it


# the table, the memory, the sweep's gate ---------------------------------------------------------


def test_gain_labels_are_free(tmp_path, memory):
    """Those that book/own_recordings.md offers, and a figure that is no number to Python."""
    write_recordings(tmp_path, {"Low": 1, "Noon": 2, "8": 4, "\N{SUPERSCRIPT TWO}": 3}, ["one"])
    assert {finding.verdict for finding in check_recordings(tmp_path, memory=memory)} == {PASS}


def test_a_riff_moved_from_training_to_test_is_asked_for_again(tmp_path):
    """The same three files are compared, on other sides: what was remembered of the first division is no answer."""
    noise = 0.1 * np.random.default_rng(7).normal(size=12 * SAMPLE_RATE)
    parts = {"a": noise[: 8 * SAMPLE_RATE], "b": noise[SAMPLE_RATE : 5 * SAMPLE_RATE], "c": noise[8 * SAMPLE_RATE :]}
    for name, part in parts.items():
        write_take(tmp_path, "Test" if name == "c" else "Train", "High", name, part, np.tanh(4 * part))
    path = tmp_path / "memory.json"

    def overlaps():
        found = [finding for finding in check_recordings(tmp_path, memory=Memory(path)) if finding.check == "overlap"]
        return [finding.file for finding in found]

    def move(source, target):
        for one, other in zip((source.dry, source.wet), (target.dry, target.wet), strict=True):
            one.rename(other)

    in_training, in_test = (take_at(tmp_path, split, "High", "b") for split in ("Train", "Test"))
    assert overlaps() == []
    move(in_training, in_test)
    assert overlaps() == ["Test/High/Dry/d_b.wav"]
    move(in_test, in_training)
    assert overlaps() == []


def test_a_name_that_is_not_utf8_is_shown_escaped(tmp_path, memory):
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
        for finding in check_recordings(tmp_path, memory=memory)
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
        take_at(tmp_path, "Test", "High", name).wet.write_bytes(b"")
    problems = {finding.file: finding.problem for finding in check_recordings(tmp_path) if finding.check == "readable"}
    assert set(problems) == {"Test/High/Wet/w_one.wav", "Test/High/Wet/w_two.wav"}
    assert all("cannot be read as audio" in problem and "w_" not in problem for problem in problems.values())


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that refuses to be read, whoever asks")
def test_a_file_that_cannot_be_opened_is_one_row(tmp_path):
    write_recordings(tmp_path, {"High": 2}, ["one"])
    refused = take_at(tmp_path, "Test", "High", "one").wet
    refused.unlink()
    refused.symlink_to("/proc/self/mem")
    findings = check_recordings(tmp_path)
    assert [(finding.file, finding.problem) for finding in findings if finding.verdict != PASS] == [
        ("Test/High/Wet/w_one.wav", "cannot be opened (Input/output error)")
    ]
    assert len(findings) == 4


def test_the_table_has_a_row_a_file():
    findings = [
        warning("a.wav", "hum", "hums", "turn"),
        failure("a.wav", "length", "short", "cut"),
        failure("b.wav", "level", "low", "up"),
    ]
    table = as_table(findings)
    assert list(table["file"]) == ["a.wav", "b.wav"]
    assert table.loc[0, "verdict"] == "failure" and table.loc[0, "problem"] == "short; hums"
    assert worst(findings) == "failure" and worst([]) == PASS


def test_every_file_has_a_row(tmp_path, memory):
    planted.GOOD[0].write(tmp_path)
    table = as_table(check_recordings(tmp_path, memory=memory))
    assert set(table["file"]) == {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.wav")}


def test_a_folder_that_is_not_there_and_one_that_is_empty(tmp_path):
    assert "no such recordings folder" in check_recordings(tmp_path / "none")[0].problem
    assert "holds no recordings" in check_recordings(tmp_path)[0].problem


def test_an_unchanged_folder_is_not_measured_again(project):
    folder = project / "data/recordings/TestAmp/Lead"
    first = Memory(memory_file(project, folder))
    findings = check_recordings(folder, memory=first)
    assert first.measured > 0
    again = Memory(memory_file(project, folder))
    assert check_recordings(folder, memory=again) == findings
    assert again.measured == 0
    write_take(
        folder, "Test", "High", "one", plucks(0.5, np.random.default_rng(9)), plucks(0.5, np.random.default_rng(9))
    )
    changed = Memory(memory_file(project, folder))
    assert check_recordings(folder, memory=changed) != findings


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 0, "measurements": {}}', '{"version": null}'])
def test_a_damaged_memory_is_forgotten(project, content):
    folder = project / "data/recordings/TestAmp/Lead"
    path = memory_file(project, folder)
    path.parent.mkdir(parents=True)
    path.write_text(content)
    memory = Memory(path)
    check_recordings(folder, memory=memory)
    assert memory.measured > 0 and json.loads(path.read_text())["measurements"]


def test_good_recordings_pass_the_gate(project):
    assert require_good(load_experiment("experiments/test.yaml"), project) == []


def test_bad_recordings_do_not(project):
    experiment = load_experiment("experiments/test.yaml")
    folder = recordings_folder(experiment, project)
    take_at(folder, "Test", "High", "one").wet.write_bytes(b"")
    take_at(folder, "Train", "Low", "study").wet.unlink()
    with pytest.raises(UltraGainError) as error:
        require_good(experiment, project)
    assert "Train/Low/Wet/w_study.wav: is missing" in str(
        error.value
    ) and "(and 1 more: `ultragain check` lists them)" in str(error.value)
    assert "\n" not in str(error.value)


def test_warnings_pass_the_gate_as_notices(project):
    experiment = load_experiment("experiments/test.yaml")
    experiment = experiment.model_copy(
        update={"sizes": experiment.sizes.model_copy(update={"training_windows": 10**6})}
    )
    notices = require_good(experiment, project)
    assert len(notices) == 2 and all("windows, 1,000,000 were asked for" in notice for notice in notices)


def test_a_virtual_devices_takes_are_checked_and_no_others(tmp_path, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from conftest import REPOSITORY

    from ultragain import parallel as processes
    from ultragain.guitar import library

    pluck = "tempo 240\ntail 0.05\nf\n6:0/8"
    monkeypatch.setitem(library.TEST_RIFFS, "ohwell", pluck)
    monkeypatch.setattr(library, "training_studies", lambda seconds: {"study01": pluck.replace("6:0", "4:2 3:2")})
    monkeypatch.setattr(processes, "ProcessPoolExecutor", lambda *_, **__: ThreadPoolExecutor(1))
    experiment = load_experiment(REPOSITORY / "experiments" / "dsl20h_ultragain.yaml", "smoke")
    device = experiment.device.model_copy(update={"gains": {"Low": 2.0}})
    experiment = experiment.model_copy(update={"device": device, "test_riffs": ["ohwell"]})
    folder = virtual.make_recordings(experiment, tmp_path)
    left_over = take_at(folder, "Train", "Low", "study02")
    left_over.dry.write_bytes(b"of a longer profile, interrupted")
    notices = require_good(experiment, tmp_path)
    assert notices and all("windows" in notice for notice in notices)
    take_at(folder, "Test", "Low", "ohwell").wet.write_bytes(b"")
    with pytest.raises(UltraGainError, match="w_ohwell.wav: cannot be read as audio"):
        require_good(experiment, tmp_path)
