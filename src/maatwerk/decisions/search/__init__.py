"""Finding: what a query means, which products it means, and in which order a shopper sees them.

    text -> words -> understood (synonyms, corrections, compounds, units) -> matches of the index -> ranked

Rule of the room: the index finds and scores words, and knows nothing else. Price, stock, taste, rules and
what was learnt are looked up in the live columns for the rows found, so that nothing here is ever stale.
"""
