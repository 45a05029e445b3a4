import base64
import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from ultragain.apps.figures import COLUMNS, Block, around, esr_of, tint, zoomed
from ultragain.apps.page import picture
from ultragain.style import BLUE, DRY, VERMILLION

RATE = 44100
TIME = np.arange(RATE) / RATE
DRY_TONE, WET_TONE = 0.1 * np.sin(2 * np.pi * 100 * TIME), 0.5 * np.sin(2 * np.pi * 200 * TIME)


def axes_of(figure, name):
    return [axis for axis in figure.axes if axis.get_ylabel() == name]


def lines_of(axis):
    return {line.get_label(): line for line in axis.lines}


def test_the_error_is_wet_minus_predicted_and_the_clock_is_the_riffs():
    block = Block("gain Low", BLUE, DRY_TONE, WET_TONE, {"half": WET_TONE / 2, "late": np.roll(WET_TONE, 1)})
    part = slice(441, 882)
    figure = zoomed([block], part, 3.0, RATE)
    (wave,), (error,) = axes_of(figure, "amplitude"), axes_of(figure, "error")
    lines = lines_of(wave)
    assert list(lines) == ["dry × 2", "wet", "half", "late"]  # 0.6 of 0.5 is 3 times 0.1: the round number below
    np.testing.assert_allclose(lines["dry × 2"].get_ydata(), 2 * DRY_TONE[part])
    np.testing.assert_allclose(lines["wet"].get_xdata(), 3010 + 1000 * np.arange(441) / RATE)
    half, late = (line.get_ydata() for line in error.lines)
    np.testing.assert_allclose(half, WET_TONE[part] / 2)
    np.testing.assert_allclose(late, (WET_TONE - np.roll(WET_TONE, 1))[part])
    assert to_rgb(lines["half"].get_color()) == to_rgb(BLUE)
    assert lines["half"].get_linestyle() != lines["late"].get_linestyle()


def test_each_gain_has_its_block_and_its_colour():
    blocks = [
        Block(f"gain {name}", color, DRY_TONE, WET_TONE, {"model": WET_TONE})
        for name, color in (("Low", BLUE), ("Mid", VERMILLION))
    ]
    figure = zoomed(blocks, slice(0, 100), 0.0, RATE)
    waves = axes_of(figure, "amplitude")
    assert [axis.get_title(loc="left") for axis in waves] == ["gain Low", "gain Mid"]
    assert [to_rgb(lines_of(axis)["model"].get_color()) for axis in waves] == [to_rgb(BLUE), to_rgb(VERMILLION)]
    assert figure.get_figheight() - zoomed(blocks[:1], slice(0, 100), 0.0, RATE).get_figheight() == pytest.approx(3.3)


def test_without_wet_there_is_no_error():
    figure = zoomed([Block("gain Low", BLUE, DRY_TONE, None, {"model": WET_TONE})], slice(0, 100), 0.0, RATE)
    assert axes_of(figure, "error") == []
    assert to_rgb(figure.axes[0].lines[0].get_color()) == to_rgb(DRY)


def test_a_long_signal_is_drawn_by_its_extremes():
    samples = np.zeros(RATE)
    samples[20_000], samples[30_000] = 1, -0.5
    figure = zoomed([Block("preamp", BLUE, samples, samples)], slice(0, RATE), 0.0, RATE)
    (wave,) = axes_of(figure, "amplitude")
    seconds, drawn = lines_of(wave)["wet"].get_data()
    assert len(drawn) == 2 * COLUMNS
    assert (drawn.max(), drawn.min()) == (1, -0.5)
    assert seconds[drawn.argmax()] == pytest.approx(1000 * 20_000 / RATE, abs=1000 / COLUMNS)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (slice(50, 60), slice(35, 75)),
        (slice(0, 10), slice(0, 40)),
        (slice(90, 100), slice(60, 100)),
        (slice(10, 80), slice(10, 80)),
    ],
)
def test_a_short_part_is_widened_about_its_middle(part, expected):
    assert around(part, 40, 100) == expected


def test_tints_are_shades_of_the_colour():
    assert tint("#000000", 0) == (0, 0, 0)
    assert tint("#000000", 2) == pytest.approx((0.44, 0.44, 0.44))
    assert tint("#0000FF", 1)[2] == pytest.approx(1)


def test_the_esr_of_a_part_in_words():
    assert esr_of(WET_TONE, WET_TONE / 2) == "ESR 25.0 % here"
    assert esr_of(np.zeros(9), np.ones(9)) == "silent here"


def test_a_picture_has_a_text_and_is_no_larger_than_drawn():
    figure = zoomed([Block("preamp", BLUE, DRY_TONE, WET_TONE)], slice(0, 100), 0.0, RATE)
    shown = picture(figure, 'riff "one" <here>')
    assert 'alt="riff &quot;one&quot; &lt;here&gt;"' in shown
    assert "max-width: 902px" in shown  # 9.4 inches of 96 pixels
    drawn = base64.b64decode(re.search(r"base64,([^\"]*)", shown)[1])
    assert b"<svg" in drawn
