"""Channels: how a message is made and handed over.

The rule of this room: what is written in a message comes from the catalog, from what she told, or from the
template, and is escaped; a channel says of every try whether it was taken, surely not taken, or not known.
"""
