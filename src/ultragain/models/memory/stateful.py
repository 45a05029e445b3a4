"""The write-up's LSTM with its state carried on: one LSTM layer, one Dense unit, an output for every sample."""

import numpy as np

from ultragain.engine.lstm.stateful import StatefulLSTM
from ultragain.models.memory.family import memory_family
from ultragain.models.memory.recipe import Recipe, cosine

STORY = """\
One LSTM layer, one Dense unit, as in the windowed model; but here nobody cuts the audio into windows. The LSTM
{cite:p}`hochreiter1997` hears a recording from its beginning to its end, and keeps its state all the way. After every
dry sample the Dense unit takes a weighted sum of the LSTM's output, and that is the predicted wet sample. So what
happened long ago can still count, and a sample costs one step of the LSTM, not one for each sample of a window.

It learns by truncated back-propagation through time: a segment of audio is taken chunk by chunk, the state is carried
from one chunk to the next, and gradients stay inside a chunk. Each segment begins with a run-in, after which the state
is that of a model at work. The loss is the squared error over the energy of the wet audio, the ESR.

For *u* units there are as many weights as in the windowed model: 4*u* (1 + *u* + 1) + *u* + 1.
"""

# From trainings on the virtual preamp at gain 8, one seed each. Chunks of 256 samples instead of 512, with twice the
# updates, left 0.53 % of ESR over the riffs instead of 0.56 %: no more than seeds do.
STREAMS = 32  # segments of a training step, side by side: two blocks of 16 lanes, for two threads to share
CHUNK = 512  # samples that a gradient goes back
CHUNKS = 43  # of a segment: half a second at 44.1 kHz
LEAD = 1024  # samples of run-in
LIMIT = 1.0  # of the gradient's norm
DECAY = 0.99  # of the averaged weights' memory, an update
GATE_BIAS = 2.0  # forget gates begin open by so much, input gates shut: the state begins as a slow one


def _fold(weights, dry, wet):
    kernel, recurrent, bias, dense, constant = weights
    return [kernel / np.float32(dry), recurrent, bias, dense * np.float32(wet), constant * np.float32(wet)]


RECIPE = Recipe(samples=CHUNK * CHUNKS, lead=LEAD, piece=0.5, level=1.0, rate=5e-3, rise=0.01, fall=cosine, fold=_fold)


class Stateful:
    """The engine's LSTM, with the interface of `ultragain.models.memory.learner.Model`.

    Parameters
    ----------
    weights : list of np.ndarray
        In Keras's order.
    threads : int
    """

    batch, updates, limit = STREAMS, CHUNKS, LIMIT

    def __init__(self, weights, threads):
        self._lstm, self._threads = StatefulLSTM(weights, STREAMS, CHUNK, threads), threads

    @property
    def weights(self):
        """In Keras's order; copies."""
        return self._lstm.weights

    @property
    def averaged(self):
        """Their running mean; copies."""
        return self._lstm.averaged

    @property
    def state(self):
        """All that learning goes on from; copies. Can be set."""
        return self._lstm.state

    @state.setter
    def state(self, state):
        self._lstm.state = state

    def learn(self, audio, target, starts, rates):
        """Take one training step, an update for each chunk, see `Model.learn`."""
        lstm = self._lstm
        lstm.carried = [np.zeros_like(value) for value in lstm.carried]
        lstm.advance(audio, starts - LEAD, LEAD)
        results = np.empty((2, CHUNKS))
        for chunk, rate in enumerate(rates):
            decay = min(DECAY, lstm.step / (lstm.step + 1))  # a plain mean at first, which forgets the first weights
            results[:, chunk] = lstm.learn(
                audio, target, starts + chunk * CHUNK, CHUNK, 2 / (STREAMS * CHUNK), rate, LIMIT, decay
            )
        return results

    def play(self, pieces, averaged=False, progress=iter):
        """Outputs for pieces of audio, see `Model.play`."""
        return self._lstm.play(pieces, averaged, progress)


def build(parameters, rng):
    """A keras.Model with first weights: input of shape (batch, n_samples, 1), output of the same shape.

    Parameters
    ----------
    parameters : dict
        units.
    rng : np.random.Generator
        Seeds Keras, and so the initial weights.
    """
    import keras

    keras.utils.set_random_seed(int(rng.integers(2**31)))
    units = parameters["units"]
    model = stack(units)
    kernel, recurrent, bias, *dense = model.get_weights()
    bias[:units], bias[units : 2 * units] = -GATE_BIAS, GATE_BIAS  # input and forget gates
    model.set_weights([kernel, recurrent, bias, *dense])
    return model


def stack(units):
    """The layers of a stateful model: an LSTM that returns all of its outputs, and one linear unit."""
    import keras

    return keras.Sequential(
        [
            keras.Input((None, 1), name="dry"),
            keras.layers.LSTM(units, return_sequences=True, name="lstm"),
            keras.layers.Dense(1, name="wet"),
        ]
    )


FAMILY = memory_family(
    name="lstm-stateful",
    noun="stateful LSTM",
    story=STORY,
    optimizer="Adam",
    dimensions=("gain", "units", "minutes"),
    weights=lambda parameters: 4 * parameters["units"] * (1 + parameters["units"] + 1) + parameters["units"] + 1,
    build=build,
    source=(stack, build),
    engine=lambda weights, parameters: Stateful(weights, parameters["threads"]),
    recipe=RECIPE,
    learning=1,
    network="LSTM",
)
