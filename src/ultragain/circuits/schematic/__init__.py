"""Schematics drawn from a netlist, and checked against it."""
