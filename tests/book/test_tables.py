import pandas as pd

from ultragain.book.kit.tables import sortable


def test_a_table_to_sort_holds_numbers_as_they_are_and_text_as_text():
    frame = pd.DataFrame({"gain": ["<b>Low</b>", "High"], "ESR %": [6.74, 21.5]}, index=["run 1", "run 2"])
    page = sortable(frame, "a < b", links=["runs/1.html", "runs/2.html?a&b"]).data
    assert 'class="ug-scroll ug-figures ug-sortable"' in page and "<caption>a &lt; b</caption>" in page
    assert '<a href="runs/1.html">&lt;b&gt;Low&lt;/b&gt;</a>' in page and "<b>" not in page
    assert 'href="runs/2.html?a&amp;b"' in page
    assert "<td>6.74</td>" in page and "<td>21.50</td>" in page
    assert "run 1" not in page  # its index is no column


def test_a_table_to_sort_leaves_the_frame_alone():
    frame = pd.DataFrame({"gain": ["Low"]})
    sortable(frame, "caption", links=["a.html"])
    assert list(frame["gain"]) == ["Low"]
