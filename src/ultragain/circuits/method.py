"""The method's version, apart from the solver so that naming a recording need not load a compiler."""

VERSION = 2  # raised whenever a change in this folder's method changes what a circuit puts out
