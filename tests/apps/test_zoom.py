import pytest

from ultragain.apps.zoom import SHORTEST_MS, Zoom

RATE = 1000  # a sample a millisecond


@pytest.fixture
def zoom():
    changes = []
    made = Zoom(changes.append)
    made.changes = changes
    made.fit(3, 2)
    return made


def test_it_begins_in_the_middle_and_tells_nobody(zoom):
    assert (zoom.moment.min, zoom.moment.max, zoom.moment.value) == (3, 5, 4)
    assert 10**zoom.length.max == pytest.approx(2000)
    assert zoom.changes == []


@pytest.mark.parametrize(
    ("moment", "length", "part"),
    [
        (4, 100, slice(950, 1050)),
        (3, 100, slice(0, 100)),  # as near as it gets
        (5, 100, slice(1900, 2000)),
        (4.2, 2000, slice(0, 2000)),
        (4, SHORTEST_MS, slice(999, 1001)),
    ],
)
def test_parts(zoom, moment, length, part):
    zoom.moment.value, zoom.length.value = moment, length
    assert zoom.part(2000, RATE) == part


def test_another_signal_is_looked_at_in_its_middle_and_the_same_one_where_it_was(zoom):
    zoom.moment.value = 3.5
    zoom.fit(3, 2)
    assert zoom.moment.value == 3.5
    zoom.length.value = 1500
    zoom.fit(10, 1)
    assert (zoom.moment.min, zoom.moment.max, zoom.moment.value) == (10, 11, 10.5)
    assert zoom.length.value == pytest.approx(1000)
    zoom.fit(0, 4)
    assert zoom.moment.value == 2
    assert len(zoom.changes) == 2


def test_a_moved_slider_tells(zoom):
    zoom.length.value = 50
    zoom.moment.value = 3.3
    assert len(zoom.changes) == 2
