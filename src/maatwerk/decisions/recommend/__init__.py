"""Recommendation units: which products to show a shopper in a place, and why.

One recommender a file, each a pure function from a situation and sealed models to candidates; the
pipeline does the rest. `train.py` makes the models from the interaction log.
"""
