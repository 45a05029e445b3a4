"""Schematics of the virtual devices, drawn from their netlists.

A drawing says where each part stands and how the wires run. What the parts are worth, and
whether the wires are right, comes from the netlist: see `sheet.Sheet`.
"""

from ultragain.publishing.schematics.dsl20h import draw_dsl20h
from ultragain.publishing.schematics.sd1 import draw_sd1

__all__ = ["draw_dsl20h", "draw_sd1"]
