"""Many trainings: which are missing, running them side by side, and watching them."""
