import re

import numpy as np
import pytest
from made_results import make_results

from ultragain.book import error_anatomy as chapter
from ultragain.book.kit.anatomy import anatomy_facts, best_models


@pytest.fixture
def anatomy(project):
    """Of models whose error is the wet signal, scaled: an ESR of 1 / 16 + 0.001 everywhere in the best ones."""
    return best_models(make_results(project, lambda gain, context, units, rate, riff: 1 / context + rate))


def test_the_best_model_at_each_gain_is_taken_apart(anatomy):
    assert list(anatomy.played) == ["Low", "High"]
    for each in anatomy.played.values():
        assert (each.model["context"], each.model["learning_rate"]) == (16, 0.001)
        assert each.unpredicted == 15
        assert list(each.riffs) == ["one", "two"]


@pytest.mark.parametrize("figure", [chapter.level_figure, chapter.attack_figure, chapter.band_figure])
def test_an_error_that_is_everywhere_alike_is_drawn_so(anatomy, figure):
    above, below = figure(anatomy).axes
    for line in above.lines:
        values = line.get_ydata()
        np.testing.assert_allclose(values[np.isfinite(values)], 100 * (1 / 16 + 0.001), rtol=0.02)
    # its share is the share of the energy, and all groups together hold all of it
    heights = [bar.get_height() for bar in below.patches]
    assert sum(heights) == pytest.approx(100 * len(anatomy.played), abs=2)


def test_facts_name_the_models_and_what_the_first_moments_hold(anatomy):
    facts = anatomy_facts(anatomy)
    assert facts["best_models"].startswith("Low: context 16, 4 units, learning rate 0.001 (6.3 %)")
    assert re.fullmatch(r"(\d+ % of the error at gain (Low|High) \(\d+ % of the time\)( and )?){2}", facts["early"])
    assert re.fullmatch(r"(\d+ % of the error at gain (Low|High) \(\d+ % of the wet energy\)( and )?){2}", facts["low"])


def test_tables_say_what_was_measured(anatomy):
    assert "6.3" in chapter.limits_table(anatomy).data  # aligned; without replicates no noise is known
    # a tenth of a second has neither rests nor a past
    assert "too short to compare" in chapter.memory_table(anatomy).data
    assert "have no rests" in chapter.rest_table(anatomy).data
