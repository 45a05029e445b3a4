"""Finished runs in data/published: what is committed, and how it comes back."""
