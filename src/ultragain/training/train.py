"""Training one model."""

from dataclasses import dataclass

import keras
import pandas as pd

from ultragain.model import build_model


@dataclass(frozen=True)
class Trained:
    """A trained model and how it got there.

    Attributes
    ----------
    model : keras.Model
        With the weights of the epoch whose `val_esr` was lowest.
    history : pd.DataFrame
        One row an epoch, from 1: loss, esr, mse, mae and the same of the validation windows with
        `val_` before the name. `loss` and `val_loss` are means of per-batch ESR, which is what
        published histories hold; `esr` and `val_esr` are one ratio over all windows.
    best_epoch : int
        Number of that epoch, from 1.
    """

    model: keras.Model
    history: pd.DataFrame
    best_epoch: int


def train_model(windows, validation, units, learning_rate, settings, epochs, rng, callbacks=()):
    """Train one LSTM on windows, with early stopping on `val_esr`.

    Parameters
    ----------
    windows, validation : Windows
    units : int
        LSTM units.
    learning_rate : float
        Adam's.
    settings : ultragain.experiment.Training
        Batch size, patience, shuffling.
    epochs : int
        The most epochs to train.
    rng : np.random.Generator
        Seeds the weights and the shuffling.
    callbacks : sequence of keras.callbacks.Callback
        To watch the training.

    Returns
    -------
    Trained
    """
    model = build_model(windows.x.shape[1], units, learning_rate, rng)
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_esr", mode="min", patience=settings.patience, restore_best_weights=True
    )
    history = model.fit(
        windows.x,
        windows.y,
        validation_data=(validation.x, validation.y),
        batch_size=settings.batch_size,
        epochs=epochs,
        shuffle=settings.shuffle,
        callbacks=[stopping, *callbacks],
        verbose=0,
    )
    table = pd.DataFrame(history.history, index=pd.RangeIndex(1, len(history.epoch) + 1, name="epoch"))
    # a training that diverges at once has no best epoch; Keras then keeps the first one's weights
    best_epoch = int(table["val_esr"].idxmin()) if table["val_esr"].notna().any() else 1
    return Trained(model, table, best_epoch)
