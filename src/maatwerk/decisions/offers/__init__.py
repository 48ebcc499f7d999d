"""Offers: what a cart costs after every rule, and why; which offer is worth showing, and when silence is.

Rule of the room: amounts are whole minor units and never go below nothing; the same cart gets the same
answer, in whatever order its lines stand; whatever is given or refused says why. What is scarce (codes,
budgets) is told to these functions, and claimed elsewhere.
"""
