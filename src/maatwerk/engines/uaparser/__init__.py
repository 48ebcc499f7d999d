"""User agents by ua-parser: what is kept of them is a kind of device, a browser and a system.

Parsing costs about 0.1 ms, so results are kept for the agents seen last.
"""
