import numpy as np
import pytest

from ultragain.errors import UltraGainError
from ultragain.recording.excerpts import check_excerpts, excerpt


def test_the_excerpt_is_the_passage_of_median_energy():
    dry = np.repeat([0.0, 3.0, 1.0, 2.0, 0.0], 10)  # energies 0, 90, 10, 40, 0: the median is 10
    assert excerpt(dry, 1.0, sample_rate=10) == slice(20, 30)
    assert excerpt(dry, "whole", sample_rate=10) == slice(0, 50)
    assert excerpt(dry, 99.0, sample_rate=10) == slice(0, 50)
    assert excerpt(dry, 1e-9, sample_rate=10) == slice(25, 26)  # at least one sample


def test_riffs_that_cannot_be_scored_are_named_before_training():
    sound, silence = np.ones(100), np.zeros(100)
    check_excerpts({"good": (sound, sound)}, "whole", 88, sample_rate=100)
    with pytest.raises(UltraGainError, match="test riff short, .*not longer than the context of 88 samples"):
        check_excerpts({"short": (sound[:88], sound[:88])}, "whole", 88, sample_rate=100)
    with pytest.raises(UltraGainError, match="test riff quiet, 0.00 to 1.00 s: the wet signal is silent there"):
        check_excerpts({"quiet": (sound, silence)}, "whole", 88, sample_rate=100)
