"""Collection planning: which truck fetches what, in which order, and when.

A library of its own. It knows no web framework, no database and no other engine: frozen values in
(`routing.problem`), frozen values out (`routing.plan`). Start at `routing.solve.solve`.
"""
