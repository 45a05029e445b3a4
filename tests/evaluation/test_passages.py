import numpy as np

from ultragain.evaluation.passages import find_passages


def test_passages_of_a_signal_built_to_have_them():
    # 10 pieces of 100: soft, soft, then a stroke that rings evenly, then a fade.
    tone = np.cos(np.pi * np.arange(1000))  # +1, -1, ...: every piece has energy 1
    envelope = np.repeat([0.1, 0.02, 0.02, 0.1, 1, 1, 1, 1, 0.5, 0.2], 100)
    found = {p.kind: p for p in find_passages({"riff": tone * envelope}, 100)}
    assert found["quiet"].part in (slice(100, 200), slice(150, 250), slice(200, 300))
    assert 350 <= found["attack"].part.start <= 400
    assert found["sustained"].part.start >= 400 and found["sustained"].part.stop <= 800


def test_passages_skip_what_is_not_predicted_and_silence():
    tone = np.cos(np.pi * np.arange(1000))
    assert all(p.part.start >= 87 for p in find_passages({"a": tone}, 50, skip=87))
    assert find_passages({"a": np.zeros(1000)}, 50) == []
    assert find_passages({"a": tone[:60]}, 50) == []
