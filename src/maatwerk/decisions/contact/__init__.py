"""Contact: may she be written to, now, here, for this purpose? Asked at the moment of sending.

The rule of this room: what is not known counts against sending (no yes is a no, no time zone is the
workspace's), and every refusal has a code that the ledger can repeat.
"""
