"""Tables of the recording chapter: the floor that noise sets, from riffs recorded twice; dry signals."""

import numpy as np
import pytest
from conftest import REPOSITORY, SAMPLE_RATE, plucks
from made_results import make_results

from ultragain.book.recording_setup.facts import floor_facts
from ultragain.book.recording_setup.tables import dry_signals, noise_floor
from ultragain.guitar.likeness import compare_with_real


def test_half_of_what_two_takes_differ_by(project):
    """A take that is 1 % louder differs by an ESR of 0.01^2; half of that, in percent, is 0.005."""
    results = make_results(project, lambda *combination: 0.1)
    assert noise_floor(results).empty
    assert "no riff was recorded twice" in floor_facts(noise_floor(results))["replicates"]
    for recorded in results.recordings.values():
        recorded.replicates.update({riff: (dry, 1.01 * wet) for riff, (dry, wet) in recorded.riffs.items()})
    floor = noise_floor(results)
    assert floor.index.tolist() == ["Low", "High"] and set(floor.columns) == {"one", "two"}
    assert floor.astype(float).to_numpy() == pytest.approx(0.005)
    assert floor_facts(floor)["replicates"] == "Over 4 riffs that is between 0.005 and 0.005 %."


def test_every_measure_of_a_dry_signal_has_a_name_and_a_unit():
    dry = plucks(2.0, np.random.default_rng(1))
    table = dry_signals(compare_with_real({"mine": dry}, SAMPLE_RATE, REPOSITORY))
    assert list(table.columns) == ["mine", "real, min", "real, median", "real, max"]
    assert not [name for name in table.index if "_" in name]
    assert table.loc["length, s", "mine"] == "2.0"
