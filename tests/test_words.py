import pytest

from ultragain.words import duration, volts


@pytest.mark.parametrize("seconds, said", [(3.2, "3 s"), (89, "89 s"), (600, "10 min"), (12_000, "3 h 20 min")])
def test_durations(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 V"), (0.0853, "85 mV"), (1.619, "1.6 V"), (0.9999, "1 V"), (183.2, "180 V")]
)
def test_volts_have_two_digits(value, text):
    assert volts(value) == text
