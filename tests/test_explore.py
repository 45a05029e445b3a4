from made_results import make_results

from ultragain.publishing.explore import Explorer


def test_a_chosen_run_is_shown_and_a_missing_one_is_named(project):
    results = make_results(project, lambda gain, context, *_: 1 / context, keep=lambda gain, context, *_: (gain, context) != ("High", 8))
    explorer = Explorer(results)
    explorer.choices["gain"].value, explorer.choices["riff"].value = "High", "two"
    assert explorer.selected() is None
    explorer.choices["context"].value = 16
    row = explorer.selected()
    assert (row["gain"], row["context"], row["riff"], row["esr"]) == ("High", 16, "two", 1 / 16)
    explorer.start.value = explorer.start.max  # the last piece that there is
    explorer.length.value = 2
