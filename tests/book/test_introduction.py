"""The first page."""

import re

from made_results import make_results

from ultragain.book import introduction


def test_every_gain_has_its_best_its_median_and_its_worst_model_with_their_ranges(project):
    results = make_results(
        project, lambda gain, context, units, rate, riff: context / 100 + 10 * rate + 0.02 * (riff == "two")
    )
    cards = introduction.reached(results).data.split("<li>")[1:]
    assert len(cards) == len(results.experiment.gain_labels)
    for card, (label, knob) in zip(cards, results.experiment.device.gains.items(), strict=True):
        assert f"gain {label} ({knob:g})" in card
        # contexts of 8 and 16, rates of 0.001 and 0.01: medians of 10, 18, 19 and 27 %
        assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd><dd>(.*?)</dd>", card) == [
            ("best", "10.0 %", "9.0 to 11.0 %"),
            ("median", "18.0 %", "17.0 to 19.0 %"),
            ("worst", "27.0 %", "26.0 to 28.0 %"),
        ]


def test_the_riff_that_is_heard_is_nearest_the_median(project):
    """Of two riffs at 10 and 30 % the median over both is 20 %, nearer to 30 % as a ratio."""
    results = make_results(project, lambda gain, context, units, rate, riff: 0.3 if riff == "two" else 0.1)
    assert introduction.listening_facts(results) == {"riff": "two", "gain": "High"}
    assert "two, gain High" in introduction.listen(results).data
