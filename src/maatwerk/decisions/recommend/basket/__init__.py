"""What a shopper will put into her next basket: what she buys again, and what goes with it.

The rule of this room: what she bought herself comes first, in features of how often and how long ago; what
baskets like hers hold comes beside it; how much each counts is learnt on held-out baskets of the shop. The
blend is put in force only where it beats every one of its parts there.
"""

from maatwerk.decisions.recommend.basket.learn import recount, train
from maatwerk.decisions.recommend.basket.predict import predict
from maatwerk.decisions.recommend.basket.words import BasketModel, Baskets, Split

__all__ = ["BasketModel", "Baskets", "Split", "predict", "recount", "train"]
