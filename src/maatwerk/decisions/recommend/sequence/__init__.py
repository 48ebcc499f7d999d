"""What a shopper will go for next, of what she has not had: from the order in which people go through things.

The rule of this room: lists by item are counted (what follows what, what is had together, what is alike),
each source adds up the lists of her newest items, and a blend learnt on held-out steps orders what they
propose. The blend is put in force only where it beats every one of its parts on steps it has not seen.
The same calls train a shop and an evaluation.
"""

from maatwerk.decisions.recommend.sequence.learn import Trained, recount, train
from maatwerk.decisions.recommend.sequence.predict import predict
from maatwerk.decisions.recommend.sequence.words import SequenceModel, Sequences, Split

__all__ = ["SequenceModel", "Sequences", "Split", "Trained", "predict", "recount", "train"]
