"""Computations in letters: SymPy's objects, built node by node from our own graph, and set back into our own trees."""
