"""Files for Neural Amp Modeler, played by its own player."""

import json

import pytest
from made_networks import ABOUT, RATE, decibels, dry, lstm, predicted, wavenet

from ultragain.formats.nam import as_played, to_nam


def test_a_wavenet_plays_as_predicted(nam_player):
    network = wavenet()
    assert decibels(predicted(network, dry()), nam_player(to_nam(network), dry())) < -90
    assert as_played(network, dry()) is None


@pytest.mark.parametrize("units", [5, 64])
def test_an_lstm_plays_as_said_of_its_players(nam_player, units):
    network = lstm(units)
    played = nam_player(to_nam(network), dry())
    assert decibels(as_played(network, dry()), played) < -90
    assert decibels(predicted(network, dry()), played) < -15  # they approximate tanh


# kernel, recurrent, bias, first state, dense layer: 4 H + 4 H² + 4 H + 2 H + H + 1, counted for H = 64 by NAM's trainer
@pytest.mark.parametrize("network, count", [(lstm(3), 70), (lstm(64), 17_089), (wavenet(), 12_146)])
def test_the_weights_are_as_many_as_players_read(network, count):
    assert len(json.loads(to_nam(network))["weights"]) == count


def test_what_is_told():
    told = json.loads(to_nam(lstm(3)))
    assert (told["architecture"], told["sample_rate"], told["version"]) == ("LSTM", RATE, "0.5.4")
    assert told["config"] == {"input_size": 1, "hidden_size": 3, "num_layers": 1}
    meta = told["metadata"]
    assert meta["date"] == {"year": 2026, "month": 1, "day": 2, "hour": 3, "minute": 4, "second": 5}
    assert (meta["name"], meta["loudness"], meta["input_level_dbu"]) == (ABOUT.name, -18.0, -0.8)
    assert meta["output_level_dbu"] is None
    assert meta["training"]["validation_esr"] == pytest.approx(0.02)
    assert meta["ultragain"]["esr"] == ABOUT.esr and meta["ultragain"]["settings"]["knob"] == 8
