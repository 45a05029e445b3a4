"""Playing through a trained model: files, and a guitar at an interface."""
