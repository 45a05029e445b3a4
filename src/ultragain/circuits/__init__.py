"""Circuits as netlists, and the solver that runs them sample by sample."""
