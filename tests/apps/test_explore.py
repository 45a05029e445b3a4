from made_results import make_results

from ultragain.apps.explore import Explorer


def test_runs_are_listed_best_first_and_several_can_be_chosen(project):
    results = make_results(project, lambda gain, context, units, rate, riff: (0.5 if gain == "High" else 0.1) + rate)
    explorer = Explorer(results)
    order = [run for _, run in explorer.runs.options]
    assert list(results.models.loc[order, "esr"]) == sorted(results.models["esr"])
    assert [row["run"] for row in explorer.selected()] == order[:1]
    explorer.runs.value = (order[-1], order[0])
    explorer.riff.value = "two"
    assert [(row["run"], row["riff"]) for row in explorer.selected()] == [(order[0], "two"), (order[-1], "two")]


def test_the_sliders_reach_the_end_and_nothing_chosen_is_no_error(project):
    explorer = Explorer(make_results(project, lambda *_: 0.25))
    explorer.start.value = explorer.start.max
    explorer.length.value = 2
    explorer.runs.value = ()
    assert explorer.selected() == []
