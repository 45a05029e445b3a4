"""Families that remember: they learn from streams of audio, within a budget of minutes."""
