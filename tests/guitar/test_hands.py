from dataclasses import replace

import numpy as np
import pytest

from ultragain.guitar import hands
from ultragain.guitar.score import parse

RATE = 44_100


def perform(text, seed=0):
    return hands.perform(parse(text), np.random.default_rng(seed))


def excite(text, seed=0):
    """Excitation of the one string in a score whose hands keep exact time."""
    score = parse(text)
    n = round(score.seconds * RATE)
    return hands.excite(score.notes[0].string, list(score.notes), score, 82.4, n, RATE, np.random.default_rng(seed))


def rms(x, begin, end):
    return np.sqrt(np.mean(x[round(begin * RATE) : round(end * RATE)] ** 2))


def test_strokes_are_milliseconds_off_the_score():
    text = "tempo 120\nstrum 0\n5:3/8*40"
    written, played = parse(text).notes, perform(text)
    late = np.array([a.start - b.start for a, b in zip(played, written, strict=True)])
    assert 0.0005 < np.std(late) < 0.004 and np.max(np.abs(late)) <= 0.0041


def test_a_strum_takes_its_time_and_shares_its_force():
    played = perform("strum 50\nfff [022100]/4")
    starts = [note.start for note in played]
    assert starts == sorted(starts)
    assert 0.7 * 0.05 <= starts[-1] - starts[0] <= 1.3 * 0.05
    assert [note.velocity for note in played] == pytest.approx([6**hands.CROSSING] * 6)


def test_a_finger_leaves_before_it_is_elsewhere():
    moved, stayed, tapped = (perform(f"tempo 60\n6:3/4 {then}")[:2] for then in ("6:8", "6:3", "h6:8"))
    assert 0.012 < moved[1].start - moved[0].stop < 0.060
    for first, second in (stayed, tapped):
        assert second.start - first.stop < 0.021


def test_only_hard_chords_brush_a_string_that_is_free():
    def brushed(text):
        return [note for seed in range(20) for note in perform(text, seed) if note.dead]

    assert {note.string for note in brushed("fff 6:3+5:5/4")} == {4}
    assert {note.string for note in brushed("fff 5:3+4:5/4^")} == {6}
    assert all(note.velocity < 0.3 for note in brushed("fff 6:3+5:5/4"))
    assert not brushed("p 6:3+5:5/4") and not brushed("fff 6:3/4") and not brushed("fff [022100]/4")
    assert not [note for note in brushed("ring fff 4:2/4 6:3+5:5/4") if note.string == 4]


def test_a_slide_is_heard_while_the_finger_travels():
    note = parse("tempo 60\n6:3s8/1").notes[0]
    begin, travel = hands.slide_times(note)
    assert begin + travel <= note.held
    sliding, still = excite("tempo 60\nf 6:3s8/1"), excite("tempo 60\nf 6:3/1")
    assert rms(sliding, begin, begin + travel) > 1e-3
    assert not sliding[round((begin + travel + 0.01) * RATE) : round(3.9 * RATE)].any()
    assert not still[round(0.1 * RATE) : round(3.9 * RATE)].any()


def test_a_wound_string_squeaks_and_a_plain_one_hisses_less():
    wound, plain = excite("tempo 60\nf 6:3s8/1"), excite("tempo 60\nf 1:3s8/1")
    begin, travel = hands.slide_times(parse("tempo 60\n6:3s8/1").notes[0])
    assert rms(wound, begin, begin + travel) > 1.5 * rms(plain, begin, begin + travel)


def test_no_finger_is_faster_than_a_hand():
    # Two octaves in a few milliseconds are a jump, not a squeak hundreds of times as loud.
    jump = excite("tempo 400\nf 6:1s24/16")
    begin, travel = hands.slide_times(parse("tempo 400\n6:1s24/16").notes[0])
    assert travel < 0.02
    assert np.max(np.abs(jump[round(begin * RATE) :])) < 0.1


def test_a_hand_squeaks_where_it_moves_and_not_where_it_jumps(monkeypatch):
    monkeypatch.setattr(hands, "RUB", 0.0)
    monkeypatch.setattr(hands, "LIFT", 0.0)
    # From 0.62 to 0.74 s, between the notes: 0.06 m is a shift, 0.46 m too far for the string to be kept.
    near, far = (
        [rms(excite(f"tempo 60\nf 6:3/8 r/16 6:{fret}/8", seed), 0.63, 0.71) for seed in range(5)] for fret in (5, 20)
    )
    assert min(near) > 0 and max(near) > 3e-4
    assert max(far) == 0


def test_hammering_clicks_on_the_fret():
    score = parse("tempo 60\nf 6:3/4 h6:5")
    first, second = score.notes
    hammered, pulled = (
        hands.excite(6, [first, replace(second, fret=fret)], score, 82.4, 2 * RATE, RATE, np.random.default_rng(0))
        for fret in (5, 0)
    )
    # A pull-off to the open string is the same stroke without a fret to land on.
    differ = np.flatnonzero(np.abs(hammered[: round(1.9 * RATE)] - pulled[: round(1.9 * RATE)]) > 1e-9)
    assert RATE <= differ[0] < 1.01 * RATE and np.max(np.abs(hammered - pulled)) > 0.02


def test_hands_rub_only_where_nothing_sounds():
    x = excite("tempo 60\ntail 2\nf 6:0/1 r/2")
    assert not x[round(0.1 * RATE) : round(3.9 * RATE)].any()
    assert 1e-5 < rms(x, 4.1, 8) < 3e-3
