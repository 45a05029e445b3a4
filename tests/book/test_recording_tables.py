"""Tables of the recording chapter: the floor that noise sets, from riffs recorded twice; dry signals."""

import numpy as np
import pandas as pd
from made_project import REPOSITORY, SAMPLE_RATE, plucks
from made_results import make_results

from ultragain.book.kit.tables import table
from ultragain.book.recording_setup import facts, tables
from ultragain.guitar.likeness import compare_with_real


def test_the_floor_is_rounded_only_where_it_is_shown():
    """Text such as 0.005 and none is no number to compute with."""
    floor = pd.DataFrame({"one": [4.4e-5, 4.6e-5], "two": [np.nan, 0.1234]}, index=["Low", "High"])
    assert "no riff was recorded twice" in facts.floor_sentence(pd.DataFrame())
    assert facts.floor_sentence(floor) == "Over 3 riffs that is between 0.004 and 10 %."
    assert tables.noise_floor(floor).to_dict("list") == {"one": ["0.004", "0.005"], "two": ["none", "10"]}


def test_every_measure_of_a_dry_signal_has_a_name_and_a_unit():
    dry = plucks(2.0, np.random.default_rng(1))
    shown = tables.dry_signals(compare_with_real({"mine": dry}, SAMPLE_RATE, REPOSITORY))
    assert list(shown.columns) == ["mine", "real, min", "real, median", "real, max"]
    assert not [name for name in shown.index if "_" in name]
    assert shown.loc["length, s", "mine"] == "2.0"


def test_tables_are_built_for_any_recordings(project):
    results = make_results(project, lambda *combination: 0.1)
    for made in (tables.riffs, tables.recorded_levels):
        assert "<caption>a &lt; b</caption>" in table(made(results), "a < b").data


def test_settings_become_words():
    shown = tables.settings({"dry_input_gain_db": 20, "gain": {"Low": 2, "High": 8}, "tone_shift": False, "eq": 5})
    assert shown["setting"].to_dict() == {
        "dry input gain": "20 dB",
        "gain": "Low 2, High 8",
        "tone shift": "off",
        "EQ": "5",
    }
