"""The floor that noise sets, from riffs recorded twice."""

import numpy as np
import pytest
from made_results import make_results

from ultragain.publishing.facts import floor_facts
from ultragain.publishing.tables import noise_floor


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
    assert np.isfinite(floor.astype(float).to_numpy()).all()
