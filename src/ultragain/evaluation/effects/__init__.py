"""Which settings of the grid change the ESR, by how much, and how sure that is.

Begin with `fit.fit_grid`: it takes the scores of a grid of runs and fits a linear model to them.
The other functions take that fit: the table of an analysis of variance (`variance`), ESR ratios
with their intervals (`ratios`), the size of chance and the checks of the assumptions (`chance`).
`order` compares how two grids rank the same models.
"""
