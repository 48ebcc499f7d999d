"""The next item of a session, from shoppers whose sessions looked like this one.

The rule of this room: a model is a frozen record of plain arrays, trained from flat arrays of sessions, and
a prediction is a pure function of the model and the items seen so far. Candidates come from neighboring
sessions (V-SKNN, Ludewig and Jannach 2018; its inverted index after Serenade's VMIS-kNN, 2022) and from the
nearest neighbors in a learned embedding of items. Each is described by a row of named features, and a small
network whose weights were learned on the newest sessions of the train part orders them. Whatever depends on
the shop is learned there, nothing is set by hand per data set.

`engines/numba` answers the same calls faster and is held to these answers by a parity test.
"""

from maatwerk.decisions.recommend.neighbors.describe import describe
from maatwerk.decisions.recommend.neighbors.predict import predict
from maatwerk.decisions.recommend.neighbors.train import reindexed, train
from maatwerk.decisions.recommend.neighbors.words import FEATURES, NeighborModel, NeighborSettings

__all__ = ["FEATURES", "NeighborModel", "NeighborSettings", "describe", "predict", "reindexed", "train"]
