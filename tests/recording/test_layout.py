from pathlib import PurePosixPath

import numpy as np
import pytest
from made_project import SAMPLE_RATE, plucks, write_take

from ultragain.errors import UltraGainError
from ultragain.recording.layout import Take, find_takes, load_take, take_of

DRY = plucks(0.5, np.random.default_rng(1))


def test_takes_stand_where_the_layout_says(tmp_path):
    take = Take(tmp_path, "Test", "High", "battery")
    assert take.dry == tmp_path / "Test/High/Dry/d_battery.wav"
    assert take.wet == tmp_path / "Test/High/Wet/w_battery.wav"


@pytest.mark.parametrize("missing, there", [("dry", "wet"), ("wet", "dry")])
def test_a_file_without_its_pair_is_named(tmp_path, missing, there):
    take = write_take(tmp_path, "Train", "High", "riff", DRY, DRY)
    getattr(take, missing).unlink()
    with pytest.raises(UltraGainError, match=f"{getattr(take, missing).name}: is missing, though its pair is there"):
        find_takes(tmp_path, "Train", "High")
    assert getattr(take, there).exists()


@pytest.mark.parametrize(
    "wet, rate, message",
    [
        (DRY[:-1], SAMPLE_RATE, f"w_riff.wav: holds {len(DRY) - 1} samples, its dry file {len(DRY)}"),
        (np.zeros_like(DRY), SAMPLE_RATE, "w_riff.wav: is silent"),
        (DRY, 48000, "sample rate is 48000 Hz, the experiment requires 44100 Hz"),
    ],
)
def test_a_bad_take_is_named(tmp_path, wet, rate, message):
    take = write_take(tmp_path, "Train", "High", "riff", DRY, wet, rate)
    with pytest.raises(UltraGainError, match=message):
        load_take(take, SAMPLE_RATE)


@pytest.mark.parametrize("dry, wet", [(".WAV", ".wav"), (".wav", ".WAV"), (".Wav", ".wAV")])
def test_the_suffix_may_be_in_capitals(tmp_path, dry, wet):
    take = write_take(tmp_path, "Train", "High", "riff", DRY, 0.5 * DRY)
    for path, suffix in ((take.dry, dry), (take.wet, wet)):
        path.rename(path.with_suffix(suffix))
    (found,) = find_takes(tmp_path, "Train", "High")
    assert (found.name, found.dry.suffix, found.wet.suffix) == ("riff", dry, wet)
    np.testing.assert_allclose(load_take(found, SAMPLE_RATE)[1], 0.5 * DRY, atol=2**-23)


def test_an_umlaut_may_be_written_as_one_sign_or_two(tmp_path):
    """Some systems write a letter and its dots; on this disk the two forms are different folders and files."""
    one, two = "H\u00f6he", "Ho\u0308he"
    take = write_take(tmp_path, "Train", one, one, DRY, DRY)
    for path, place in ((take.dry, f"Train/{two}/Dry/d_{one}.wav"), (take.wet, f"Train/{one}/Wet/w_{two}.WAV")):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        path.rename(tmp_path / place)
    (found,) = find_takes(tmp_path, "Train", one)
    assert f"{found}" == f"Train/{one}/{one}"
    assert found.dry.is_file() and found.wet.is_file()


@pytest.mark.parametrize(
    "place, take",
    [
        ("Test/8/Dry/d_a.b.WAV", ("Test", "8", "a.b")),
        ("Test/8/Wet/w_a.wav", ("Test", "8", "a")),
        ("Test/8/Wet/d_a.wav", None),
        ("Test/8/w_a.wav", None),
        ("Elsewhere/8/Wet/w_a.wav", None),
        ("Test/8/Wet/w_a.flac", None),
        ("Test/8/Wet/._w_a.wav", None),
    ],
)
def test_what_a_file_belongs_to(place, take):
    assert take_of(PurePosixPath(place)) == take
