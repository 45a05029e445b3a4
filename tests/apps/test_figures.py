import base64
import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from ultragain.apps.figures import COLUMNS, Block, around, tint, zoomed
from ultragain.apps.page import Entry, legend, picture
from ultragain.style import BLUE, DRY, VERMILLION

RATE = 44100
TIME = np.arange(RATE) / RATE
DRY_TONE, WET_TONE = 0.1 * np.sin(2 * np.pi * 100 * TIME), 0.5 * np.sin(2 * np.pi * 200 * TIME)


def axes_of(figure, name):
    return [axis for axis in figure.axes if axis.get_ylabel() == name]


def test_the_error_is_wet_minus_predicted_and_the_clock_is_the_riffs():
    block = Block("gain Low", BLUE, DRY_TONE, WET_TONE, [WET_TONE / 2, np.roll(WET_TONE, 1)])
    part = slice(441, 882)
    figure = zoomed([block], part, 3.0, RATE)
    (wave,), (error,) = axes_of(figure, "amplitude"), axes_of(figure, "error")
    dry, wet, half, late = wave.lines
    assert wave.get_title(loc="right") == "dry × 2"  # 0.6 of 0.5 is 3 times 0.1: the round number below
    np.testing.assert_allclose(dry.get_ydata(), 2 * DRY_TONE[part])
    np.testing.assert_allclose(wet.get_xdata(), 3010 + 1000 * np.arange(441) / RATE)
    np.testing.assert_allclose(error.lines[0].get_ydata(), WET_TONE[part] / 2)
    np.testing.assert_allclose(error.lines[1].get_ydata(), (WET_TONE - np.roll(WET_TONE, 1))[part])
    assert to_rgb(half.get_color()) == to_rgb(BLUE)
    assert half.get_linestyle() == "-" and late.get_linestyle() == "--"


def test_each_gain_has_its_block_and_its_colour():
    blocks = [
        Block(f"gain {name}", color, DRY_TONE, WET_TONE, [WET_TONE])
        for name, color in (("Low", BLUE), ("Mid", VERMILLION))
    ]
    figure = zoomed(blocks, slice(0, 100), 0.0, RATE)
    waves = axes_of(figure, "amplitude")
    assert [axis.get_title(loc="left") for axis in waves] == ["gain Low", "gain Mid"]
    assert [to_rgb(axis.lines[-1].get_color()) for axis in waves] == [to_rgb(BLUE), to_rgb(VERMILLION)]


def test_without_wet_there_is_no_error():
    figure = zoomed([Block("gain Low", BLUE, DRY_TONE, None, [WET_TONE])], slice(0, 100), 0.0, RATE)
    assert axes_of(figure, "error") == []
    assert to_rgb(figure.axes[0].lines[0].get_color()) == to_rgb(DRY)


def test_a_long_signal_is_drawn_by_its_extremes():
    samples = np.zeros(RATE)
    samples[20_000], samples[30_000] = 1, -0.5
    figure = zoomed([Block("preamp", BLUE, samples, samples)], slice(0, RATE), 0.0, RATE)
    (wave,) = axes_of(figure, "amplitude")
    milliseconds, drawn = wave.lines[1].get_data()
    assert COLUMNS < len(drawn) <= 2 * COLUMNS
    assert (drawn.max(), drawn.min()) == (1, -0.5)
    assert milliseconds[drawn.argmax()] == pytest.approx(1000 * 20_000 / RATE)


def test_silence_can_be_drawn():
    zoomed([Block("preamp", BLUE, np.zeros(RATE), np.zeros(RATE), [np.zeros(RATE)])], slice(0, 100), 0.0, RATE)


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
    assert tint("#000000", 0) == "#000000"
    assert tint("#000000", 2) == "#707070"  # 44 % of 255 is 112
    assert tint("#0000FF", 1) == "#3838ff"  # 22 % is 56


def test_a_picture_has_a_text_and_is_no_larger_than_drawn():
    figure = zoomed([Block("preamp", BLUE, DRY_TONE, WET_TONE)], slice(0, 100), 0.0, RATE)
    shown = picture(figure, 'riff "one" <here>')
    assert 'alt="riff &quot;one&quot; &lt;here&gt;"' in shown
    assert "max-width: 902px" in shown  # 9.4 inches of 96 pixels
    drawn = base64.b64decode(re.search(r"base64,([^\"]*)", shown)[1])
    assert b"<svg" in drawn


def test_the_legend_is_a_table():
    entries = [
        Entry("#123456", (), 1.5, "wet <a>"),
        Entry("#654321", (3, 1.5), 0.75, "model", {"ESR here": "5 %", "ESR in the riff": "7 %"}),
    ]
    shown = legend(entries, ("ESR here", "ESR in the riff"))
    assert re.findall(r"<th scope=\"col\">(.*?)</th>", shown) == ["line", "signal", "ESR here", "ESR in the riff"]
    assert re.findall(r"<th scope=\"row\">(.*?)</th>", shown) == ["wet &lt;a&gt;", "model"]
    assert re.findall(r"<td>([^<]*)</td>", shown) == ["", "", "5 %", "7 %"]
    assert 'stroke="#654321" stroke-width="1.00" stroke-dasharray="4.00 2.00"' in shown  # a point is 4/3 of a pixel
