"""Networks that play in pieces: the same as in one piece, and as scoring plays them."""

import numpy as np
import pytest
from made_networks import decibels, dry, lstm, predicted, wavenet

from ultragain.playing.streams import stream

NETWORKS = pytest.mark.parametrize("network", [lstm(8), lstm(40), wavenet()], ids=["LSTM 8", "LSTM 40", "WaveNet"])


@NETWORKS
def test_it_plays_what_scoring_plays(network):
    assert decibels(predicted(network, dry()), stream(network)(dry())) < -110


@NETWORKS
def test_pieces_of_any_length_are_one_piece(network):
    audio, player = dry(), stream(network)
    cuts = [1, 257, 258, 4000, 4000, 9001]
    in_pieces = np.concatenate([player(part) for part in np.split(audio, cuts)])
    np.testing.assert_allclose(in_pieces, stream(network)(audio), rtol=0, atol=2e-6)


@NETWORKS
def test_streams_do_not_share_their_state(network):
    first, second = stream(network), stream(network)
    first(dry())
    np.testing.assert_array_equal(second(dry(0.25)), stream(network)(dry(0.25)))


@NETWORKS
def test_silence_stays_what_it_was_at_the_beginning(network):
    player = stream(network)
    np.testing.assert_allclose(np.ptp(player(np.zeros(2000))), 0, atol=1e-3)
