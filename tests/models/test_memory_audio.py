import dataclasses

import numpy as np
import pytest

from ultragain.errors import UltraGainError
from ultragain.models.memory import audio
from ultragain.models.memory.recipe import Recipe, linear

RATE = 1000  # Hz: 0.25 s are 250 samples, a piece is 500
LEAD, SAMPLES = 30, 100
RECIPE = Recipe(samples=SAMPLES, lead=LEAD, piece=0.5, level=1.0, rate=1.0, rise=0.0, fall=linear, fold=None)
RNG = np.random.default_rng(0)


def take(samples, loud=1.0):
    """No sample is zero, and none is there twice; wet is three times dry."""
    dry = (loud * (1 + RNG.permutation(samples) / samples)).astype(np.float32)
    return dry, 3 * dry


def cut(takes, validation=(), share=0.1, recipe=RECIPE):
    return audio.cut(recipe, takes, list(validation), {"validation_share": share, "sample_rate": RATE}, None)


def rms(signals):
    return np.sqrt(np.mean(np.concatenate(signals).astype(float) ** 2))


@pytest.mark.parametrize("loud", [1e-4, 1.0, 100.0])
@pytest.mark.parametrize("level", [1.0, 0.2])
def test_levels_do_not_depend_on_how_loud_it_was_recorded(loud, level):
    takes = [take(3000, loud), take(2000, loud)]
    streams, pieces, _ = cut(takes, recipe=dataclasses.replace(RECIPE, level=level))
    trained = [takes[0][0][:2700], takes[1][0][:1750]]  # 10 %, and 0.25 s
    sounding = streams.dry != 0
    assert rms([streams.dry[sounding]]) == pytest.approx(level, rel=1e-5)
    assert rms([streams.wet[sounding]]) == pytest.approx(1, rel=1e-5)
    assert streams.levels == pytest.approx((rms(trained) / level, 3 * rms(trained)), rel=1e-5)
    assert pieces.level == streams.levels[1]


def test_validation_is_the_end_of_every_take_and_is_not_trained_on():
    takes = [take(3000), take(2000), take(400)]
    streams, pieces, counts = cut(takes)
    (dry_level, wet_level), ends = streams.levels, (2700, 1750, 400)  # the last one is too short to be divided
    for (begin, end), (dry, wet), last in zip(streams.places, takes, ends, strict=False):
        np.testing.assert_allclose(streams.dry[begin:end], dry[:last] / dry_level, rtol=1e-6)
        np.testing.assert_allclose(streams.wet[begin:end], wet[:last] / wet_level, rtol=1e-6)
        assert not streams.dry[begin - LEAD : begin].any() and not streams.wet[begin - LEAD : begin].any()
    for piece, (_, wet), last in zip(pieces.wet, takes[:2], (2700, 1750), strict=True):
        np.testing.assert_allclose(piece, wet[last:] / wet_level, rtol=1e-6)
    for piece, (dry, _), last in zip(pieces.dry, takes[:2], (2700, 1750), strict=True):  # with its run-in
        np.testing.assert_allclose(piece, dry[last - LEAD :] / dry_level, rtol=1e-6)
    assert (counts.training, counts.validation) == (4.85, 0.55)


def test_a_val_folder_replaces_the_share():
    takes, held = [take(3000)], take(1200)
    streams, pieces, counts = cut(takes, [held])
    assert streams.places[0].tolist() == [LEAD, LEAD + 3000]
    assert [len(wet) for wet in pieces.wet] == [500, 500, 200]
    assert [len(dry) for dry in pieces.dry] == [500, 500 + LEAD, 200 + LEAD]  # nothing is before the first one
    np.testing.assert_allclose(np.concatenate(pieces.wet) * pieces.level, held[1], rtol=1e-6)
    assert (counts.training, counts.validation) == (3.0, 1.2)


def test_silence_is_heard_too():
    streams, _, _ = cut([take(3000)])
    begin, end = streams.places[-1]
    assert end == len(streams.dry) and end - begin == audio.SILENCE * RATE
    assert not streams.dry[begin - LEAD : end].any() and not streams.wet[begin - LEAD : end].any()


def test_a_take_shorter_than_a_segment_begins_in_silence():
    short, long = take(SAMPLES // 4), take(3000)
    streams, _, _ = cut([long, short])
    begin, end = streams.places[1]
    assert end - begin == SAMPLES
    np.testing.assert_allclose(streams.dry[end - len(short[0]) : end] * streams.levels[0], short[0], rtol=1e-6)
    assert not streams.dry[begin - LEAD : end - len(short[0])].any()


@pytest.mark.parametrize("number", range(20))
def test_segments_of_a_pass_lie_inside_takes_and_do_not_overlap(number):
    streams, _, _ = cut([take(3000), take(777), take(SAMPLES // 2)])
    starts = np.sort(streams.one_pass(25, number))
    assert (np.diff(starts) >= SAMPLES).all()
    inside = [((begin <= starts) & (starts + SAMPLES <= end)).sum() for begin, end in streams.places]
    assert inside == [27, 5, 1, 10]  # 2700, 777 - 250, one of silence and the take, and 1000 of silence
    assert starts.min() >= LEAD and starts.max() + SAMPLES <= len(streams.dry)


def test_passes_differ_and_follow_each_other_without_a_gap():
    streams, _, _ = cut([take(1000)])  # 7 segments, and 10 of silence
    passes = [streams.one_pass(25, number) for number in range(3)]
    assert len({tuple(each) for each in passes}) == 3
    assert len({tuple(np.sort(each)) for each in passes}) == 3  # from other places, not only in another order
    heard = [streams.starts(25, step, 6) for step in range(8)]
    np.testing.assert_array_equal(np.concatenate(heard), np.concatenate(passes)[:48])
    np.testing.assert_array_equal(streams.starts(25, 0, 40), np.concatenate(passes)[:40])  # a batch of many passes
    assert (streams.one_pass(26, 0) != passes[0]).any()


def test_energy_of_segments():
    streams, _, _ = cut([take(1000)])
    begin = streams.places[0, 0]
    expected = sum(np.sum(streams.wet[s : s + SAMPLES].astype(float) ** 2) for s in (begin, begin + 50))
    assert streams.energy([begin, begin + 50]) == pytest.approx(expected, rel=1e-6)


def test_scores_of_a_scaled_prediction_are_at_the_recorded_level():
    wet = take(1200)[1]
    _, pieces, _ = cut([take(3000)], [(wet / 3, wet)])
    before = [np.full(len(dry) - len(wet), 9.0) for dry, wet in zip(pieces.dry, pieces.wet, strict=True)]
    played = [np.concatenate([run_in, wet / 2]) for run_in, wet in zip(before, pieces.wet, strict=True)]
    expected = {"esr": 0.25, "mse": np.mean(wet.astype(float) ** 2) / 4, "mae": np.mean(wet) / 2}
    assert pieces.scores(played) == pytest.approx(expected, rel=1e-5)
    assert pieces.scores([np.full_like(dry, np.nan) for dry in pieces.dry])["esr"] == np.inf


@pytest.mark.parametrize("side, name", [(0, "dry"), (1, "wet")])
def test_silent_training_audio_is_an_error_of_one_line(side, name):
    silent = list(take(3000))
    silent[side] = 0 * silent[side]
    with pytest.raises(UltraGainError, match=f"^training audio: its {name} recordings are silent.*$"):
        cut([tuple(silent)])


def test_silence_that_validates_is_an_error_of_one_line():
    dry, wet = take(3000)
    dry[2700:] = wet[2700:] = 0
    with pytest.raises(UltraGainError, match="^validation audio: is silent.*Val folder$"):
        cut([(dry, wet)])


def test_takes_too_short_to_validate_are_an_error_of_one_line():
    with pytest.raises(UltraGainError, match="^training audio: no take is 0.5 s long.*Val folder$"):
        cut([take(499), take(300)])
    cut([take(500), take(300)])
