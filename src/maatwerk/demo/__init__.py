"""The simulated shop: its catalog, its pictures, and shoppers whose tastes are known.

Everything here follows from a seed and a given time, so that the same seed is the same world. What a shopper
likes is stated (``shoppers``), what she does follows from it (``history``, ``live``), and what any list shown
to her is truly worth can be computed (``world``): the ground truth that recommendations are judged by.
"""
