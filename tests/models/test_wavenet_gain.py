"""WaveNets with a gain knob: what they hear of it, and what they are where it stands still."""

import numpy as np
import pytest

from ultragain.models.catalog import FAMILIES
from ultragain.models.memory import wavenet_gain

NAMES = list(wavenet_gain.CONDITIONINGS)
RATE = 44100
PARAMETERS = {
    "threads": 1,
    "sample_rate": RATE,
    "validation_share": 0.25,
    "gains": {"Low": 2, "Mid": 5, "High": 8},
}


def weights_of(family, rng):
    """Random ones of a family, none of them zero."""
    conditioning = wavenet_gain.CONDITIONINGS[family]
    shapes = [(1, 1, 8)]
    for layer in range(23):
        shapes += [(15 if layer in (14, 15) else 6, 8, 8), (8,), (1, 1, 8), *([(1, 8, 8), (8,)] if layer < 22 else [])]
    shapes += [(16, 8, 1), (1,)]
    network, own = (
        [rng.normal(scale=0.3 / np.sqrt(np.prod(shape[:-1])), size=shape).astype(np.float32) for shape in each]
        for each in (shapes, conditioning.shapes)
    )
    return conditioning.join(network, own)


def takes(rng, *positions):
    """A second of noise at each position, whose wet audio is as loud as the knob says."""
    dry = rng.normal(scale=0.1, size=RATE).astype(np.float32)
    return [(dry, position * dry, position) for position in positions]


@pytest.mark.parametrize("name", NAMES)
def test_where_the_knob_stands_still_it_is_an_ordinary_wavenet(name):
    rng = np.random.default_rng(3)
    weights, dry = weights_of(name, rng), rng.normal(scale=0.1, size=3000).astype(np.float32)
    family, ordinary = FAMILIES[name], FAMILIES["wavenet"]
    played = {}
    for gain, position in PARAMETERS["gains"].items():
        parameters = PARAMETERS | {"gain": gain}
        played[gain] = family.play(family.model(weights, parameters), parameters)(dry)
        folded = ordinary.model(wavenet_gain.at_position(name, weights, position), parameters)
        plain = ordinary.play(folded, parameters)(dry)
        np.testing.assert_allclose(plain, played[gain], rtol=0, atol=1e-5 * np.abs(plain).max())
    assert np.abs(played["Low"] - played["High"]).max() > 1e-2 * np.abs(played["Low"]).max()


@pytest.mark.parametrize("position, knob", [(0, -1), (5, 0), (8, 0.6), (10, 1)])
def test_a_model_hears_the_knob_from_minus_one_to_one(position, knob):
    assert wavenet_gain.knob_at(position) == pytest.approx(knob)


def test_every_segment_and_piece_has_the_knob_of_its_take():
    family = FAMILIES["wavenet-gain"]
    rng = np.random.default_rng(0)
    streams, pieces, counts = family.cut(takes(rng, 2, 8), [], PARAMETERS, None)
    # both takes, and silence at both knobs
    np.testing.assert_allclose(streams.knobs, [-0.6, 0.6, -0.6, 0.6])
    begins, ends = streams.places.T
    for starts in (begins, ends - streams.samples):
        np.testing.assert_array_equal(streams.conditions(starts)["knobs"], streams.knobs)
    for (begin, end), knob in zip(streams.places[:2], streams.knobs[:2], strict=True):
        position = 5 * (knob + 1)
        heard, target = streams.dry[begin:end] * streams.levels[0], streams.wet[begin:end] * streams.levels[1]
        np.testing.assert_allclose(target, position * heard, rtol=1e-4, atol=1e-6)
    assert (counts.training, counts.validation) == pytest.approx((1.5, 0.5))
    assert len(pieces.knobs) == len(pieces.dry) == len(pieces.wet)
    for dry, wet, knob in zip(pieces.dry, pieces.wet, pieces.conditions["knobs"], strict=True):
        scaled = dry[len(dry) - len(wet) :] * streams.levels[0] * 5 * (knob + 1)
        np.testing.assert_allclose(wet * pieces.level, scaled, rtol=1e-4, atol=1e-6)


def test_recordings_for_validation_keep_their_knobs():
    rng = np.random.default_rng(0)
    streams, pieces, _ = FAMILIES["wavenet-gain"].cut(takes(rng, 2, 8), takes(rng, 8, 2), PARAMETERS, None)
    np.testing.assert_allclose(pieces.knobs, [0.6, -0.6])
    assert len(streams.knobs) == 4
    assert any(part is pieces.knobs for part in pieces.arrays) and any(part is streams.knobs for part in streams.arrays)


def test_models_without_a_knob_hear_none():
    rng = np.random.default_rng(0)
    pairs = [take[:2] for take in takes(rng, 2, 8)]
    streams, pieces, _ = FAMILIES["wavenet"].cut(pairs, [], PARAMETERS, None)
    assert streams.conditions(streams.places[:, 0]) == pieces.conditions == {}
    assert len(streams.places) == 3  # one silence
    assert len(streams.arrays) == 4


@pytest.mark.parametrize("name", NAMES)
def test_it_begins_as_the_same_wavenet_at_every_knob(name, one_thread):
    weights = FAMILIES[name].build(PARAMETERS, np.random.default_rng(1)).get_weights()
    low, high = (wavenet_gain.at_position(name, weights, position) for position in (0, 10))
    assert all(map(np.array_equal, low, high))
    ordinary = FAMILIES["wavenet"].build(PARAMETERS, np.random.default_rng(1)).get_weights()
    assert [part.shape for part in low] == [part.shape for part in ordinary]
