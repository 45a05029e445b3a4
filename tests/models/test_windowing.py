import numpy as np
import pytest

from ultragain.errors import UltraGainError
from ultragain.models.windowing import count_windows, cut, draw_windows

RAMP = np.arange(1000.0)  # a sample's value is its place; wet = -dry


def draw(train, context, counts, validation=(), seed=25):
    return draw_windows(train, list(validation), context, counts, np.random.default_rng(seed))


@pytest.mark.parametrize("context", [1, 7, 44])
def test_the_target_lies_under_the_last_dry_sample(context):
    counts = count_windows([1000], [], [context], 10, 0.2)
    for windows in draw([(RAMP, -RAMP)], context, counts):
        assert windows.x.shape[1:] == (context, 1)
        np.testing.assert_array_equal(windows.y, -windows.x[:, -1])


def test_windows_are_contiguous_and_do_not_overlap():
    context = 7
    counts = count_windows([1000], [], [context], 10**6, 0.2)
    windows, validation = draw([(RAMP, -RAMP)], context, counts)
    x = np.concatenate([windows.x, validation.x])[..., 0]
    np.testing.assert_array_equal(np.diff(x, axis=1), 1)
    # every whole chunk of the recording exactly once
    assert sorted(x[:, 0]) == list(range(0, 994, context))


def test_windows_never_span_two_recordings():
    counts = count_windows([10, 10], [], [7], 10**6, 0.5)
    windows, validation = draw([(RAMP[:10], RAMP[:10]), (RAMP[100:110], RAMP[100:110])], 7, counts)
    assert sorted([*windows.x[:, 0, 0], *validation.x[:, 0, 0]]) == [0, 100]


def test_the_write_ups_counts():
    # 75,000 / 0.8 = 93,750 windows of at most 88 samples: 187.1 s at 44.1 kHz
    counts = count_windows([190 * 44100], [], [44, 66, 88], 75000, 0.2)
    assert (counts.training, counts.validation, counts.notice) == (75000, 18750, "")


def test_short_recordings_limit_every_context_to_what_the_longest_can_have():
    counts = count_windows([880, 100], [], [44, 88], 75000, 0.2)
    # 880 // 88 + 100 // 88 = 11 windows, of which 80 % train
    assert (counts.training, counts.validation) == (9, 2)
    assert "9 windows instead of 75,000" in counts.notice


def test_a_val_folder_replaces_the_share():
    counts = count_windows([1000], [300], [10], 80, 0.2)
    assert (counts.training, counts.validation) == (80, 20)  # 80 / 0.8 - 80
    windows, validation = draw([(RAMP, RAMP)], 10, counts, validation=[(RAMP[:300] - 5000, RAMP[:300])])
    assert windows.x.min() >= 0
    assert validation.x.max() < 0


@pytest.mark.parametrize(
    "train, validation, asked, missing",
    [
        ([80], [], 75000, "training"),
        ([100], [], 75000, "validation"),
        ([44100], [80], 75000, "validation"),
        ([44100], [], 1, "validation"),
    ],
)
def test_too_short_for_any_window_is_an_error_that_says_which(train, validation, asked, missing):
    with pytest.raises(UltraGainError, match=f"not one {missing} window of 88 samples"):
        count_windows(train, validation, [44, 88], asked, 0.2)


def test_the_same_seed_draws_the_same_windows():
    counts = count_windows([1000], [], [7], 50, 0.2)
    first, second, other = (draw([(RAMP, RAMP)], 7, counts, seed=seed)[0].x for seed in (25, 25, 26))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_a_run_is_cut_as_its_longest_context_allows():
    parameters = {"context": 7, "longest_context": 50, "training_windows": 10**6, "validation_share": 0.2}
    windows, validation, counts = cut([(RAMP, -RAMP)], [], parameters, np.random.default_rng(0))
    assert (counts.training, counts.validation) == (16, 4)  # 1000 // 50 = 20 windows
    assert (windows.x.shape, validation.x.shape) == ((16, 7, 1), (4, 7, 1))
