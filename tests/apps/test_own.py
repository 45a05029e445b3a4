import numpy as np
import pytest
from own_files import file, upload

from ultragain.apps.own import LONGEST_SECONDS, OwnFile, read_own
from ultragain.errors import UltraGainError

RATE = 44100


def sine(rate, seconds=0.5, hertz=1000.0):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("container", ["WAV", "FLAC"])
def test_a_mono_file_at_the_rate_is_taken_as_it_is(container):
    samples, story = read_own("my.wav", file(sine(RATE), format=container), RATE)
    np.testing.assert_allclose(samples, sine(RATE), atol=2**-23)
    assert story == "my.wav: 0.5 s, peak -6.0 dBFS"


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000])
def test_any_rate_becomes_the_same_sine(rate):
    samples, story = read_own("my.wav", file(sine(rate), rate), RATE)
    expected = sine(RATE)
    assert len(samples) == len(expected)
    inside = slice(2000, -2000)  # the ends ring
    np.testing.assert_allclose(samples[inside], expected[inside], atol=1e-4)
    assert f"converted from {rate / 1000:g} kHz" in story


def test_stereo_becomes_the_mean_of_its_channels():
    left, right = sine(RATE), sine(RATE, hertz=300)
    samples, story = read_own("my.wav", file(np.stack([left, right], axis=1)), RATE)
    np.testing.assert_allclose(samples, (left + right) / 2, atol=2**-23)
    assert story.endswith("the mean of 2 channels")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Dear amplifier,", "is no audio file"),
        (b"", "is no audio file"),
        (file(np.full((LONGEST_SECONDS + 1) * 8000, 0.1), 8000), "is 31 s long: cut it to 30 s"),
        (file(np.zeros(1000)), "is silent"),
        (file(0.0005 * sine(RATE)), "is silent, its peak is -72 dBFS"),
        (file(np.array([])), "holds no samples"),
        (file(np.array([0.1, np.nan]), subtype="FLOAT"), "not finite"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(content, reason):
    with pytest.raises(UltraGainError, match=reason) as refused:
        read_own("my.wav", content, RATE)
    assert f"{refused.value}".startswith("my.wav: ") and "\n" not in f"{refused.value}"


def test_the_button_hands_on_what_can_be_used_again_and_again():
    arrived = []
    own = OwnFile(RATE, lambda name, samples: arrived.append((name, len(samples))))
    upload(own, "a<b>.wav", file(sine(RATE)))
    upload(own, "a<b>.wav", file(sine(RATE)))
    assert arrived == [("a<b>.wav", RATE // 2)] * 2
    assert ">a&lt;b&gt;.wav: 0.5 s, peak -6.0 dBFS</p>" in own.said.value
    upload(own, "b.wav", b"no")
    assert len(arrived) == 2
    assert "b.wav: is no audio file" in own.said.value
