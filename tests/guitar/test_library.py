import re

import numpy as np
import pytest

from ultragain.errors import UltraGainError
from ultragain.guitar import library
from ultragain.guitar.score import parse
from ultragain.guitar.strings import render

RATE = 44_100
SLOTS = ["battery", "electricEye", "holywar", "ohwell", "sanitarium", "shadowlove"]


@pytest.fixture(scope="module")
def rendered():
    texts = {**library.TEST_RIFFS, **library.training_studies(180)}
    return {name: render(text, RATE, np.random.default_rng(i)) for i, (name, text) in enumerate(texts.items())}


def peak_db(x):
    return 20 * np.log10(np.max(np.abs(x)))


def test_the_six_slots_are_filled_and_described():
    assert list(library.TEST_RIFFS) == SLOTS
    assert list(library.DESCRIPTIONS) == SLOTS
    assert all(text.endswith(".") and "\n" not in text for text in library.DESCRIPTIONS.values())


@pytest.mark.parametrize("name", SLOTS)
def test_riffs_last_six_to_eight_seconds(name):
    assert 6 <= parse(library.TEST_RIFFS[name]).seconds <= 8


def test_riffs_differ_in_speed():
    rates = {
        name: len({n.stroke for n in s.notes}) / s.seconds
        for name, s in ((name, parse(text)) for name, text in library.TEST_RIFFS.items())
    }
    assert rates["holywar"] > 2.5 * rates["ohwell"]


def test_studies_are_the_shortest_prefix_that_is_long_enough():
    lengths = []
    for text in library.training_studies(200).values():
        lengths.append(parse(text).seconds)
    assert all(9 <= seconds <= 11 for seconds in lengths)
    assert sum(lengths) >= 200 > sum(lengths[:-1])
    few, many = library.training_studies(30), library.training_studies(60)
    assert list(few) == ["study01", "study02", "study03"]
    assert list(many.items())[:3] == list(few.items())
    assert list(library.training_studies(10)) == ["study01"]


def test_studies_are_all_different():
    texts = list(library.training_studies(400).values())
    assert len(set(texts)) == len(texts)


def test_every_study_has_all_phrases():
    for name, text in library.training_studies(200).items():
        notes = parse(text).notes
        assert {note.string for note in notes} == {1, 2, 3, 4, 5, 6}, name
        assert any(note.palm for note in notes) and any(note.rank == 2 for note in notes), name
        assert max(note.fret for note in notes) >= 12, name
        quiet, loud = min(note.velocity for note in notes), max(note.velocity for note in notes)
        assert 20 * np.log10(loud / quiet) > 18, name
        assert re.search(r"\br/4", text), name


def test_every_study_has_every_technique_of_the_left_hand_and_the_right():
    for name, text in library.training_studies(400).items():
        notes = parse(text).notes
        for technique in ("bend", "slide", "vibrato", "legato", "palm", "dead"):
            assert any(getattr(note, technique) for note in notes), (name, technique)
        assert any(note.partial > 1 for note in notes), name


def test_three_studies_are_enough_to_hear_everything():
    # The default profile trains on no more.
    text = " ".join(library.training_studies(30).values())
    for technique in ("nh", "ph", "ring", "^"):
        assert technique in text
    slides = [note.slide for part in library.training_studies(30).values() for note in parse(part).notes]
    assert min(slides) < 0 < max(slides)


def test_riffs_use_what_the_guitar_can_do():
    notes = [note for text in library.TEST_RIFFS.values() for note in parse(text).notes]
    assert any(note.slide for note in notes) and any(note.partial > 1 for note in notes)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e6])
def test_impossible_lengths_are_refused(seconds):
    with pytest.raises(UltraGainError, match="training studies for"):
        library.training_studies(seconds)


def test_levels_are_those_of_a_well_recorded_guitar(rendered):
    peaks = {name: peak_db(x) for name, x in rendered.items()}
    assert max(peaks.values()) == pytest.approx(-3, abs=2)
    # One calibration for all: the soft riff stays soft.
    assert peaks["ohwell"] < peaks["battery"] - 6
    for name, x in rendered.items():
        crest = peaks[name] - 10 * np.log10(np.mean(x**2))
        assert 10 < crest < 25, name
        assert abs(np.mean(x)) < 1e-4, name


def test_spectra_tilt_like_a_guitar(rendered):
    for name, x in rendered.items():
        power = np.abs(np.fft.rfft(x)) ** 2
        hz = np.fft.rfftfreq(len(x), 1 / RATE)
        assert 200 < np.sum(power * hz) / np.sum(power) < 1200, name
        assert np.sum(power[hz > 5000]) < 1e-3 * np.sum(power), name
