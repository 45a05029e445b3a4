"""The chapter on models of the whole gain knob: what it says follows from the runs."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ultragain.book import memory_knob as chapter
from ultragain.book.memory_knob import KNOB, PLAIN, SINGLE, gather, knob_facts

GAINS = {"9": 9, "1": 1, "Mid": 5}  # a file's order need not be that of the positions
NONE = pd.Series(dtype=float)
RIFFS = {"one": 0.5, "two": 1.5}  # shares of a mean


def grid(family, esr, minutes, gains=GAINS, held_out=(), seed=25):
    """Results of a family, the mean ESR over the riffs given by gain; with `held_out` of one model for all gains."""
    covers = bool(held_out)
    rows = [
        {"run": family if covers else f"{family}-{gain}", "gain": gain, "riff": riff, "esr": share * esr[gain]}
        for gain in esr
        for riff, share in RIFFS.items()
    ]
    scores = pd.DataFrame(rows)
    return SimpleNamespace(
        experiment=SimpleNamespace(
            family=family,
            covers_gains=covers,
            trained_gains=[gain for gain in gains if gain not in held_out],
            device=SimpleNamespace(gains=gains),
            training=SimpleNamespace(seed=seed),
        ),
        scores=scores,
        models=pd.DataFrame({"minutes": float(minutes)}, index=pd.unique(scores["run"])),
        source=f"{family} for {minutes} min",
    )


@pytest.fixture
def grids():
    """Of the whole knob: 10 minutes at two positions, so 5 for each; one held out."""
    return [
        grid("wavenet", {"9": 0.04, "1": 0.01}, 5, {"9": 9, "1": 1}),
        grid("wavenet", {"9": 0.02}, 10),  # more minutes than each position had
        grid("wavenet-gain", {"9": 0.05, "1": 0.03, "Mid": 0.06}, 10, held_out=("1",)),
        grid("wavenet-gain-concatenated", {"9": 0.1, "1": 0.3, "Mid": 0.06}, 10, held_out=("1",)),
        grid("wavenet", {"Mid": 0.03, "Full": 1.0}, 5, {"Mid": 5, "Full": 10}),  # one that the others are not scored at
    ]


def test_single_gain_models_had_as_many_minutes_a_position(grids):
    wide = gather(grids, NONE).wide()
    assert list(wide.index) == ["1", "Mid", "9"]
    assert wide["position"].tolist() == [1, 5, 9]
    assert wide["is_seen"].tolist() == [False, True, True]
    np.testing.assert_allclose(wide[[KNOB, PLAIN, SINGLE]], [[0.03, 0.3, 0.01], [0.06, 0.06, 0.03], [0.05, 0.1, 0.04]])


def test_seeds_are_taken_together(grids):
    other = grid("wavenet-gain", {"9": 0.07, "1": 0.05, "Mid": 0.06}, 10, held_out=("1",), seed=26)
    np.testing.assert_allclose(gather([*grids, other], NONE).wide()[KNOB], [0.04, 0.06, 0.06])


def test_sentences_follow_the_numbers(grids):
    facts = knob_facts(gather(grids, NONE))
    assert facts["knob_source"] == (
        "What this page rests on: wavenet-gain for 10 min; wavenet-gain-concatenated for 10 min; wavenet for 5 min."
    )
    assert f"the {KNOB} for 10 min" in facts["knob_minutes"] and f"the {SINGLE} for 5 min" in facts["knob_minutes"]
    assert facts["knob_minutes"].endswith("share that among 2 positions.")
    assert "At the 1 position that it was not trained at" in facts["knob_unseen"]
    assert "is 3 times that of the WaveNet in the median, from 3 (gain 1) to 3 (gain 1)." in facts["knob_unseen"]
    # 2 at Mid and 1.25 at 9
    assert "is 1.6 times that of the WaveNet in the median, from 1.2 (gain 9) to 2 (gain Mid)." in facts["knob_seen"]
    assert "from 0.1 (gain 1) to 1 (gain Mid)" in facts["knob_plain"]


def test_the_figure_tells_positions_that_were_not_trained_at(grids):
    (axis,) = chapter.over_knob(gather(grids, NONE)).axes
    markers = [line for line in axis.lines if line.get_marker() != "None"]
    unseen = [line.get_xdata().tolist() for line in markers if line.get_markerfacecolor() == "white"]
    assert unseen == [[1], [1], []]  # the single-gain model was trained wherever it is


def test_the_table_has_a_row_a_position(grids):
    shown = chapter.by_position(gather(grids, NONE)).data
    assert shown.count("<tr") == 4 and "wavenet-gain for 10 min" in shown


def test_without_models_the_chapter_says_so(grids):
    empty = gather(grids[:2], NONE)
    assert set(knob_facts(empty)) == set(knob_facts(gather(grids, NONE)))
    assert knob_facts(empty)["knob_source"] == chapter.NOTHING
    assert chapter.NOTHING in chapter.by_position(empty).data
    assert not chapter.over_knob(empty).axes[0].lines


def test_models_of_the_knob_alone(grids):
    facts = knob_facts(gather(grids[2:3], NONE))
    assert facts["knob_unseen"] == "There is no WaveNet to compare it with yet."
    assert facts["knob_plain"] == f"There is no {PLAIN} to compare it with yet."


def test_interpolated_recordings_stand_beside_the_models(grids):
    knob = gather(grids, pd.Series({"1": 0.02, "9": 0.2}))
    said = knob_facts(knob)["knob_interpolated"]
    assert "have an ESR of 2 % to 20 % there, the most at gain 9" in said
    assert "The model is better than that at 1 of 2 positions." in said  # 3 % and 5 %
    assert "recordings, interpolated %" in chapter.by_position(knob).data
    assert knob_facts(gather(grids, NONE))["knob_interpolated"] == ""


def test_interpolations_are_read_by_device(tmp_path):
    (tmp_path / "data" / "reference").mkdir(parents=True)
    assert chapter.interpolated("made amplifier", tmp_path).empty
    rows = "device,gain,esr\nmade amplifier,1,0.5\nanother,1,0.25\n"
    (tmp_path / chapter.INTERPOLATED).write_text(rows)
    assert chapter.interpolated("made amplifier", tmp_path).to_dict() == {"1": 0.5}
