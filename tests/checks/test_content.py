"""What a file holds: its header, its length, and how much of the sound."""

import io
import struct

import numpy as np
import pytest
import soundfile
from made_project import SAMPLE_RATE, plucks, write_recordings

from ultragain.checks.content import beyond_header, values
from ultragain.checks.run import check_recordings

PCM = (3000 * np.sin(np.arange(SAMPLE_RATE))).astype("<i2").tobytes()  # 1 s


def wav(path, said, after=b"", before=b"", bits=16):
    """A RIFF WAVE, mono; its data chunk says a number of bytes."""
    width = bits // 8
    body = b"WAVE" + before + b"fmt "
    body += struct.pack("<IHHIIHH", 16, 1, 1, SAMPLE_RATE, width * SAMPLE_RATE, width, bits)
    body += b"data" + struct.pack("<I", said) + PCM + after
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


TITLE = b"LIST" + struct.pack("<I", 12) + b"INFOINAM" + bytes(4)
JUNK = b"JUNK" + struct.pack("<I", 5) + bytes(6)  # an odd length is filled up


@pytest.mark.parametrize("said", [len(PCM), len(PCM) + 1000, 2**32 - 1])
@pytest.mark.parametrize("after", [b"", TITLE])
def test_a_header_that_tells_all_the_audio_is_right(tmp_path, said, after):
    assert beyond_header(wav(tmp_path / "a.wav", said, after)) is None


@pytest.mark.parametrize("said", [0, 1, len(PCM) // 2])
@pytest.mark.parametrize("before, start", [(b"", 44), (JUNK, 58)])
def test_audio_beyond_the_header_is_found_where_it_begins(tmp_path, said, before, start):
    found = beyond_header(wav(tmp_path / "a.wav", said, before=before))
    assert (found["start"], found["samples"], found["channels"], found["rate"]) == (start, "16-bit PCM", 1, SAMPLE_RATE)
    assert found["told"] == pytest.approx(said / len(PCM)) and found["there"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "subtype, told",
    [("PCM_16", "16-bit PCM"), ("PCM_24", "24-bit PCM"), ("FLOAT", "32-bit float"), ("DOUBLE", "64-bit float")],
)
@pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
def test_the_kind_of_samples_is_told_as_it_was_written(tmp_path, subtype, told, kind):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros((SAMPLE_RATE, 2)), SAMPLE_RATE, subtype, format=kind)
    content = bytearray(path.read_bytes())
    place = content.index(b"data") + 4
    content[place : place + 4] = bytes(4)
    path.write_bytes(content)
    found = beyond_header(path)
    assert (found["samples"], found["channels"], found["start"]) == (told, 2, place + 4)


@pytest.mark.parametrize("said", [0, len(PCM) // 2])
def test_the_advice_reads_the_audio_back(tmp_path, said):
    """What a program does that is told format and offset."""
    path = wav(tmp_path / "a.wav", said, before=JUNK)
    found = beyond_header(path)
    audio = io.BytesIO(path.read_bytes()[found["start"] :])
    as_told = {"samplerate": found["rate"], "channels": found["channels"]}
    samples, _ = soundfile.read(audio, dtype="int16", format="RAW", subtype="PCM_16", **as_told)
    np.testing.assert_array_equal(samples, np.frombuffer(PCM, "<i2"))


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"fLaC" + bytes(100), b"RIFF\0\0\0\0WAVEdata\0\0\0\0"]
)
def test_other_files_have_no_such_header(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert beyond_header(path) is None


def test_different_values_are_counted():
    ramp = np.arange(-500, 500) / 1000
    assert values(np.repeat(ramp, 100), SAMPLE_RATE) == 1000
    assert values(np.round(0.9 * 128 * plucks(2, np.random.default_rng(1))) / 128, SAMPLE_RATE) <= 256


def test_few_values_around_the_loudest_moment_are_no_verdict_on_the_rest():
    """A square wave for a second, and music after it."""
    square = 0.9 * np.sign(np.sin(np.arange(SAMPLE_RATE) / 30))
    assert values(np.concatenate([square, plucks(2, np.random.default_rng(1))]), SAMPLE_RATE) > 1000


@pytest.mark.parametrize("count", [1, 2, 44, 100, 2000, 4409, 4410])
def test_a_take_of_a_tenth_of_a_second_is_long_enough(tmp_path, count):
    write_recordings(tmp_path, {"High": 4}, ["one"])
    for part in ("Dry/d", "Wet/w"):
        path = tmp_path / f"Train/High/{part}_study.wav"
        samples, _ = soundfile.read(path)
        soundfile.write(path, samples[1000 : 1000 + count], SAMPLE_RATE, subtype="PCM_24")
    found = [finding for finding in check_recordings(tmp_path) if "study" in finding.file and finding.check]
    assert {finding.check for finding in found if finding.check == "too short"} == (
        {"too short"} if count < 4410 else set()
    )
    assert not {finding.check for finding in found} & {"partners", "DC offset", "level"}
