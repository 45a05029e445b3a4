"""LSTM -> Dense(1): read `layout` first, then `tiles`."""
