import numpy as np
import pytest

from ultragain.book.kit.axes import log_percent, outline
from ultragain.style import panels


@pytest.mark.parametrize("values", [[10.1, 10.4], [9, 21], [1.02, 4], [9.7, 80], [1.5, 60], [0.3, 200], [7]])
def test_a_logarithmic_axis_has_at_least_three_plain_percentages(values):
    with panels(1, 1, 2) as (figure, axes):
        axis = axes[0, 0]
        axis.plot(values)
        log_percent(axis, "y", values)
        figure.draw_without_rendering()
        low, high = axis.get_ylim()
        written = [label.get_text() for label in axis.get_yticklabels()]
        shown = [float(text) for text in written if low <= float(text) <= high]
    assert low < min(values) and max(values) < high
    assert len(set(shown)) >= 3 and not any("e" in text for text in written)
    assert shown == pytest.approx([tick for tick in axis.get_yticks() if low <= tick <= high])


def test_one_two_and_five_in_each_decade_where_there_is_room():
    with panels(1, 1, 2) as (_, axes):
        log_percent(axes[0, 0], "x", [1.5, 60])
        assert list(axes[0, 0].get_xticks()) == [2, 5, 10, 20, 50]


def test_an_outline_keeps_every_extreme():
    x, y = np.arange(10_003.0), np.random.default_rng(14).normal(size=10_003)
    shorter_x, shorter_y = outline(x, y, columns=100)
    assert len(shorter_x) == len(shorter_y) <= 200 and np.all(np.diff(shorter_x) >= 0)
    for begin in range(0, len(y), 101):  # 100 pieces of 101 samples, the last one shorter
        piece, drawn = slice(begin, begin + 101), (shorter_x >= begin) & (shorter_x < begin + 101)
        assert shorter_y[drawn].min() == y[piece].min() and shorter_y[drawn].max() == y[piece].max()
    np.testing.assert_array_equal(y[shorter_x.astype(int)], shorter_y)


def test_a_short_curve_is_its_own_outline():
    x, y = np.arange(1000.0), np.ones(1000)
    assert outline(x, y) == (x, y)
