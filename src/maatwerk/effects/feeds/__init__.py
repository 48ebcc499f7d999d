"""Feeds: products for advertising elsewhere, in the formats its platforms read; never what cannot be bought.

The rule of this room: a feed is written product by product from the catalog as it stands, in memory that does
not grow with it.
"""
