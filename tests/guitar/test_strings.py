from dataclasses import replace

import librosa
import numpy as np
import pytest
from scipy import signal

from ultragain.errors import UltraGainError
from ultragain.guitar.hands import slide_times
from ultragain.guitar.score import parse
from ultragain.guitar.strings import NOISE_DBFS, _String, render

RATE = 44_100
OPEN = {6: 40, 5: 45, 4: 50, 3: 55, 2: 59, 1: 64}


def play(text, seed=0, rate=RATE):
    return render(text, rate, np.random.default_rng(seed))


def level_db(x):
    return 10 * np.log10(np.mean(x**2))


def equal_tempered(string, fret):
    return 440 * 2 ** ((OPEN[string] + fret - 69) / 12)


def strongest(x, near, cents=100):
    """Strongest frequency near another one, by a zero-padded spectrum's peak."""
    bins = np.abs(np.fft.rfft(x * np.hanning(len(x)), 1 << 20))
    hz = np.fft.rfftfreq(1 << 20, 1 / RATE)
    inside = np.abs(1200 * np.log2(np.maximum(hz, 1) / near)) < cents
    return hz[inside][np.argmax(bins[inside])]


def centroid(x):
    power = np.abs(np.fft.rfft(x)) ** 2
    return np.sum(power * np.fft.rfftfreq(len(x), 1 / RATE)) / np.sum(power)


def low_e_db(x):
    """Level of an open low E that was struck at 0 s, while the second of two quarters sounds."""
    later = x[RATE + RATE // 4 : 2 * RATE]
    bins = np.abs(np.fft.rfft(later * np.hanning(len(later)))) ** 2
    return 10 * np.log10(np.sum(bins[np.abs(np.fft.rfftfreq(len(later), 1 / RATE) - equal_tempered(6, 0)) < 3]))


PLACES = [(6, 0), (6, 5), (5, 3), (4, 0), (3, 2), (2, 12), (1, 0), (1, 12), (1, 22)]


@pytest.mark.parametrize(("string", "fret"), PLACES)
def test_notes_are_in_tune(string, fret):
    x = play(f"tempo 60\npickup neck single\ntail 0\nmp {string}:{fret}/2")
    wanted = equal_tempered(string, fret)
    found = strongest(x[RATE // 2 :], wanted)
    assert abs(1200 * np.log2(found / wanted)) < 2


def test_another_tool_hears_the_same_pitch():
    x = play("tempo 60\npickup neck humbucker\ntail 0\nmp 4:7/2")
    heard = np.median(librosa.yin(x[RATE // 2 :], fmin=120, fmax=500, sr=RATE))
    assert abs(1200 * np.log2(heard / equal_tempered(4, 7))) < 10


def test_other_rates_and_tunings_are_in_tune():
    x = play("tempo 60\ntuning D2 A2 D3 G3 B3 E4\npickup neck single\ntail 0\nmp 6:12/2", rate=96_000)
    heard = strongest(x[48_000:], 146.832 * RATE / 96_000) * 96_000 / RATE
    assert abs(1200 * np.log2(heard / 146.832)) < 2


def test_a_bend_arrives_at_the_pitch_it_names():
    x = play("tempo 60\npickup neck single\ntail 0\nmp 2:8b10/2")
    wanted = equal_tempered(2, 10)
    assert abs(1200 * np.log2(strongest(x[RATE:], wanted) / wanted)) < 3


def test_a_palm_mute_is_shorter_and_darker():
    head = "tempo 60\npickup bridge single\n"
    open_string, muted = play(f"{head}f 6:0/1"), play(f"{head}f pm 6:0/1")
    late = slice(RATE // 2, RATE)
    assert level_db(muted[late]) < level_db(open_string[late]) - 20
    # The click of the pick is as bright; what sounds after it is not.
    sounding = slice(RATE // 20, RATE // 4)
    assert centroid(muted[sounding]) < 0.7 * centroid(open_string[sounding])


def test_twice_the_force_is_louder_and_brighter():
    score = parse("tempo 60\nmf 5:3/2")
    harder = replace(score, notes=tuple(replace(note, velocity=2 * note.velocity) for note in score.notes))
    soft, hard = play(score), play(harder)
    # 6 dB by the force itself, some more because a firm pick rounds its corners less.
    assert 6 <= level_db(hard) - level_db(soft) < 9
    assert centroid(hard[: RATE // 10]) > centroid(soft[: RATE // 10])


def test_dynamics_span_a_wide_range():
    whisper, full = play("tempo 60\nppp 6:0/4"), play("tempo 60\nfff 6:0/4")
    assert 25 < level_db(full) - level_db(whisper) < 40


def test_picking_a_string_again_silences_what_it_played():
    ringing = play("tempo 60\ntail 0\nring f 6:0/4 1:3/4")
    picked = play("tempo 60\ntail 0\nring f 6:0/4 6:7/4")
    assert low_e_db(picked) < low_e_db(ringing) - 20


def test_other_strings_ring_on():
    x = play("tempo 60\ntail 0\nring f 6:0/4 1:3/4")
    y = play("tempo 60\ntail 0\nf 6:0/4 1:3/4")
    assert low_e_db(y) < low_e_db(x) - 20


def test_a_string_rings_along_with_one_that_shares_its_pitch():
    def along(fret):
        """Level of the open high E, softly plucked, long after fret 0 or 1 of the low E was stopped."""
        x = play(f"tempo 60\ntail 0\nring ppp 1:0/4 fff 6:{fret}/2 6:x/8 -/4")[-RATE:]
        power = np.abs(np.fft.rfft(x * np.hanning(RATE))) ** 2
        return 10 * np.log10(np.sum(power[326:334]))

    # The fourth partial of the open low E is the high one; of F it is a semitone off.
    assert along(0) > along(1) + 10


def test_a_hammered_note_sounds_without_a_stroke():
    x = play("tempo 60\npickup neck single\ntail 0\nf 3:5/4 h3:7/4")
    wanted = equal_tempered(3, 7)
    assert abs(1200 * np.log2(strongest(x[RATE + RATE // 4 :], wanted) / wanted)) < 3
    assert np.max(np.abs(x[RATE + 500 :])) < np.max(np.abs(x[:RATE]))


def test_a_slide_arrives_at_its_fret():
    for text, fret in (("mp 2:5s10/2", 10), ("mp 2:10s5/2", 5), ("mp 5:3s4/2", 4)):
        x = play(f"tempo 60\npickup neck single\ntail 0\n{text}")
        wanted = equal_tempered(int(text[3]), fret)
        assert abs(1200 * np.log2(strongest(x[RATE + RATE // 4 :], wanted) / wanted)) < 3


def test_a_slide_begins_at_its_fret_and_stops_at_those_between():
    x = play("tempo 60\npickup neck single\ntail 0\nmp 2:5s9/2")
    assert abs(1200 * np.log2(strongest(x[: RATE // 2], equal_tempered(2, 5)) / equal_tempered(2, 5))) < 5
    score = parse("tempo 60\nppp 2:5s9/2")
    begin, travel = slide_times(score.notes[0])
    moments = np.linspace(begin, begin + travel, 1001)
    string = _String(score, 2, 0.0, RATE, RATE)
    climbed = string.bending(score.notes[0], moments, np.random.default_rng(0)) / 100
    assert np.all(np.diff(climbed) > -1e-3) and climbed[-1] == pytest.approx(4, abs=0.01)
    # A finger that slid over a string without frets would be this near to one a fifth of the time.
    assert np.mean(np.abs(climbed - np.round(climbed)) < 0.1) > 0.6


def test_a_natural_harmonic_keeps_the_multiples_of_its_partial():
    for fret, partial in ((12, 2), (7, 3), (5, 4)):
        x = play(f"tempo 60\npickup bridge single\npick 0.13\ntail 0\nf 5:{fret}nh/2")[RATE // 4 :]
        power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
        hz = np.fft.rfftfreq(len(x), 1 / RATE)
        levels = [np.sum(power[np.abs(hz - k * equal_tempered(5, 0)) < 5]) for k in range(1, 9)]
        kept, gone = levels[partial - 1 :: partial], [p for k, p in enumerate(levels, start=1) if k % partial]
        assert 10 * np.log10(sum(kept) / sum(gone)) > 12
        wanted = partial * equal_tempered(5, 0)
        assert abs(1200 * np.log2(strongest(x, wanted) / wanted)) < 5


def test_a_pinch_harmonic_squeals_above_its_fret():
    text = "tempo 60\npickup bridge single\npick 0.13\ntail 0\nf 3:5"
    plain, pinched = play(f"{text}/2"), play(f"{text}ph/2")
    assert centroid(pinched[RATE // 10 :]) > 1.5 * centroid(plain[RATE // 10 :])
    partial = parse("pick 0.13\n3:5ph").notes[0].partial
    wanted = partial * equal_tempered(3, 5)
    assert strongest(pinched[RATE // 10 :], 700, cents=3600) == pytest.approx(wanted, rel=0.01)


def test_a_closed_tone_knob_is_darker_and_leaves_the_lows():
    opened, closed = play("tempo 60\nf 3:5/2"), play("tempo 60\ntone 0\nf 3:5/2")
    bins_open, bins_closed = np.abs(np.fft.rfft(opened)), np.abs(np.fft.rfft(closed))
    hz = np.fft.rfftfreq(len(opened), 1 / RATE)
    ratio = 20 * np.log10(bins_closed / bins_open)
    assert abs(np.median(ratio[(hz > 60) & (hz < 120)])) < 1
    assert np.median(ratio[(hz > 2300) & (hz < 2700)]) < -15


def test_hands_are_heard_in_rests_as_softly_as_those_of_real_players():
    x = play("tempo 60\ntail 0\nf [022100]/4 r/1")
    # Six real clips have -60 to -83 dBFS in their rests.
    assert -80 < level_db(x[-2 * RATE :]) < -60


def test_above_the_hands_there_is_the_noise_of_the_interface():
    rest = play("tempo 60\ntail 0\nf [022100]/4 r/1")[-2 * RATE :]
    hz, density = signal.welch(rest, RATE, nperseg=4096)
    above = 10 * np.log10(np.mean(density[hz > 15_000]) * RATE / 2)
    assert above == pytest.approx(NOISE_DBFS, abs=0.5)


def test_the_seed_decides_every_sample():
    text = "f [022100]/4 6:0/16*4"
    assert np.array_equal(play(text, 3), play(text, 3))
    assert not np.allclose(play(text, 3), play(text, 4), atol=1e-3)


def test_text_and_parsed_score_sound_the_same():
    text = "tempo 97\n5:0/4"
    assert np.array_equal(play(text), play(parse(text)))


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_length_is_what_the_score_says(rate):
    x = play("tempo 97\ntail 0.3\n6:0/8 5:x 1:24b26/8t", rate=rate)
    assert x.shape == (round((60 / 97 * (0.5 + 0.5 + 1 / 3) + 0.3) * rate),)
    assert x.dtype == np.float64 and np.all(np.isfinite(x))


def test_rates_too_low_are_refused():
    with pytest.raises(UltraGainError, match="sample rate 8000"):
        play("6:0", rate=8000)
