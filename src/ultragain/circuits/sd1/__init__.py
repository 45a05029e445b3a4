"""The virtual SD-1-style overdrive."""
