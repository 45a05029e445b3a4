"""What the chapters say about validation, where some gains have recordings for it and others do not."""

import numpy as np
import pytest
from made_project import plucks, write_take
from made_results import make_results

from ultragain.book.kit.facts import window_facts

OWN, BETWEEN = "on recordings of their own", "on windows from between the training windows"


@pytest.mark.parametrize(
    "with_val, place, origin",
    [
        ([], BETWEEN, "the same recordings: 20 % of all windows drawn"),
        (["Low", "High"], OWN, "a Val folder of the recordings"),
        (
            ["High"],
            f"{OWN} (gain High) and {BETWEEN} (gain Low)",
            "a Val folder of the recordings (gain High) and the same recordings: 20 % of all windows drawn (gain Low)",
        ),
    ],
)
def test_the_sentence_about_validation_is_true_at_each_gain(project, with_val, place, origin):
    results = make_results(project, lambda *_: 0.1)
    for gain in with_val:
        dry = plucks(0.5, np.random.default_rng(8))
        write_take(project / "data/recordings/TestAmp/Lead", "Val", gain, "held_out", dry, np.tanh(3 * dry))
    facts = window_facts(results)
    assert (facts["validation_place"], facts["validation_origin"]) == (place, origin)
