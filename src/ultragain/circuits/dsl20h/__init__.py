"""The virtual DSL-style Ultra Gain preamp."""
