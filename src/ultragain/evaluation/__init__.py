"""Scores of the trained models on riffs that they were not trained on, and statistics of them."""
