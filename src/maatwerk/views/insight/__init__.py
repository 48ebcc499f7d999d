"""Insight: the sealed history, and what it says in numbers.

Sealed rows carry source identifiers and event time only; the owner comes by joining the links.
"""
