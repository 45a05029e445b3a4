"""Training one model, and keeping what a run produced."""
