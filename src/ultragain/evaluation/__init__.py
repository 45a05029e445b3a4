"""Scores of the trained models on riffs they never heard, and what the scores add up to."""
