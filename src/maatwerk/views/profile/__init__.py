"""What we know of one shopper: a lawful merge of shards, one per identifier and stretch of ownership.

The rule of this room: a link has a time, evidence, and is asserted or proven; nothing is ever merged
so that it could not be taken apart. Who may see what is decided in one place, `load`.
"""
