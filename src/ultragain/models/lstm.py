"""The windowed LSTM of the write-up: one LSTM layer, one Dense unit, the state reset at every window."""

from ultragain.engine.lstm.windowed import WindowedLSTM
from ultragain.models.windowed import windowed

STORY = """\
One LSTM layer, one Dense unit. That is the whole model.

The LSTM {cite:p}`hochreiter1997` reads a window one dry sample at a time and keeps a state: one number a unit that it
may carry on, forget or add to. When the window ends, the Dense unit takes a weighted sum of the LSTM's last output.
There is no activation after it: the sum is the predicted wet sample. Then the state is discarded, and the next window
begins from zero.

The number of weights does not depend on the context. For *u* units there are four gates, each with a weight for the
input sample, *u* for the state and one bias for every unit, and then the Dense unit: 4*u* (1 + *u* + 1) + *u* + 1.

Keras builds the model and its file. In between, this project's own engine trains and plays it: it computes what Keras
computes, to rounding, in less time, which the chapter on the training sweep has in numbers. What is saved is a plain
Keras model that loads without this project.
"""


def _weights(units):
    return 4 * units * (1 + units + 1)


def _layer(units):
    import keras

    return keras.layers.LSTM(units, name="lstm")


FAMILY = windowed("lstm-windowed", "windowed LSTM", STORY, _weights, _layer, WindowedLSTM, network="LSTM")
