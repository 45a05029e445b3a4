"""Dry and wet recordings: their folders, and the device that plays one into the other."""
