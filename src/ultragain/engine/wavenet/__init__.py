"""A WaveNet: dilated convolutions in 23 layers, trained and played in blocks of time."""
