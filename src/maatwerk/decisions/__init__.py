"""What we choose: pure functions from what is known to an answer, its reason and its propensity.

Time is an argument and chance a keyed hash, so that the same question always gets the same answer.
"""
