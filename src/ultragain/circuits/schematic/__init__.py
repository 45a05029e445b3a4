"""Schematics drawn from a netlist, and held to it."""
