"""The notebooks with widgets."""
