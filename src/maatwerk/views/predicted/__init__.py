"""What is to be expected of a shopper: a pure function of a sealed model and her own folds, when asked.

Nothing here is stored per person. A prediction carries its interval and its reasons in words; where the shop
has too little to learn from, a prior stands in, the interval is wide, and it is said: n of m.
"""
