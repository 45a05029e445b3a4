"""Families of models: how each is built, what it learns from, how it plays and how it is saved."""
