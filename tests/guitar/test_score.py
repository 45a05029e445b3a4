import re
import textwrap

import pytest

from ultragain.errors import UltraGainError
from ultragain.guitar import score
from ultragain.guitar.score import parse


def times(text):
    return [(note.start, note.stop) for note in parse(text).notes]


def test_lengths_hold_until_another_is_given():
    # 120 quarters a minute: an eighth is 0.25 s, dotted 0.375 s, a triplet of it 1/6 s.
    score = parse("tempo 120\ntail 0.25\n6:0/8 6:1 5:2/8. 5:3/8t r/4 4:0/2")
    starts = [note.start for note in score.notes]
    assert starts == pytest.approx([0, 0.25, 0.5, 0.875, 0.875 + 1 / 6 + 0.5])
    assert score.music == pytest.approx(0.875 + 1 / 6 + 0.5 + 1.0)
    assert score.seconds == pytest.approx(score.music + 0.25)


def test_repeats_strokes_and_holds():
    assert times("tempo 60\n6:0/4*3") == [(0, 1), (1, 2), (2, 3)]
    assert times("tempo 60\n|: 6:0/4 :|x3 5:0") == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert times("tempo 60\n6:0/4 -/2 5:0/4") == [(0, 3), (3, 4)]
    assert [note.up for note in parse("6:0/16*4").notes] == [False, True, False, True]
    assert [note.up for note in parse("6:0/8*2 6:0^").notes] == [False, False, True]


def test_ringing_ends_at_a_rest_or_a_stop():
    assert times("tempo 60\nring 6:0/4 5:0 r 4:0 stop 3:0") == [(0, 2), (1, 2), (3, 4), (4, 5)]
    assert times("tempo 60\nring 6:0/4")[0][1] == float("inf")


def test_chords_are_struck_low_to_high_and_back():
    down = parse("[x32010]").notes
    assert [(note.string, note.fret) for note in down] == [(5, 3), (4, 2), (3, 0), (2, 1), (1, 0)]
    assert [note.rank for note in down] == [0, 1, 2, 3, 4]
    assert [note.string for note in parse("6:3+5:5^").notes] == [5, 6]
    assert [note.fret for note in parse("[8,10,10,9,8,8]").notes] == [8, 10, 10, 9, 8, 8]


def test_techniques_reach_their_notes():
    plain, bent, tapped, dead, palm = parse("2:5 2:7b9~ h2:10 4:x pm 6:0").notes
    assert (bent.bend, bent.vibrato, plain.bend, plain.vibrato) == (2, True, 0, False)
    assert tapped.legato and dead.dead and palm.palm
    assert not (plain.legato or plain.dead or plain.palm)


def test_slides_and_harmonics_reach_their_notes():
    up, down, both, above, natural, pinched = parse("6:3s5 2:12s9 6:3s5+5:5s7 4:12nh 3:7ph").notes
    assert [(note.fret, note.slide) for note in (up, down, both, above)] == [(3, 2), (12, -3), (3, 2), (5, 2)]
    # A natural harmonic sounds on the open string.
    assert (natural.fret, natural.partial) == (0, 2)
    assert pinched.fret == 7 and 3 <= pinched.partial <= 7
    assert up.partial == 1 and natural.slide == 0


@pytest.mark.parametrize(
    ("fret", "partial"), [(12, 2), (7, 3), (19, 3), (5, 4), (24, 4), (4, 5), (9, 5), (16, 5), (3, 6)]
)
def test_nodes_of_an_open_string(fret, partial):
    # Halves, thirds, quarters, fifths and the sixth of a string, less than half a fret away.
    assert parse(f"6:{fret}nh").notes[0].partial == partial
    nodes = [j / partial for j in range(1, partial)]
    assert min(abs(1 - 2 ** (-fret / 12) - node) for node in nodes) < 0.01


def test_a_thumb_nearer_to_the_bridge_squeals_higher():
    partials = [parse(f"pick {pick}\n3:5ph").notes[0].partial for pick in (0.24, 0.16, 0.08)]
    assert partials == sorted(set(partials))
    # Fret 12 halves the string, a thumb at 0.125 of it all is at a quarter of the rest.
    assert parse("pick 0.105\n3:12ph").notes[0].partial == 4


def test_dynamics_grow_and_end_at_full_force():
    notes = parse("ppp 6:0 pp 6:0 p 6:0 mp 6:0 mf 6:0 f 6:0 ff 6:0 fff 6:0 6:0>").notes
    levels = [note.velocity for note in notes]
    assert levels[:-1] == sorted(set(levels))
    assert levels[-2:] == [1.0, 1.0]


def test_tuning_is_read_in_midi_numbers():
    assert parse("6:0").tuning == (40, 45, 50, 55, 59, 64)
    assert parse("tuning D2 A2 D3 F#3 Bb3 E4 # open-ish\n6:0").tuning == (38, 45, 50, 54, 58, 64)


def test_bars_are_checked_against_the_time_signature():
    parse("time 3/4\n| 6:0/4*3 | 6:0/2. |")
    with pytest.raises(UltraGainError, match=r"line 3, '\|': this bar holds 1/2 .* 3/4"):
        parse("time 3/4\n| 6:0/4*3\n| 6:0/2 |")


@pytest.mark.parametrize(
    ("text", "line", "token", "allowed"),
    [
        ("6:0\n7:0", 2, "7:0", "strings are 1"),
        ("6:25", 1, "6:25", "frets are 0 to 24"),
        ("6:0/5", 1, "6:0/5", "a length is"),
        ("6:0*0", 1, "6:0*0", "*1 to *99"),
        ("hello", 1, "hello", "write notes as"),
        ("6:0+6:3", 1, "6:0+6:3", "same string twice"),
        ("[02210]", 1, "[02210]", "six frets"),
        ("2:8b14", 1, "2:8b14", "1 to 4 frets up"),
        ("h2:7", 1, "h2:7", "already sounding"),
        ("6:3s3", 1, "6:3s3", "from one fret to another"),
        ("6:0s5", 1, "6:0s5", "from one fret to another"),
        ("6:5s0", 1, "6:5s0", "from one fret to another"),
        ("6:5s25", 1, "6:5s25", "frets are 0 to 24"),
        ("6:xs5", 1, "6:xs5", "no pitch"),
        ("6:xph", 1, "6:xph", "no pitch"),
        ("6:6nh", 1, "6:6nh", "natural harmonics are at frets 3, 4, 5, 7, 9, 12, 16, 19, 24"),
        ("6:0nh", 1, "6:0nh", "natural harmonics are at"),
        ("6:3b5nh", 1, "6:3b5nh", "write notes as"),
        ("6:5 h6:7ph", 1, "h6:7ph", "picked, not hammered"),
        ("tone 11\n6:0", 1, "tone 11", "0 to 10"),
        ("r~", 1, "r~", "a length and nothing else"),
        ("-/4", 1, "-/4", "a note before it"),
        ("tempo 9\n6:0", 1, "tempo 9", "20 to 400"),
        ("tempo nan\n6:0", 1, "tempo nan", "20 to 400"),
        ("tuning E2 A2\n6:0", 1, "tuning E2 A2", "six notes"),
        ("pickup rear\n6:0", 1, "pickup rear", "bridge"),
        ("time 4\n6:0", 1, "time 4", "4/4"),
        ("6:0\ntempo 90", 2, "tempo", "before the music"),
        ("|: 6:0", 1, "|:", "never closed"),
        ("6:0 :|", 1, ":|", "begun by"),
        ("|: 6:0 |: 6:0 :|", 1, "|:", "inside a repeat"),
        ("tempo 20\n" + "6:0/1*99 " * 9, 2, "6:0/1*99", "longer than"),
    ],
)
def test_a_bad_score_is_refused_in_one_line(text, line, token, allowed):
    wanted = re.escape(f"line {line}, '{token}': ") + ".*" + re.escape(allowed)
    with pytest.raises(UltraGainError, match=wanted) as refusal:
        parse(text)
    assert "\n" not in str(refusal.value)


def test_the_score_in_the_documentation_is_one():
    example = textwrap.dedent(score.__doc__.split("::", 1)[1].split("=====")[0])
    described = parse(example)
    assert described.tone == 6 and described.pickup == ("bridge", "humbucker") and described.tail == 0.6
    # Each line of the table that shows a note shows one that can be played.
    for text in ("6:0", "6:x", "6:0+5:2", "[8,10,10,9,8,8]", "2:8b10", "6:3s5", "6:3s5+5:5s7", "6:12nh", "3:7ph"):
        assert f"``{text}``" in score.__doc__ and parse(text).notes


def test_a_score_without_notes_is_refused():
    for text in ("", "tempo 120\n", "r/4", "# nothing"):
        with pytest.raises(UltraGainError, match="no notes"):
            parse(text)
