"""Recordings put right, against what was done to them."""

import json
import os

import numpy as np
import planted
import pytest
import soundfile
from made_project import SAMPLE_RATE, plucks, write_take
from planted_faults import HIGH_TEST, WET_FILE

import ultragain.checks.align as of_align
from ultragain import audio
from ultragain.checks.align import align
from ultragain.checks.finding import PASS
from ultragain.checks.latency import Latency
from ultragain.checks.run import check_recordings
from ultragain.errors import UltraGainError
from ultragain.recording.layout import Take

LEFT = 4  # samples: a tenth of a millisecond is left of a latency


@pytest.fixture
def source(tmp_path):
    return tmp_path / "source"


def pedal(change=lambda dry, wet: (dry, wet), which=lambda *key: True):
    return planted.Case("", planted.changed(change, which, circuit="sd1"))


def read(take):
    return soundfile.read(take.dry)[0], soundfile.read(take.wet)[0]


@pytest.mark.parametrize("delay", [-2000, -30, 25, 100, 5000])
def test_latency_is_taken_away(source, tmp_path, delay):
    pedal(planted.late(delay)).write(source)
    plans = align(source, tmp_path / "out")
    assert len(plans) == 12
    # the pedal's own phase is worth 1 or 2 samples
    assert all(LEFT - 2 <= delay - plan.moved + LEFT - LEFT <= LEFT for plan in plans), plans
    dry, wet = planted.played(circuit="sd1")["Test", "High", "holywar"]
    aligned = read(Take(tmp_path / "out", "Test", "High", "holywar"))
    assert len(aligned[0]) == len(aligned[1]) == len(dry) - abs(plans[0].moved)
    # sample by sample what the device made of this dry file, but for what is left of the latency
    late = delay - plans[0].moved
    start = abs(min(delay, 0)) + 10
    at = int(np.argmax(np.correlate(dry, aligned[0][start : start + 4000], "valid")))
    np.testing.assert_allclose(aligned[1][start + late : start + late + 4000], wet[at : at + 4000], atol=1e-6)
    assert [f for f in check_recordings(tmp_path / "out") if f.verdict != PASS] == []


def test_one_inverted_take_is_inverted_back(source, tmp_path):
    planted.Case("", planted.changed(lambda dry, wet: (dry, -wet), HIGH_TEST)).write(source)
    inverted = [plan.file for plan in align(source, tmp_path / "out") if plan.inverted]
    assert inverted == [WET_FILE]
    assert [f for f in check_recordings(tmp_path / "out") if f.verdict != PASS] == []


def test_a_device_that_inverts_is_left_as_it_is(source, tmp_path):
    pedal(lambda dry, wet: (dry, -wet)).write(source)
    plans = align(source, tmp_path / "out")
    assert not any(plan.inverted or plan.moved or plan.note for plan in plans)
    one, other = (read(Take(folder, "Test", "High", "holywar")) for folder in (source, tmp_path / "out"))
    np.testing.assert_array_equal(one, other)


def test_one_take_with_another_latency(source, tmp_path):
    pedal(planted.late(300), HIGH_TEST).write(source)
    moved = {plan.file: plan.moved for plan in align(source, tmp_path / "out") if plan.moved}
    assert moved == {WET_FILE: pytest.approx(300 - LEFT, abs=2)}


def test_a_take_that_tells_nothing_is_moved_like_the_others(source, tmp_path):
    planted.Case("", planted.changed(planted.late(200), circuit="sd1")).write(source)
    take = Take(source, "Test", "High", "holywar")
    soundfile.write(
        take.wet, np.random.default_rng(1).normal(scale=0.1, size=soundfile.info(take.wet).frames), planted.RATE
    )
    moved = {plan.file: plan.moved for plan in align(source, tmp_path / "out")}
    assert moved[WET_FILE] == moved[WET_FILE.replace("holywar", "shadowlove")] != 0


# an impulse, and what is spread so evenly over 2 ms that it cannot be aligned with one
SHARP, SPREAD = np.eye(89)[44], np.full(89, 89**-0.5)


@pytest.mark.parametrize("samples, moved", [(230, 200 - LEFT), (3000, 3000 - LEFT)])
def test_a_take_that_cannot_be_compared_goes_with_the_others_unless_it_is_far_off(
    source, tmp_path, monkeypatch, samples, moved
):
    """A filter in the device may have moved its peak by a millisecond, 44 samples, and no further."""
    music = plucks(2, np.random.default_rng(1))
    for name in "abc":
        write_take(source, "Train", "High", name, music, music)
    found = iter(
        [Latency(200, 8.0, tuple(SHARP)), Latency(200, 8.0, tuple(SHARP)), Latency(samples, 8.0, tuple(SPREAD))]
    )
    monkeypatch.setattr(of_align, "latency", lambda dry, wet, rate: next(found))
    assert [plan.moved for plan in align(source, tmp_path / "out")] == [200 - LEFT, 200 - LEFT, moved]


def test_unequal_lengths_are_cut(source, tmp_path):
    pedal().write(source)
    take = Take(source, "Test", "High", "holywar")
    dry, wet = read(take)
    soundfile.write(take.wet, wet[:-1000], planted.RATE, subtype="PCM_24")
    cut = [plan for plan in align(source, tmp_path / "out") if plan.cut]
    assert [(plan.file, plan.cut) for plan in cut] == [(WET_FILE, 1000)]
    assert "cut by 1000 samples" in str(cut[0])
    assert [len(part) for part in read(Take(tmp_path / "out", "Test", "High", "holywar"))] == [len(wet) - 1000] * 2


def test_the_source_is_only_read(source, tmp_path):
    pedal(planted.late(100)).write(source)
    before = {path: path.read_bytes() for path in source.rglob("*.wav")}
    align(source, tmp_path / "out")
    assert before == {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), UltraGainError("is the disk full?"), OSError(28, "No space left")]
)
def test_an_interrupted_copy_leaves_nothing(source, tmp_path, monkeypatch, error):
    pedal(planted.late(100)).write(source)
    write, written = audio.write_wav, []

    def write_some(path, *rest):
        if len(written) == 5:
            raise error
        written.append(path)
        write(path, *rest)

    monkeypatch.setattr(audio, "write_wav", write_some)
    with pytest.raises(type(error)):
        align(source, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [source]
    monkeypatch.setattr(audio, "write_wav", write)
    (tmp_path / "out").mkdir()
    assert len(align(source, tmp_path / "out")) == 12
    assert {path.name for path in tmp_path.iterdir()} == {"source", "out"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"Train", "Test", "Replicate"}


def test_metadata_go_with_their_take_and_say_what_was_done(source, tmp_path):
    known = {"take": "Test/High/holywar", "latency_samples": 512, "click_dbfs": {"dry": -12.0, "wet": -3.5}}
    pedal(lambda dry, wet: planted.late(300)(dry, -wet), HIGH_TEST).write(source)
    beside = source / WET_FILE.replace(".wav", ".json")
    beside.write_text(json.dumps(known))
    plan = next(plan for plan in align(source, tmp_path / "out") if plan.moved)
    assert list((tmp_path / "out").rglob("*.json")) == [tmp_path / "out" / beside.relative_to(source)]
    told = json.loads((tmp_path / "out" / beside.relative_to(source)).read_text())
    assert told == known | {"aligned": {"moved_earlier_samples": plan.moved, "inverted": True, "cut_samples": 0}}
    beside.write_text("[1, 2")
    with pytest.raises(UltraGainError, match="w_holywar.json: holds no metadata of a take"):
        align(source, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_name_that_is_not_utf8(source, tmp_path):
    name, music = os.fsdecode(b"caf\xe9"), plucks(2, np.random.default_rng(1))
    try:
        write_take(source, "Train", "High", name, music, np.tanh(3 * music))
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (plan,) = align(source, tmp_path / "out")
    assert f"{plan}" == "Train/High/Wet/w_caf\\xe9.wav: as it was"
    copied = Take(tmp_path / "out", "Train", "High", name)
    for one, other in ((copied.dry, plan.take.dry), (copied.wet, plan.take.wet)):
        np.testing.assert_array_equal(audio.read(one, SAMPLE_RATE), audio.read(other, SAMPLE_RATE))


def test_nothing_is_aligned_in_place_or_over_something(source, tmp_path):
    pedal().write(source)
    for target, message in ((source, "nothing is aligned in place"), (source / "new", "nothing is aligned in place")):
        with pytest.raises(UltraGainError, match=message):
            align(source, target)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(UltraGainError, match="is there already"):
        align(source, tmp_path / "out")


def test_a_bad_file_is_named_and_nothing_is_written(source, tmp_path):
    pedal().write(source)
    Take(source, "Test", "High", "holywar").wet.write_bytes(b"no audio")
    with pytest.raises(UltraGainError, match="w_holywar.wav: cannot be read as audio"):
        align(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(UltraGainError, match="no such recordings folder"):
        align(tmp_path / "none", tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UltraGainError, match="holds no recordings"):
        align(tmp_path / "empty", tmp_path / "out")
