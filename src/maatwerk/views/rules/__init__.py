"""The rule book: the fold of `Rule Published` and `Rule Withdrawn`.

A rule's version is the log offset that published it, so that a decision can name exactly what it
followed. What a document means belongs to the room that reads it; here it is only kept.
"""
