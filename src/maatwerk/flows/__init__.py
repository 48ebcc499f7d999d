"""From end to end: one verb a file, over the ports.

Every surface, job and command calls a flow; nothing else strings the layers together.
"""
