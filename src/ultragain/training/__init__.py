"""Training one model, keeping what a run produced, and running the whole grid."""
