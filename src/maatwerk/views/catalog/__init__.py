"""The catalog as a fold of its events: products, and columns of them to decide over.

A worker's catalog is the stored rows plus the newest catalog events of the log, so that a price or
stock change counts in the very next decision, whichever worker took the change.
"""
