"""A real device at an audio interface: play, record, and judge what came back."""
