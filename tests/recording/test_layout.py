import numpy as np
import pytest
from conftest import SAMPLE_RATE, plucks, write_take

from ultragain.errors import UltraGainError
from ultragain.recording.layout import Take, find_takes, load_take

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
